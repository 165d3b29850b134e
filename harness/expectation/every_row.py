"""`each`: what holds for every row of a sink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.codecs.moments import Moment
from harness.compare import Capture
from harness.errors import InvalidFiles
from harness.expectation import shown_rows, typed_rows
from harness.expectation.pattern import Pattern
from harness.expectation.wording import counted
from harness.result import Failure, Kind, RowDifference
from harness.scenario.model import ExpectRows, Place
from harness.sinks.record import Read, Record


def hold(
    expected: ExpectRows,
    place: Place,
    read: Read,
    rows: Sequence[Record],
    clock: Moment,
    captures: Mapping[str, Capture],
) -> Failure | None:
    """The rows that are not as `each` says.

    Args:
        expected: The expectation.
        place: The sink.
        read: All that it holds.
        rows: Those of its rows that are meant.
        clock: What `T` means.
        captures: The values that names have taken.

    Raises:
        ExpectationError: Cells that their columns cannot read and columns that do not exist, together.
    """
    named = {name: cell.location for name, cell in expected.each.items()}
    problems = typed_rows.unknown_columns(named, place, read, expected.scope)
    if problems:
        raise typed_rows.invalid(problems)
    try:
        pattern = Pattern(expected.each, expected.location, read, clock, captures)
    except InvalidFiles as error:
        raise typed_rows.invalid(error.problems) from None
    wrong: list[RowDifference] = []
    count = 0
    for row in rows:
        if fields := pattern.differing(row):
            count += 1
            if count <= shown_rows.MOST:
                wrong.append(shown_rows.difference(Kind.CHANGED, place, row, fields))
    if not count:
        return None
    return Failure(
        message=f"{count} of {counted(len(rows), 'row')} {'is' if count == 1 else 'are'} not as `each` says",
        location=expected.location,
        subject=expected.sink,
        rows=tuple(wrong),
        matched=len(rows) - count,
    )
