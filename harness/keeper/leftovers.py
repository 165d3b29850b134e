"""What dead keepers left: folders, processes and containers that nobody will clear away any more."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness import platform
from harness.keeper.address import PREFIX, run_parent
from harness.keeper.sweep import locked, remove, stale

LABEL = "org.flink-harness.run"
"""The label of our containers: the run folder of their keeper."""
DOCKER_SECONDS = 10.0
_RUN = re.compile(rf"(/[^\0\s:=]*/{PREFIX}[0-9a-f]+)(?:-data)?(?=[/\0\"\s]|$)")
_OURS = ("harness.keeper.", "/harness/guest/", "GatewayServer", "/bin/postgres")
"""What the words of every process of a keeper hold, beside its folder; an editor's do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """One thing that can go.

    Attributes:
        kind: `folder`, `process` or `container`.
        size: Bytes on disk or in memory.
    """

    kind: str
    name: str
    size: int
    remove: Callable[[], None]


def leftovers() -> list[Leftover]:
    """All that dead keepers of this user left: processes first, since they use the folders."""
    return [*_processes(), *_folders(), *_containers()]


def _folders() -> Iterator[Leftover]:
    parents = {run_parent(), Path(tempfile.gettempdir()), platform.data_parent(), platform.SHARED_MEMORY}
    for parent in sorted(parents):
        for path in sorted(parent.glob(f"{PREFIX}*")):
            if path.is_dir() and not path.is_symlink() and stale(path):
                yield Leftover(kind="folder", name=str(path), size=_size(path), remove=_remover(path))


def _remover(path: Path) -> Callable[[], None]:
    return lambda: remove(path)


def _size(folder: Path) -> int:
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                # Blocks, since Kafka's files are longer than what is in them.
                total += Path(parent, name).lstat().st_blocks * 512
    return total


def _processes() -> Iterator[Leftover]:
    """Processes of runs whose folder nobody holds, and all below them."""
    seen: set[int] = set()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.uids().real != os.getuid() or not _is_orphan(process):
                continue
            for found in (process, *process.children(recursive=True)):
                if found.pid not in seen:
                    seen.add(found.pid)
                    yield Leftover(
                        kind="process",
                        name=f"{found.pid} {found.name()}",
                        size=found.memory_info().rss,
                        remove=_killer(found),
                    )


def _is_orphan(process: psutil.Process) -> bool:
    words = "\0".join(process.cmdline())
    found = _RUN.search(words)
    if found is None or not any(sign in words for sign in _OURS):
        return False
    run = Path(found[1])
    data = run.with_name(f"{run.name}-data")
    return not any(locked(folder / name) for folder in (run, data) for name in ("lock", "starting"))


def _killer(process: psutil.Process) -> Callable[[], None]:
    def kill() -> None:
        # By psutil, which knows whether the number is in use again by another process.
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGKILL)
            process.wait(5)

    return kill


def _containers() -> Iterator[Leftover]:
    """Our containers whose keeper is dead, if there is a Docker that answers."""
    fields = '{{.ID}}\t{{.Names}}\t{{.Label "' + LABEL + '"}}'
    for line in _docker("ps", "--all", "--filter", f"label={LABEL}", "--format", fields).splitlines():
        identity, name, run = (*line.split("\t"), "", "")[:3]
        if run and not locked(Path(run) / "lock"):
            yield Leftover(
                kind="container", name=f"{name} {identity}", size=0, remove=_container_remover(identity)
            )


def _container_remover(identity: str) -> Callable[[], None]:
    def remove() -> None:
        _docker("rm", "--force", "--volumes", identity)

    return remove


def _docker(*words: str) -> str:
    if shutil.which("docker") is None:
        return ""
    try:
        done = subprocess.run(
            ["docker", *words], capture_output=True, text=True, check=False, timeout=DOCKER_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
