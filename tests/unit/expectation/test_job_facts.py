"""What must be true of the job itself."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.errors import ExpectationError
from harness.expectation import job_facts
from harness.expectation.job_facts import JobFacts
from harness.scenario.model import ExpectJob
from tests.unit.expectation.conftest import CLOCK, Expect

PAST_T = 60_000 + int(CLOCK.instant.timestamp() * 1000)
RUNNING = JobFacts(
    state="running", restarts=0, cause=None, metrics={"lost": Decimal(2)}, late=1, watermark=PAST_T
)
FAILED = JobFacts(state="failed", restarts=3, cause="ValueError: boom")


@pytest.mark.parametrize(
    ("text", "job"),
    [
        ("state: running, restarts: 0", RUNNING),
        ("state: failed, fails_with: boom, restarts: <at least 1>", FAILED),
        ("metrics: {lost: 2}", RUNNING),
        ("metrics: {lost: <between 1 and 2>}", RUNNING),
        ("metrics: {lost: 2.0}", RUNNING),
        ("late: 1", RUNNING),
        ("late: <any>", RUNNING),
        ("watermark: T+1m", RUNNING),
        ("watermark: <at least T>", RUNNING),
        ("watermark: <between T and T+2m>", RUNNING),
        ("watermark: null", FAILED),
        ("watermark: <after T>", replace(RUNNING, watermark=2**63 - 1)),
    ],
)
def test_what_is_true_is_no_failure(expect: Expect, text: str, job: JobFacts) -> None:
    expected = expect(f"expect: job, {text}")
    assert isinstance(expected, ExpectJob)

    assert job_facts.hold(expected, job, CLOCK) is None


@pytest.mark.parametrize(
    ("text", "job", "message"),
    [
        ("state: failed", RUNNING, "expected the job to be failed, and it is running"),
        ("restarts: 1", RUNNING, "expected 1 restarts, and there were none"),
        ("fails_with: boom", RUNNING, "expected the job to fail with `boom`, and it did not fail"),
        ("fails_with: bang", FAILED, "expected the job to fail with `bang`, and it failed otherwise"),
        ("late: 0", RUNNING, "expected 0 late rows to be dropped, and there was 1"),
        ("metrics: {lost: 3}", RUNNING, "expected the metric `lost` to be 3, and it is 2"),
        (
            "metrics: {lost: <at most 1>}",
            RUNNING,
            "expected the metric `lost` to be <at most 1>, and it is 2",
        ),
        ("metrics: {lost: null}", RUNNING, "expected the metric `lost` to be null, and it is 2"),
        (
            "watermark: <at least T+2m>",
            RUNNING,
            "expected the watermark to be <at least 2026-01-01T00:02:00Z>, and it is 2026-01-01T00:01:00Z",
        ),
        (
            "watermark: <not null>",
            FAILED,
            "expected the watermark to be <not null>, and it has none yet",
        ),
        (
            "state: finished, restarts: 1",
            RUNNING,
            "expected the job to be finished, and it is running; expected 1 restarts, and there were none",
        ),
    ],
)
def test_everything_that_is_not_true_is_told(expect: Expect, text: str, job: JobFacts, message: str) -> None:
    expected = expect(f"expect: job, {text}")
    assert isinstance(expected, ExpectJob)

    failure = job_facts.hold(expected, job, CLOCK)

    assert failure is not None
    assert failure.message == message


def test_a_metric_is_a_number(expect: Expect) -> None:
    expected = expect("expect: job, metrics: {lost: many}")
    assert isinstance(expected, ExpectJob)

    with pytest.raises(ExpectationError, match="many"):
        job_facts.hold(expected, RUNNING, CLOCK)
