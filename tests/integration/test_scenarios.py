"""The scenarios that the project ships pass: they are its documentation, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.events import Event
from harness.plan import Plan
from harness.result import Status
from harness.scenario.load import load_scenarios
from harness.scenario.model import ExpectJob, Scenario
from harness.session import Session, plan_of

ROOT = Path(__file__).parent.parent.parent
SCENARIOS, PROBLEMS = load_scenarios([ROOT / "scenarios"], ROOT)


def versions() -> list[tuple[Scenario, str]]:
    return [(scenario, version) for scenario in SCENARIOS for version in scenario.pipeline.flink]


def planned(session: Session, scenario: Scenario, version: str) -> Plan:
    return plan_of(scenario, version, session.settings)


def test_every_shipped_file_is_right() -> None:
    assert [problem.render() for problem in PROBLEMS] == []
    assert len(SCENARIOS) >= 4


@pytest.mark.integration
@pytest.mark.parametrize(("scenario", "version"), versions(), ids=[f"{s.name} [{v}]" for s, v in versions()])
def test_it_passes(session: Session, scenario: Scenario, version: str) -> None:
    events: list[Event] = []

    result = session.run(planned(session, scenario, version), events.append)

    assert (result.status, result.trouble, result.failures) == (Status.PASSED, None, ())
    fails = any(isinstance(step, ExpectJob) and step.state == "failed" for step in scenario.steps)
    assert result.proofs or fails, "a pass without a proof that the job was done"
