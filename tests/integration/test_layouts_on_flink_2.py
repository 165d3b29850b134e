"""The layouts that are not the default run jobs of Flink 2.2, too, through what only they go through."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.clock import Deadline, poll
from harness.report import failure_text
from harness.result import ScenarioResult, Status
from harness.scenario.load import load_scenarios
from harness.session import Session
from tests.integration.foreign_cluster import foreign_cluster
from tests.integration.stage import WINDOWS, ignore

pytestmark = pytest.mark.integration

GONE_S = 20.0
SCENARIO = """\
scenario: windows
pipeline: order-windows
T: 2026-03-01T12:00:00Z
timeout: 180s
when:
  - {{send: orders, rows: [{{placed_at: T+1s, order_id: o1, country: DE, amount: 10.00}}]}}
  - {steps}
  - {{send: orders, rows: [{{placed_at: T+2s, order_id: o2, country: DE, amount: 1.00}}]}}
  - {last}
then:
  - {{expect: turnover, rows: [{{country: DE, orders: 2, turnover: {turnover}}}]}}
"""


def run(session: Session, where: str, folder: Path, text: str) -> ScenarioResult:
    """The scenario, its pipeline on Flink 2.2, in a layout."""
    shutil.copytree(WINDOWS, folder, dirs_exist_ok=True)
    pipeline = folder / "order-windows.pipeline.yaml"
    pipeline.write_text(pipeline.read_text().replace('flink: "1.20"', 'flink: "2.2"'))
    (folder / "windows.scenario.yaml").write_text(text)
    (scenario,), problems = load_scenarios([folder / "windows.scenario.yaml"], folder)
    assert [problem.render() for problem in problems] == []
    session = Session(replace(session.settings, layout=where), session.environment)
    (plan,) = session.plans([scenario])
    return session.run(plan, ignore)


@pytest.mark.soak
@pytest.mark.parametrize("victim", ["jobmanager", "taskmanager"])
def test_what_is_killed_comes_again_and_event_time_passes(
    session: Session, tmp_path: Path, victim: str
) -> None:
    text = SCENARIO.format(steps=f"{{kill: {victim}}}", last="{advance: T+1m}", turnover="11.00")
    text += "  - {expect: job, metrics: {numLateRecordsDropped: 0, currentOffset: <at least 1>}}\n"

    result = run(session, "two-process", tmp_path, text)

    assert result.status is Status.PASSED, failure_text(result, colour=False)
    assert result.proofs
    assert result.metrics["job"]["job"]["numRestarts"]


@pytest.mark.soak
def test_a_cluster_that_runs_elsewhere_stops_a_job_starts_it_again_and_is_left_as_it_was(
    session: Session, tmp_path: Path
) -> None:
    steps = "{stop: half}\n  - {start: half}"
    right = SCENARIO.format(steps=steps, last="end_of_input", turnover="11.00")
    wrong = SCENARIO.format(steps="settle", last="end_of_input", turnover="12.00")
    (tmp_path / "foreign").mkdir()
    with foreign_cluster(tmp_path / "foreign", session.settings, "2.2") as cluster:
        passed = run(session, cluster.rest, tmp_path / "right", right)
        failed = run(session, cluster.rest, tmp_path / "wrong", wrong)
        gone = poll(lambda: not cluster.open_jobs(), Deadline(GONE_S))

    assert passed.status is Status.PASSED, failure_text(passed, colour=False)
    assert passed.proofs
    assert failed.status is Status.FAILED, failure_text(failed, colour=False)
    assert gone
