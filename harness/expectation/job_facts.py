"""`expect: job`: what must be true of the job itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from harness.codecs.cell_error import CellError
from harness.codecs.moments import Moment
from harness.codecs.types import DECIMAL, INSTANT, Type
from harness.compare import expect_cell, show
from harness.compare.equality import equal
from harness.compare.matchers import is_matcher
from harness.errors import ExpectationError
from harness.expectation.wording import were
from harness.result import Failure
from harness.rows import Cell
from harness.scenario.model import ExpectJob

_EPOCH = datetime.fromtimestamp(0, UTC)
_LAST = 253_402_300_799_999
"""The end of the year 9999: what the watermark of an ended input, far beyond it, is shown as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFacts:
    """What the job did.

    Attributes:
        state: What it does now.
        cause: Why it failed last, or None.
        metrics: The metrics that are asked for, summed over its subtasks.
        failed_on: The record that it failed on, in words; "" where none is suspect.
        late: How many rows its windows dropped as late; None where nobody asked.
        watermark: The lowest of its operators, in milliseconds since 1970; None where one has none yet.
    """

    state: str
    restarts: int
    cause: str | None
    failed_on: str = ""
    metrics: Mapping[str, Decimal] = field(default_factory=dict)
    late: int | None = None
    watermark: int | None = None


def hold(expected: ExpectJob, job: JobFacts, clock: Moment) -> Failure | None:
    """What is not true of the job.

    Raises:
        ExpectationError: A metric's value cannot be read.
    """
    facts = [
        *_of_life(expected, job),
        *_of_watermark(expected, job.watermark, clock),
        *_of_metrics(expected, job, clock),
    ]
    if not facts:
        return None
    return Failure(
        message="; ".join(facts), location=expected.location, subject="job", detail=job.cause or None
    )


def watermark_test(expected: ExpectJob, clock: Moment) -> Callable[[int | None], bool]:
    """Whether a watermark (milliseconds since 1970) is what is expected.

    Raises:
        ExpectationError: The expected watermark cannot be read.
    """
    return lambda millis: not _of_watermark(expected, millis, clock)


def _of_watermark(expected: ExpectJob, millis: int | None, clock: Moment) -> Sequence[str]:
    if expected.watermark is None:
        return ()
    want = _wanted(expected.watermark, INSTANT, clock)
    there = None if millis is None else _EPOCH + timedelta(milliseconds=min(millis, _LAST))
    if _fits(want, there):
        return ()
    seen = "it has none yet" if there is None else f"it is {show(there)}"
    return (f"expected the watermark to be {show(want)}, and {seen}",)


def _of_life(expected: ExpectJob, job: JobFacts) -> Sequence[str]:
    facts = []
    if expected.state is not None and job.state != expected.state:
        facts.append(f"expected the job to be {expected.state}, and it is {job.state}")
    if expected.restarts is not None and not expected.restarts.holds(job.restarts):
        facts.append(f"expected {expected.restarts} restarts, and there {were(job.restarts)}")
    if expected.fails_with is not None:
        if job.cause is None:
            facts.append(f"expected the job to fail with `{expected.fails_with}`, and it did not fail")
        elif expected.fails_with not in job.cause:
            facts.append(f"expected the job to fail with `{expected.fails_with}`, and it failed otherwise")
    if expected.late is not None and job.late is not None and not expected.late.holds(job.late):
        facts.append(f"expected {expected.late} late rows to be dropped, and there {were(job.late)}")
    return facts


def _of_metrics(expected: ExpectJob, job: JobFacts, clock: Moment) -> Sequence[str]:
    facts = []
    for name, cell in expected.metrics.items():
        want = _wanted(cell, DECIMAL, clock)
        value = job.metrics[name]
        if not _fits(want, value):
            facts.append(f"expected the metric `{name}` to be {show(want)}, and it is {show(value)}")
    return facts


def _wanted(cell: Cell, type_: Type, clock: Moment) -> object:
    try:
        return expect_cell(cell, type_, clock)
    except CellError as error:
        raise ExpectationError(
            error.message, hint=error.hint, location=error.location or cell.location
        ) from None


def _fits(want: object, value: object) -> bool:
    return want.matches(value, True) if is_matcher(want) else equal(want, value)
