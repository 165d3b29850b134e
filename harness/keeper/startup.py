"""Connecting to a keeper; the first to come starts it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from harness.clock import Deadline, poll
from harness.errors import ServiceError
from harness.keeper.address import KeeperAddress, check_ours
from harness.keeper.protocol import RunFolder
from harness.keeper.sweep import locked, sweep
from harness.launch.process import tail

START_SECONDS = 20.0
CLEARING_SECONDS = 10.0
"""How long the reaper of a keeper that has just died may take to clear its folders."""


def connected(address: KeeperAddress, project: Path, flags: Mapping[str, str]) -> socket.socket:
    """A connection to the keeper of that address, which is started if nobody answers there.

    Raises:
        ServiceError: It did not start, with the end of its log, or its folder is not ours alone.
    """
    folder = address.folder
    deadline = Deadline(CLEARING_SECONDS)
    while not deadline.passed:
        # A keeper that has just died: its reaper is still clearing these very folders.
        poll(lambda: not locked(folder.lock) or _answers(folder), deadline)
        with contextlib.suppress(FileNotFoundError):
            connection = _connected_or_started(address, project, flags)
            if connection is not None:
                return connection
    raise ServiceError(
        "the keeper does not answer",
        detail=tail(folder.log),
        hint="`harness down` ends one that hangs",
    )


def _connected_or_started(
    address: KeeperAddress, project: Path, flags: Mapping[str, str]
) -> socket.socket | None:
    """A connection, or None if the folders were just taken away by the reaper of the keeper before."""
    folder = address.folder
    for path in (folder.path, folder.data):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_ours(path)
    with (folder.path / "starting").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.samestat(os.fstat(lock.fileno()), (folder.path / "starting").stat()):
            return None
        connection = try_connect(folder)
        if connection is not None or locked(folder.lock):
            return connection
        sweep()
        _clear(folder)
        _start(address, project, flags)
        return try_connect(folder)


def _clear(folder: RunFolder) -> None:
    """Remove what a keeper of this very address left whose reaper was killed too."""
    for path in (*folder.path.iterdir(), *folder.data.iterdir()):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name not in ("lock", "starting"):
            path.unlink(missing_ok=True)


def try_connect(folder: RunFolder) -> socket.socket | None:
    """A connection, or None if nobody answers."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(folder.socket))
    except OSError:
        connection.close()
        return None
    return connection


def _answers(folder: RunFolder) -> bool:
    connection = try_connect(folder)
    if connection is not None:
        connection.close()
    return connection is not None


def _start(address: KeeperAddress, project: Path, flags: Mapping[str, str]) -> None:
    folder = address.folder
    python = [sys.executable, "-P", "-m"]
    keeper = [*python, "harness.keeper.server", address.to_json(), str(project), json.dumps(dict(flags))]
    with folder.log.open("ab") as log:
        reaper = subprocess.Popen(
            [*python, "harness.keeper.reaper", str(folder.path), str(folder.data), *keeper],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=folder.path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(_import_path())},
            start_new_session=True,
        )
    assert reaper.stdout is not None
    ready, _, _ = select.select([reaper.stdout], [], [], START_SECONDS)
    line = reaper.stdout.readline() if ready else b""
    reaper.stdout.close()
    if line.strip() != b"ready":
        detail = tail(folder.log)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(reaper.pid, 9)
        reaper.wait()
        for path in (folder.path, folder.data):
            shutil.rmtree(path, ignore_errors=True)
        raise ServiceError("the keeper did not start", detail=detail)
    # Collected when it ends, so that it is no zombie of ours.
    threading.Thread(target=reaper.wait, name="harness-reaper", daemon=True).start()


def _import_path() -> list[str]:
    """Where the keeper imports from: this very harness first, and relative paths made absolute."""
    own = str(Path(__file__).parent.parent.parent)
    given = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    return list(dict.fromkeys([own, *(str(Path(p).absolute()) for p in given)]))
