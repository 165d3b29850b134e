"""Stopped, started, upgraded and struck: what a job must survive, and how it shows when it does not."""

from __future__ import annotations

import re

import pytest

from harness.result import ScenarioResult, Status, Trouble
from tests.integration.stage import Stage

pytestmark = pytest.mark.integration

HEAD = """
    scenario: {name}
    pipeline: order-windows
    T: 2026-03-01T12:00:00Z
    when:
      - send: orders
        rows: [{{placed_at: T+1s, order_id: o1, country: DE, amount: 10.00}}]
"""


def run(stage: Stage, name: str, *steps: str, then: str) -> ScenarioResult:
    lines = "".join(f"      - {step}\n" for step in steps)
    return stage.run(HEAD.format(name=name) + lines + f"    then:\n      - {then}\n")


def trouble(result: ScenarioResult) -> Trouble:
    assert result.status is Status.ERROR
    assert result.trouble is not None
    return result.trouble


def test_state_that_does_not_fit_another_version_is_named_as_the_reason(stage: Stage) -> None:
    result = run(
        stage,
        "an upgrade that changes a key",
        "{stop: half}",
        "{start: half, version: v2}",
        then="{expect: turnover, empty: true}",
    )

    told = trouble(result)
    assert (
        told.message == "state in the savepoint `half` has another type than in the job that starts from it"
    )
    assert "StateMigrationException" in (told.detail or "")
    assert told.location is not None
    assert told.location.path == stage.file


def test_what_was_counted_before_a_start_without_state_is_missed(stage: Stage) -> None:
    result = run(
        stage,
        "forgotten",
        "{stop: half}",
        "{start: fresh}",
        "{advance: T+1m}",
        then="{expect: turnover, rows: [{country: DE, orders: 1}]}",
    )

    assert result.status is Status.FAILED


def test_restarts_that_the_scenario_did_not_cause_stay_forbidden(stage: Stage) -> None:
    result = run(
        stage,
        "two restarts are expected, and one is done",
        "{fail: job}",
        then="{expect: job, restarts: 2}",
    )

    assert result.status is Status.FAILED
    assert result.failures[0].message == "expected 2 restarts, and there was 1"


def test_event_time_that_has_not_come_so_far_fails(stage: Stage) -> None:
    result = run(
        stage, "too early", "{advance: T+1m}", then="{expect: job, watermark: <at least T+1h>, restarts: 0}"
    )

    assert result.status is Status.FAILED
    assert re.fullmatch(
        r"expected the watermark to be <at least 2026-03-01T13:00:00Z>, and it is 2026-03-01T12:01:00\S*Z",
        result.failures[0].message,
    )


def test_a_task_manager_that_was_replaced_gives_no_slots_any_more(stage: Stage) -> None:
    result = run(
        stage,
        "more than there are",
        "{kill: taskmanager}",
        "{stop: half}",
        "{start: half, parallelism: 1000}",
        then="{expect: turnover, empty: true}",
    )

    assert trouble(result).message.endswith("its parallelism is 1000, and the cluster has 32 slots")


def test_a_worker_that_is_not_there_cannot_be_killed(stage: Stage) -> None:
    result = run(stage, "no worker", "{kill: python_worker}", then="{expect: turnover, empty: true}")

    assert trouble(result).message == "the job has no Python worker of its own"
