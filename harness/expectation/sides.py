"""Both sides of an expectation that did not hold, typed: what it takes to write one as the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.codecs.moments import Moment
from harness.codecs.types import Type
from harness.compare import ActualRow, Comparison, ExpectedRow
from harness.scenario.model import ExpectRows, Place
from harness.sinks.record import Read

MOST_DIFFERENCES = 1_000
"""More than these nobody looks through, row by row."""
MOST_ROWS = 100_000
"""A result is kept to the end of the run, and with it these rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Both sides.

    Attributes:
        step: The expectation.
        there: How many rows the sink holds.
        clock: What `T` means.
        expected: The expected rows, in the order of `step.rows`; empty where only a count was expected.
        actual: The rows that the sink holds.
        types: The types of its fields, as far as they are known.
        key: What identifies a row.
    """

    step: ExpectRows
    there: int
    clock: Moment
    expected: Sequence[ExpectedRow] = ()
    actual: Sequence[ActualRow] = ()
    types: Mapping[str, Type] = field(default_factory=dict)
    key: tuple[str, ...] = ()


def sides_of(
    step: ExpectRows,
    expected: Sequence[ExpectedRow],
    actual: Sequence[ActualRow],
    read: Read,
    place: Place,
    clock: Moment,
    comparison: Comparison,
) -> Sides | None:
    """Both sides of a comparison, or None if they are too large to be kept."""
    if comparison.count > MOST_DIFFERENCES or max(len(expected), len(actual)) > MOST_ROWS:
        return None
    return Sides(
        step=step,
        there=len(actual),
        clock=clock,
        # What is in a file is gone when the next step begins.
        expected=tuple(expected),
        actual=tuple(actual),
        types=read.types,
        key=place.key,
    )
