from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import platform
from harness.clock import Deadline, poll
from harness.keeper.address import PREFIX
from harness.keeper.leftovers import LABEL, Leftover, leftovers
from tests.process.kept import Keepers

pytestmark = pytest.mark.skipif(platform.portable(), reason="processes are told by /proc")
LONG_AGO = 1_000_000_000
DOCKER = """\
#!/bin/sh
echo "$@" >> {log}
[ "$1" = ps ] && printf 'c0ffee\\tkafka-of-a-dead-one\\t{run}\\n'
exit 0
"""


@pytest.fixture
def run(keepers: Keepers) -> Path:
    """The folder of a run whose keeper and reaper are dead."""
    folder = keepers.place / "tmp" / f"{PREFIX}deadbeef"
    folder.mkdir()
    (folder / "lock").touch()
    (folder / "kafka.log").write_bytes(b"x" * 10_000)
    os.utime(folder, (LONG_AGO, LONG_AGO))
    return folder


@pytest.fixture
def orphan(run: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process whose words are those of a service of that run."""
    words = [sys.executable, "-c", "import signal; signal.pause()", "GatewayServer", f"-Dtmp={run}/kafka-1"]
    with subprocess.Popen(words) as process:
        yield process
        process.kill()


def mine(place: Path, kind: str) -> list[Leftover]:
    return [left for left in leftovers() if left.kind == kind and str(place) in left.name]


def pids() -> list[int]:
    return [int(left.name.split()[0]) for left in leftovers() if left.kind == "process"]


def test_the_folder_of_a_dead_keeper_goes_with_its_bytes_told(keepers: Keepers, run: Path) -> None:
    (left,) = mine(keepers.place, "folder")

    left.remove()

    assert left.name == str(run)
    assert left.size >= 10_000
    assert not run.exists()


def test_a_process_of_a_dead_keeper_goes(run: Path, orphan: subprocess.Popen[bytes]) -> None:
    assert poll(lambda: orphan.pid in pids(), Deadline(10))

    next(left for left in leftovers() if left.name.startswith(f"{orphan.pid} ")).remove()

    assert not platform.alive(orphan.pid)


def test_what_a_live_keeper_uses_is_none(
    keepers: Keepers, run: Path, orphan: subprocess.Popen[bytes]
) -> None:
    with (run / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert mine(keepers.place, "folder") == []
        assert orphan.pid not in pids()


def test_a_keeper_and_all_of_it_is_none(keepers: Keepers) -> None:
    client = keepers.connect(keepers.project())

    assert mine(keepers.place, "folder") == []
    assert not set(pids()) & {client.welcome["pid"], client.welcome["reaper"]}


def test_a_program_that_reads_a_log_of_a_dead_keeper_is_left_alone(run: Path) -> None:
    with subprocess.Popen(["tail", "-f", run / "kafka.log"], stdout=subprocess.DEVNULL) as reader:
        assert reader.pid not in pids()
        reader.kill()


def test_a_container_of_a_dead_keeper_goes(
    keepers: Keepers, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stub says what Docker says: there is none where these tests run."""
    log, program = keepers.place / "docker.log", keepers.place / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(DOCKER.format(log=log, run=run))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    (left,) = (left for left in leftovers() if left.kind == "container")

    left.remove()

    asked, removed = log.read_text().splitlines()
    assert f"--filter label={LABEL} " in asked
    assert (left.name, removed) == ("kafka-of-a-dead-one c0ffee", "rm --force --volumes c0ffee")
