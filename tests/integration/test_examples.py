"""The examples of the language pass with the jobs that they tell about, but for what cannot be run yet."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from harness.report import failure_text
from harness.result import Status
from harness.scenario.load import load_scenarios
from harness.scenario.model import Scenario
from harness.scenario.runnable import hindrances
from harness.session import Session, plan_of
from tests.examples.build import BUILT, HERE, build

PROJECT = tempfile.TemporaryDirectory(prefix="examples-")
"""Made when tests are collected, because every scenario in it is one."""
atexit.register(PROJECT.cleanup)
HINDERED = {
    "a database that goes away for a while loses nothing",
    "a taskmanager dies in the middle and every transaction is there once",
    "trips land in the folder of their own month",
    "each trip goes to the index of its borough under its own id",
    "one bad record neither stops the job nor disappears",
    "Kafka and S3 hold each trip once although a worker died",
    "in the new round only the new trips arrive",
    "a late trip no longer changes the hot spots",
    "twice the shards and twice the workers lose no trip",
    "the average ride to JFK",
    "short and fast trips are not counted",
    "events are counted per minute and type",
    "a processing-time window closes by the real clock",
    "a snapshot restores the half filled window",
    "a job that cannot start says why",
}
"""What this version cannot run yet."""


def scenarios() -> tuple[Scenario, ...]:
    """All scenarios of the examples."""
    folder = Path(PROJECT.name) / "examples"
    shutil.copytree(HERE, folder)
    build(folder)
    found, problems = load_scenarios([folder], folder)
    assert [problem.render() for problem in problems] == []
    return found


SCENARIOS = scenarios()


def test_all_but_those_that_are_named_can_be_run() -> None:
    assert {scenario.name for scenario in SCENARIOS if hindrances(scenario)} == HINDERED


def runs() -> list[ParameterSet]:
    """Every scenario that can be run, on every version; in a short run only on the first one."""
    return [
        pytest.param(
            *(scenario, version),
            marks=[pytest.mark.integration, *([pytest.mark.soak] if number else [])],
            id=f"{scenario.name} [{version}]" if len(scenario.pipeline.flink) > 1 else scenario.name,
        )
        for scenario in SCENARIOS
        if not hindrances(scenario)
        for number, version in enumerate(scenario.pipeline.flink)
    ]


@pytest.mark.parametrize(("scenario", "version"), runs())
def test_an_example_passes(scenario: Scenario, version: str, session: Session) -> None:
    assert BUILT.exists(), "make fixtures"

    result = session.run(plan_of(scenario, version, session.settings), lambda _event: None)

    assert result.status is Status.PASSED, failure_text(result, colour=False)
