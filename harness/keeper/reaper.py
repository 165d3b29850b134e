"""The keeper's parent, which outlives it by a moment and leaves nothing behind.

It adopts every orphan below it, so that whatever the keeper, a service or a job has started is found
by its parentage alone, however the keeper ended. Then it removes the run's folders.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from harness import platform
from harness.clock import monotonic, pause
from harness.launch import foreign_jobs

GRACE_SECONDS = 1.0
"""How long a process that was asked to stop may take: Postgres removes its shared memory."""


def main(argv: list[str]) -> int:
    """Run the keeper, wait for its end, kill what is left, remove the folders.

    Args:
        argv: Run folder, data folder, then the keeper's command.
    """
    folders = [Path(argv[0]), Path(argv[1])]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    platform.adopt_orphans()
    with contextlib.ExitStack() as locks:
        held = [locks.enter_context((folder / "lock").open("w")) for folder in folders]
        for lock in held:
            fcntl.flock(lock, fcntl.LOCK_EX)
        keeper = subprocess.Popen(argv[2:], stdin=subprocess.DEVNULL)
        # The pipe that tells the client of the keeper's start must end with the keeper.
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        status = wait_for(keeper.pid)
        end_descendants()
        foreign_jobs.cancel_of_run(folders[0])
        # The run folder last: who waits for the end of this run waits until it is gone.
        for folder, lock in reversed(list(zip(folders, held, strict=True))):
            # Somebody may have removed it, and somebody else made another one.
            with contextlib.suppress(OSError):
                if os.path.samestat(os.fstat(lock.fileno()), (folder / "lock").stat()):
                    remove(folder)
    return status


def remove(folder: Path) -> None:
    """Remove a folder; its lock, and with it its name, go last and at once.

    A kept keeper's name is used again: who waits for it may make a new folder at any moment.
    """
    for path in folder.glob("*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name not in ("lock", "starting"):
            path.unlink(missing_ok=True)
    gone = folder.with_name(f"{folder.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def wait_for(keeper: int) -> int:
    """Collect every child that ends until the keeper does; returns its exit status."""
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            return 1
        if pid == keeper:
            return os.waitstatus_to_exitcode(status)


def end_descendants() -> None:
    """Ask what is left to quit, then kill it, until nothing is left.

    SIGQUIT makes Postgres stop at once and remove its shared memory; a JVM only prints its threads.
    """
    end = monotonic() + GRACE_SECONDS
    asked: set[int] = set()
    while True:
        collect()
        left = platform.descendants(os.getpid())
        if not left:
            return
        late = monotonic() > end
        for pid in left:
            if late or not is_postgres(pid):
                kill(pid, signal.SIGKILL)
            elif pid not in asked:
                kill(pid, signal.SIGQUIT)
                asked.add(pid)
        pause(0.01)


def is_postgres(pid: int) -> bool:
    """Whether a process is of Postgres."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
    return False


def kill(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may be gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def collect() -> None:
    """Take the exit status of every child that has ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
