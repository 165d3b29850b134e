"""What a run of the harness leaves on the machine: processes, ports, shared memory, folders."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from harness import platform
from harness.keeper.address import PREFIX

SHARED_MEMORY = Path("/dev/shm")
TEMPORARY = Path("/tmp")
SEGMENTS = Path("/proc/sysvipc/shm")
FOREIGN = re.compile(r"(flink|jaas|lib\w+-|blobStore|[tj]m_|localState|python-dist|beam|pyflink|rocksdb)")
"""How the names begin that Flink, Kafka and PyFlink give to their temporary files where nobody says where."""
RUN = re.compile(rf"{PREFIX}[0-9a-f]+")


@dataclass
class Footprint:
    """One run, known by its own TMPDIR and by everything that was ever seen below its first process.

    Attributes:
        place: A folder of the test's own; the run's project and TMPDIR lie in it.
        seen: Process id -> when it began, since ids are used again.
    """

    place: Path
    root: int = 0
    runs: set[str] = field(default_factory=set)
    seen: dict[int, float] = field(default_factory=dict)
    ports: set[int] = field(default_factory=set)
    memory_before: frozenset[str] = frozenset()
    temporary_before: frozenset[str] = frozenset()

    @classmethod
    def new(cls, place: Path) -> Footprint:
        footprint = cls(
            place,
            memory_before=frozenset(_names(SHARED_MEMORY)),
            temporary_before=frozenset(_names(TEMPORARY)),
        )
        footprint.temporary.mkdir(exist_ok=True)
        return footprint

    @property
    def temporary(self) -> Path:
        """The TMPDIR of the run."""
        return self.place / "tmp"

    def look(self) -> None:
        """Remember all that is there now."""
        self.runs |= {found[0] for path in self.temporary.iterdir() if (found := RUN.match(path.name))}
        below = [self.root, *platform.descendants(self.root)]
        for pid in {*below, *self._marked()}:
            with contextlib.suppress(psutil.NoSuchProcess):
                self.seen.setdefault(pid, psutil.Process(pid).create_time())
        self.ports |= {port for port, pid in _listening() if pid in self.seen}

    def left(self) -> list[str]:
        """Everything that is still there, in words; nothing is what a test wants."""
        self.runs |= {found[0] for path in self.temporary.iterdir() if (found := RUN.match(path.name))}
        alive = {pid for pid, began in self.seen.items() if _is_alive(pid, began)} | set(self._marked())
        return [
            *(f"process {pid}: {_command(pid)}" for pid in sorted(alive)),
            *(f"port {port}" for port, pid in _listening() if port in self.ports and pid in alive | {None}),
            *(f"shared memory {name}" for name in sorted(self._memory_left())),
            *(f"segment of process {pid}" for pid in _segments() if pid in self.seen),
            *(f"folder {path}" for path in sorted(self.temporary.iterdir())),
            *(f"temporary file {name}" for name in sorted(self._files_left())),
        ]

    def _memory_left(self) -> Iterator[str]:
        for name in _names(SHARED_MEMORY) - self.memory_before:
            found = RUN.match(name)
            if found[0] in self.runs if found else not self._is_of_another(SHARED_MEMORY / name):
                yield name

    def _files_left(self) -> Iterator[str]:
        """Not all programs ask for TMPDIR; folders of other runs of the harness are theirs."""
        for name in _names(TEMPORARY) - self.temporary_before:
            found = RUN.match(name)
            foreign = FOREIGN.match(name) and not self._is_of_another(TEMPORARY / name)
            if found[0] in self.runs if found else foreign:
                yield name

    def _is_of_another(self, path: Path) -> bool:
        """Whether a process that was never seen in this run uses the file: other tests run beside it."""
        mark = os.fsencode(path)
        for pid in psutil.pids():
            if pid not in self.seen:
                with contextlib.suppress(OSError):
                    if mark in Path(f"/proc/{pid}/maps").read_bytes():
                        return True
        return False

    def _marked(self) -> Iterator[int]:
        """Processes that carry the run's name or place in words, environment or working directory."""
        marks = [os.fsencode(mark) for mark in (str(self.place), *self.runs)]
        for pid in psutil.pids():
            if pid == os.getpid():
                continue
            texts = b"\n".join(_texts(pid))
            if any(mark in texts for mark in marks) and platform.alive(pid):
                yield pid


def _texts(pid: int) -> Iterator[bytes]:
    for name in ("cmdline", "environ"):
        with contextlib.suppress(OSError):
            yield Path(f"/proc/{pid}/{name}").read_bytes()
    with contextlib.suppress(OSError):
        yield os.fsencode(Path(f"/proc/{pid}/cwd").readlink())


def _is_alive(pid: int, began: float) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).create_time() == began and platform.alive(pid)
    return False


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()[:200]
    return ""


def _listening() -> Iterable[tuple[int, int | None]]:
    return [
        (connection.laddr.port, connection.pid)
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr
    ]


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def _segments() -> list[int]:
    """The processes that made the System V segments that are there."""
    try:
        lines = SEGMENTS.read_text().splitlines()[1:]
    except OSError:
        return []
    return [int(line.split()[4]) for line in lines]
