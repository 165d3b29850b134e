from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness import platform
from harness.keeper import address
from harness.keeper.address import PREFIX, KeeperAddress
from harness.keeper.sweep import sweep
from harness.launch import foreign_jobs
from harness.launch.ports import LOOPBACK

LONG_AGO = 1_000_000_000


@dataclass
class Machine:
    """The two places where runs have their folders."""

    temporary: Path
    memory: Path

    def folder(self, parent: Path, name: str, *, new: bool = False) -> Path:
        path = parent / f"{PREFIX}{name}"
        path.mkdir()
        (path / "lock").touch()
        if not new:
            os.utime(path, (LONG_AGO, LONG_AGO))
        return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path / "tmp", tmp_path / "shm")
    for folder in (machine.temporary, machine.memory):
        folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(machine.temporary))
    monkeypatch.setattr(address, "SHORT_PARENT", machine.temporary)
    monkeypatch.setattr(platform, "data_parent", lambda: machine.memory)
    return machine


@contextlib.contextmanager
def foreign(states: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """A REST interface that knows these jobs: its address, and what it was asked to change."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"status": states[self.path.split("/")[2]]}).encode())

        def do_PATCH(self) -> None:
            asked.append(self.path)
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://{LOOPBACK}:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def test_folders_that_nobody_uses_are_removed(machine: Machine) -> None:
    run = machine.folder(machine.temporary, "abc")
    data = machine.folder(machine.memory, "abc-data")

    assert sorted(sweep()) == sorted([run, data])
    assert [*machine.temporary.iterdir(), *machine.memory.iterdir()] == []


def test_jobs_on_another_cluster_are_cancelled_before_their_note_is_removed(machine: Machine) -> None:
    run = machine.folder(machine.temporary, "abc")
    with foreign({"j1": "RUNNING", "j2": "FINISHED"}) as (rest, asked):
        (run / "flink-1").mkdir()
        (run / "flink-1" / foreign_jobs.NAME).write_text(f"{rest} j1\n{rest} j2\n")
        os.utime(run, (LONG_AGO, LONG_AGO))

        assert sweep() == [run]

    assert asked == ["/jobs/j1?mode=cancel"]


def test_a_run_that_goes_on_keeps_its_folders(machine: Machine) -> None:
    folders = [machine.folder(machine.temporary, "abc"), machine.folder(machine.memory, "abc-data")]
    locks = [(folder / "lock").open() for folder in folders]
    for lock in locks:
        fcntl.flock(lock, fcntl.LOCK_EX)

    assert sweep() == []

    for lock in locks:
        lock.close()


def test_a_keeper_that_is_being_started_keeps_its_folder(machine: Machine) -> None:
    run = machine.folder(machine.temporary, "abc")
    with (run / "starting").open("w") as lock:
        os.utime(run, (LONG_AGO, LONG_AGO))
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert sweep() == []


def test_a_folder_that_was_made_a_moment_ago_is_left_alone(machine: Machine) -> None:
    """Whoever made it has not come to its lock yet."""
    machine.folder(machine.temporary, "abc", new=True)

    assert sweep() == []


def test_the_data_of_a_run_with_another_tmpdir_are_left_alone(machine: Machine) -> None:
    data = machine.folder(machine.memory, "abc-data")
    with (data / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert sweep() == []


def test_folders_of_others_are_left_alone(machine: Machine) -> None:
    other = machine.temporary / "flink-web-1"
    other.mkdir()
    os.utime(other, (LONG_AGO, LONG_AGO))

    assert sweep() == []
    assert other.exists()


def test_a_long_tmpdir_leaves_room_for_the_paths_of_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket's path has 103 bytes on macOS and 107 on Linux."""
    monkeypatch.setattr(
        tempfile, "tempdir", "/home/jenkins/agent/workspace/streaming-pipelines@tmp/build-1234"
    )

    folder = KeeperAddress.new().folder.path

    longest = ("keeper.sock", "postgres-10/.s.PGSQL.65535", "interpreter-10/workers.sock")
    assert [name for name in longest if len(str(folder / name)) > 103] == []


def test_a_short_tmpdir_is_used(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/var/tmp/ci")

    assert KeeperAddress.new().folder.path.parent == Path("/var/tmp/ci")
