"""What the operating system gives: each capability in one function, with what is used where it is missing.

`HARNESS_PORTABLE=1` turns all of them off, so that what other systems get is tested on Linux too.
"""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the place, not a file name
DATA_BYTES = 1 << 30
"""Shared memory is used for data when so many bytes are free."""
MEMORY_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where a container finds its own limit, with the second version of control groups and with the first."""


def portable() -> bool:
    """Whether only what every system has is used."""
    return sys.platform != "linux" or os.environ.get("HARNESS_PORTABLE", "") not in ("", "0")


def be_portable() -> None:
    """Use only what every system has, in this process and in those that it starts."""
    os.environ["HARNESS_PORTABLE"] = "1"


def data_parent() -> Path:
    """The folder for data that need not outlive the run: shared memory where there is room."""
    if not portable() and os.access(SHARED_MEMORY, os.W_OK):
        room = os.statvfs(SHARED_MEMORY)
        if room.f_bavail * room.f_frsize >= DATA_BYTES:
            return SHARED_MEMORY
    return Path(tempfile.gettempdir())


def memory() -> int:
    """How many bytes of memory there are: those of the machine, or of a container that is allowed fewer."""
    found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for file in () if portable() else MEMORY_LIMITS:
        # There is no such file, or it says `max`.
        with contextlib.suppress(OSError, ValueError):
            found = min(found, int(file.read_text()))
    return found


def adopt_orphans() -> bool:
    """Make this process the parent of all its descendants whose own parent ends; False where unknown."""
    return not portable() and _prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(number: int = signal.SIGKILL) -> bool:
    """Have this process killed when the thread that started it ends; False where unknown."""
    return not portable() and _prctl(PR_SET_PDEATHSIG, number)


def death_signal_prefix(number: signal.Signals) -> list[str]:
    """Words before a command that have it killed when its parent dies, or none where unknown."""
    setpriv = shutil.which("setpriv")
    if portable() or not setpriv:
        return []
    return [setpriv, "--pdeathsig", number.name.removeprefix("SIG"), "--"]


def _prctl(option: int, value: int) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) == 0)


def open_pidfd(pid: int) -> int | None:
    """A descriptor that becomes readable when the process ends; None where unknown or already gone."""
    opener: Callable[[int], int] | None = getattr(os, "pidfd_open", None)
    if portable() or opener is None:
        return None
    try:
        return opener(pid)
    except OSError:
        return None


def doomed(pid: int) -> bool:
    """Whether SIGKILL was sent to a process, which may take a while to be carried out; False where unknown.

    It stays in the shared pending signals (`ShdPnd` of proc(5), a bit mask in hex) until somebody waits
    for the process, though nothing of it runs any more.
    """
    if portable():
        return False
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("ShdPnd:"):
                return bool(int(line.split()[1], 16) >> (signal.SIGKILL - 1) & 1)
    return False


def alive(pid: int) -> bool:
    """Whether a process of that id exists and is no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        # It may have ended just now; without /proc nothing more can be told.
        return not Path("/proc/self/stat").exists()
    return state != "Z"


def parents() -> dict[int, int]:
    """Every process of the machine with its parent."""
    if Path("/proc/self/stat").exists():
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            found[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
        return found
    import psutil

    return {p.pid: p.ppid() for p in psutil.process_iter()}


def descendants(pid: int) -> list[int]:
    """All processes below `pid`, nearest first."""
    children: dict[int, list[int]] = {}
    for child, parent in parents().items():
        children.setdefault(parent, []).append(child)
    found: list[int] = []
    level = [pid]
    while level:
        level = [child for parent in level for child in children.get(parent, [])]
        found += level
    return found
