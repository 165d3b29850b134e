from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import platform
from harness.clock import Deadline, poll

pytestmark = pytest.mark.skipif(platform.portable(), reason="adopting orphans needs Linux")

STUB = """\
import os, signal, sys

def sleeper(daemon=False, session=False):
    read, write = os.pipe()
    if os.fork() == 0:
        if session or daemon:
            os.setsid()
        if daemon and os.fork():
            os._exit(0)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        os.write(write, b"%d" % os.getpid())
        while True:
            signal.pause()
    return int(os.read(read, 20))

pids = [os.getpid(), sleeper(), sleeper(session=True), sleeper(daemon=True)]
print(*pids, flush=True)
if "leave" in sys.argv:
    os._exit(7)
while True:
    signal.pause()
"""
SECONDS = 20.0


@dataclass
class Reaped:
    reaper: subprocess.Popen[str]
    folders: tuple[Path, Path]
    pids: list[int]

    @property
    def keeper(self) -> int:
        return self.pids[0]

    def left(self) -> list[int]:
        return [pid for pid in self.pids if platform.alive(pid)]


def start(tmp_path: Path, *arguments: str) -> Reaped:
    folders = (tmp_path / "run", tmp_path / "run-data")
    for folder in folders:
        folder.mkdir()
        (folder / "something").write_text("x")
    stub = tmp_path / "stub_keeper.py"
    stub.write_text(STUB)
    command = [sys.executable, "-m", "harness.keeper.reaper", *map(str, folders)]
    reaper = subprocess.Popen(
        [*command, sys.executable, str(stub), *arguments], stdout=subprocess.PIPE, text=True
    )
    assert reaper.stdout is not None
    pids = [int(word) for word in reaper.stdout.readline().split()]
    return Reaped(reaper, folders, pids)


@pytest.fixture
def reaped(tmp_path: Path) -> Iterator[Reaped]:
    """A reaper with a keeper that has a child, one in its own session, and one that became a daemon."""
    started = start(tmp_path)
    with started.reaper:
        yield started
        for pid in started.left():
            os.kill(pid, signal.SIGKILL)


def test_a_killed_keeper_leaves_no_process_of_any_kind(reaped: Reaped) -> None:
    assert len(reaped.left()) == 4

    os.kill(reaped.keeper, signal.SIGKILL)
    reaped.reaper.wait(SECONDS)

    assert reaped.left() == []


def test_a_killed_keeper_leaves_neither_of_its_folders(reaped: Reaped) -> None:
    os.kill(reaped.keeper, signal.SIGKILL)
    reaped.reaper.wait(SECONDS)

    assert [folder for folder in reaped.folders if folder.exists()] == []


def test_both_folders_are_locked_as_long_as_it_runs(reaped: Reaped) -> None:
    for folder in reaped.folders:
        with (folder / "lock").open() as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_the_signals_of_a_terminal_do_not_end_the_reaper(reaped: Reaped) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(reaped.reaper.pid, number)
    os.kill(reaped.keeper, signal.SIGKILL)

    assert reaped.reaper.wait(SECONDS) == -signal.SIGKILL & 0xFF
    assert reaped.left() == []


def test_a_keeper_that_ends_by_itself_leaves_nothing_either(tmp_path: Path) -> None:
    reaped = start(tmp_path, "leave")
    with reaped.reaper:
        status = reaped.reaper.wait(SECONDS)

    assert status == 7
    assert reaped.left() == []
    assert [folder for folder in reaped.folders if folder.exists()] == []


def test_children_of_a_killed_child_are_ended_too(reaped: Reaped) -> None:
    """Whatever dies in between, its orphans come to the reaper."""
    os.kill(reaped.pids[2], signal.SIGKILL)
    assert poll(lambda: len(reaped.left()) == 3, Deadline(SECONDS))

    os.kill(reaped.keeper, signal.SIGKILL)
    reaped.reaper.wait(SECONDS)

    assert reaped.left() == []
