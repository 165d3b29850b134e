"""Ending a keeper that somebody else has started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness import platform
from harness.keeper.found import FoundKeeper
from harness.keeper.nameplate import Nameplate

pytestmark = pytest.mark.skipif(platform.portable(), reason="what is left is told by Linux' means")

SLOW = """
import fcntl, socket, sys, time
from pathlib import Path
folder = Path(sys.argv[1])
lock = (folder / "lock").open("w")
fcntl.flock(lock, fcntl.LOCK_EX)
server = socket.socket(socket.AF_UNIX)
server.bind(str(folder / "keeper.sock"))
server.listen()
print("ready", flush=True)
server.accept()[0].close()
lock.close()
time.sleep(0.5)
"""
"""A reaper that takes its time between letting go of the lock and its end."""


def test_it_has_ended_when_its_reaper_has(tmp_path: Path) -> None:
    words = [sys.executable, "-c", SLOW, str(tmp_path), "harness.keeper.reaper"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as reaper:
        assert reaper.stdout is not None
        assert reaper.stdout.readline() == b"ready\n"
        plate = Nameplate(
            pid=reaper.pid,
            reaper=reaper.pid,
            harness="1",
            code="",
            package="",
            root="",
            owner=0,
            started=0.0,
            data=str(tmp_path),
        )

        assert FoundKeeper(folder=tmp_path, nameplate=plate).end() is False

        assert not platform.alive(reaper.pid)
