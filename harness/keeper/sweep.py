"""Removing what keepers left whose reaper was killed too."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

from harness import platform
from harness.clock import now
from harness.keeper.address import PREFIX, run_parent
from harness.launch import foreign_jobs

NEW_SECONDS = 60.0
"""A folder that was touched so lately may be one that is just being made, and not locked yet."""


def sweep() -> list[Path]:
    """Remove the folders of keepers whose reaper was killed too: nobody holds their lock any more."""
    removed = []
    for parent in {run_parent(), platform.data_parent()}:
        for path in parent.glob(f"{PREFIX}*"):
            if stale(path):
                remove(path)
                removed.append(path)
    return removed


def remove(folder: Path) -> None:
    """Remove a folder of a dead keeper, once what it tells of on other machines is ended."""
    foreign_jobs.cancel_of_run(folder)
    shutil.rmtree(folder, ignore_errors=True)


def stale(folder: Path) -> bool:
    """Whether a folder is ours and in use by nobody.

    Each of a run's two folders is judged by itself: the other one may lie where we do not look, since
    every run has the TMPDIR it was started with.
    """
    try:
        info = folder.stat()
    except FileNotFoundError:
        return False
    if info.st_uid != os.getuid() or now().timestamp() - info.st_mtime < NEW_SECONDS:
        return False
    return not any(locked(folder / name) for name in ("lock", "starting"))


def locked(path: Path) -> bool:
    """Whether somebody holds the lock of that file."""
    try:
        with path.open() as lock:
            # Shared, so that two who look do not take each other for the holder.
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
