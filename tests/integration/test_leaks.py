"""Whoever is killed at whatever moment: nothing of a run is left on the machine."""

from __future__ import annotations

import os
import random
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import platform
from tests.integration.runs import Run

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(platform.portable(), reason="only Linux tells of a killed process in time"),
]

SIGNALS = [pytest.param(signal.SIGINT, marks=pytest.mark.soak), signal.SIGKILL]
"""To one process of a run; Ctrl-C goes to all of them, and has tests of its own."""

SEED = int(os.environ.get("HARNESS_TEST_SEED", random.SystemRandom().randrange(1 << 30)))
LATEST_S = 8.0
"""The services need some seconds to start, then the scenarios begin."""


@pytest.fixture
def moment(request: pytest.FixtureRequest) -> float:
    """A random moment of a run, the same for the same seed."""
    seconds = random.Random(f"{SEED} {request.node.name}").uniform(0.0, LATEST_S)
    print(f"{seconds:.2f} s after its keeper; again with HARNESS_TEST_SEED={SEED}")
    return seconds


class Runs:
    def __init__(self, place: Path) -> None:
        self.place = place
        self.started: list[Run] = []

    def start(self, front_end: str, scenarios: int = 20) -> Run:
        run = Run.start(front_end, self.place, scenarios)
        self.started.append(run)
        run.wait_for_keeper()
        return run


@pytest.fixture
def runs() -> Iterator[Runs]:
    # Not below pytest's own folder, whose path is longer than a TMPDIR usually is.
    with tempfile.TemporaryDirectory(prefix="leaks-") as folder:
        runs = Runs(Path(folder))
        yield runs
        for run in runs.started:
            run.end()


@pytest.mark.parametrize("front_end", ["cli", "pytest", "xdist"])
def test_ctrl_c_leaves_nothing(runs: Runs, moment: float, front_end: str) -> None:
    run = runs.start(front_end)
    run.watch(moment)

    run.interrupt()

    assert run.what_is_left() == []


@pytest.mark.parametrize("front_end", ["cli", "pytest", pytest.param("xdist", marks=pytest.mark.soak)])
def test_a_killed_front_end_leaves_nothing(runs: Runs, moment: float, front_end: str) -> None:
    run = runs.start(front_end)
    run.watch(moment)

    os.kill(run.process.pid, signal.SIGKILL)

    assert run.what_is_left() == []


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signalled_worker_leaves_nothing_once_the_run_is_over(
    runs: Runs, moment: float, number: signal.Signals
) -> None:
    run = runs.start("xdist", scenarios=4)
    run.watch(moment)

    for worker in run.victims("worker"):
        os.kill(worker, number)
    run.output()

    assert run.what_is_left() == []


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signalled_keeper_leaves_nothing_once_the_run_is_over(
    runs: Runs, moment: float, number: signal.Signals
) -> None:
    run = runs.start("cli", scenarios=4)
    run.watch(moment)

    for keeper in run.victims("keeper"):
        os.kill(keeper, number)
    run.output()

    assert run.what_is_left() == []


def test_a_run_whose_keeper_was_killed_goes_on_with_a_new_one(runs: Runs) -> None:
    run = runs.start("cli", scenarios=2)

    for keeper in run.victims("keeper"):
        os.kill(keeper, signal.SIGKILL)

    assert "1 passed, 1 error in " in run.output()
