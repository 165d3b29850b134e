"""Kept services: the second run meets them, and a run that was killed leaves nothing in them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from harness import platform
from harness.clock import Deadline, monotonic, pause, poll
from tests.conftest import without_keeper
from tests.integration.footprint import Footprint
from tests.integration.runs import Run
from tests.integration.stage import CARD
from tests.integration.warm import Warm, found_in

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(platform.portable(), reason="only Linux tells of a killed process in time"),
]


MOST_WAKES = 400
"""Per second; the clocks of Flink's two actor systems tick a hundred times each."""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a project and a TMPDIR of its own; whatever stays warm in it is ended."""
    with _a_place() as place:
        yield place


@contextlib.contextmanager
def _a_place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="kept-") as folder:
        place = Path(folder)
        shutil.copytree(CARD, place / "project")
        (place / "tmp").mkdir()
        yield place
        command(place, "down")


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Run]]:
    """Starts runs in the project of a place, and ends what is left of them."""
    monkeypatch.delenv("CI", raising=False)
    runs: list[Run] = []

    def start(place: Path, front_end: str, scenarios: int, keep: str | None = None) -> Run:
        runs.append(Run.start(front_end, place, scenarios, keep))
        return runs[-1]

    yield start
    for run in runs:
        run.end()


@pytest.fixture(scope="module")
def warm_place() -> Iterator[Path]:
    """A place whose services `harness up` has started; every test leaves them as it has met them."""
    with _a_place() as place:
        command(place, "up")
        yield place


@pytest.fixture(scope="module")
def warm(warm_place: Path) -> Warm:
    """The services of that place."""
    return Warm.of(warm_place / "tmp")


def command(place: Path, *words: str) -> str:
    """What a command of the harness says in the project; it must succeed."""
    environ = {name: value for name, value in without_keeper().items() if name != "CI"}
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli.main", *words],
        cwd=place / "project",
        env={**environ, "TMPDIR": str(place / "tmp")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("front_end", [pytest.param("cli", marks=pytest.mark.soak), "xdist"])
def test_a_run_meets_the_warm_services_and_leaves_nothing_in_them(
    start: Callable[..., Run], warm_place: Path, warm: Warm, front_end: str
) -> None:
    before = warm.pids()

    run = start(warm_place, front_end, scenarios=2)
    said = run.output()

    assert "2 passed in " in said, said
    assert warm.pids().items() >= before.items()
    assert poll(lambda: not warm.strays(), Deadline(30), first=0.1, most=0.2), warm.strays()


@pytest.mark.parametrize("front_end", [pytest.param("cli", marks=pytest.mark.soak), "pytest"])
def test_a_killed_run_leaves_only_what_is_warm(
    start: Callable[..., Run], warm_place: Path, warm: Warm, front_end: str
) -> None:
    before = warm.pids()
    run = start(warm_place, front_end, scenarios=20)
    assert poll(lambda: _number(warm) >= 3, Deadline(60), most=0.05), run.output()
    assert warm.strays() != []

    os.kill(run.process.pid, signal.SIGKILL)

    assert poll(lambda: not warm.strays(), Deadline(30), first=0.1, most=0.2), warm.strays()
    assert warm.pids().items() >= before.items()


def _number(warm: Warm) -> int:
    """The number of the scenario that runs; -1 while none has its names yet."""
    labels = [lease["label"] for lease in warm.status()["leases"] if lease["names"]]
    return max((int(label.rpartition(" ")[2]) for label in labels), default=-1)


def test_after_the_keeper_was_killed_nothing_is_left_and_the_run_goes_on_with_a_new_one(
    place: Path, start: Callable[..., Run]
) -> None:
    run = start(place, "cli", scenarios=2, keep="10m")
    run.wait_for_keeper()
    (first,) = run.victims("keeper")

    os.kill(first, signal.SIGKILL)
    said = run.output()
    run.footprint.look()
    second = found_in(place / "tmp")
    os.kill(second.pid or 0, signal.SIGKILL)

    assert "1 passed, 1 error in " in said
    assert second.pid != first
    assert run.what_is_left() == []


def test_up_and_down_tell_what_is_there_and_leave_nothing(place: Path) -> None:
    footprint = Footprint.new(place)
    up = command(place, "up", "--keep", "5m")
    status, leases, logs = (
        command(place, "status"),
        command(place, "leases"),
        command(place, "logs", "-n", "5"),
    )
    footprint.root = found_in(place / "tmp").pid or 0
    footprint.look()
    down = command(place, "down")

    services = ["flink-1", "interpreter-1", "kafka-1", "postgres-1"]
    assert sorted(line.split()[0] for line in up.splitlines()[1:-1]) == services
    assert up.splitlines()[-1].startswith("1 pipeline warm in ")
    assert up.endswith("stays until unused for 5m, or `harness down`\n")
    assert sorted(line.split()[0] for line in status.splitlines()[2:]) == services
    assert leases == "no leases\n"
    assert {line.split()[0] for line in logs.splitlines()} >= {"keeper", "flink-1", "postgres-1"}
    assert sorted(line.split()[0] for line in down.splitlines()[:-1]) == services
    assert footprint.left() == []


def test_leases_tell_who_holds_what(warm_place: Path, warm: Warm, start: Callable[..., Run]) -> None:
    run = start(warm_place, "cli", scenarios=20)
    assert poll(lambda: _number(warm) >= 0, Deadline(60), most=0.05), run.output()

    said = command(warm_place, "leases").splitlines()

    assert said[0].split() == ["LEASE", "SINCE", "PID", "SCENARIO", "HOLDS"]
    assert str(run.process.pid) in said[1].split()
    assert "runs.scenario.yaml::transaction " in said[1]
    assert "card.rejected" in said[1]


def test_services_that_wait_sleep(warm: Warm) -> None:
    """The last of this module: Kafka looks for files to delete for the first time after half a minute."""
    for service, (process, *_) in warm.pids().items():
        assert poll(partial(_sleeps, process), Deadline(20)), service


def _sleeps(process: int) -> bool:
    before, began = _wakes(process), monotonic()
    pause(1.0)
    after, seconds = _wakes(process), monotonic() - began
    wakes = sum(count - before[thread] for thread, count in after.items() if thread in before)
    return wakes / seconds < MOST_WAKES


def _wakes(process: int) -> dict[str, int]:
    """How often each thread of a process has woken up after it slept."""
    found = {}
    for file in Path(f"/proc/{process}/task").glob("*/status"):
        told = dict(line.split(":", 1) for line in file.read_text().splitlines())
        found[file.parent.name] = int(told["voluntary_ctxt_switches"])
    return found
