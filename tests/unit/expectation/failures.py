"""What the engine would say of an expectation and of records that nobody had to send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.codecs.moments import Moment
from harness.codecs.types import Type
from harness.compare import ActualRow, compare_rows
from harness.expectation.sides import Sides, sides_of
from harness.expectation.typed_rows import typed_rows
from harness.result import Failure
from harness.scenario.model import ExpectRows, Place
from harness.sinks.record import Read, Record


def failure_in(
    step: ExpectRows,
    place: Place,
    records: Sequence[Mapping[str, object]],
    types: Mapping[str, Type],
    clock: Moment,
) -> Failure | None:
    """Why the expectation does not hold, or None."""
    read = Read(records=tuple(Record(values=record) for record in records), types=types, closed=False)
    if step.rows is None:
        assert step.count is not None
        if step.count.holds(len(records)):
            return None
        counted = Sides(step=step, there=len(records), clock=clock)
        return Failure(message="count", location=step.location, subject=place.name, sides=counted)
    typed = typed_rows(step, place, read, clock)
    actual = [ActualRow(record) for record in records]
    comparison = compare_rows(
        typed.rows,
        actual,
        key=place.key,
        mode=place.mode,
        match=step.match,
        all_columns=step.all_columns,
        columns=typed.columns,
    )
    if comparison.passed:
        return None
    sides = sides_of(step, typed.rows, actual, read, place, clock, comparison)
    rows = comparison.differences
    return Failure(message="rows", location=step.location, subject=place.name, rows=rows, sides=sides)
