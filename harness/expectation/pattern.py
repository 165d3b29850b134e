"""What some fields of a row hold: one value or matcher each, typed by what the sink holds."""

from __future__ import annotations

from collections.abc import Mapping

from harness.codecs.moments import Moment
from harness.codecs.paths import ABSENT, pick
from harness.compare import Matcher
from harness.compare.equality import equal
from harness.compare.matchers import is_matcher
from harness.compare.show import show_apart
from harness.expectation.typed_rows import typed_row
from harness.location import Location
from harness.result import FieldDifference
from harness.rows import Cell, Row
from harness.sinks.record import Read, Record


class Pattern:
    """What some fields of a row hold."""

    def __init__(self, cells: Mapping[str, Cell], location: Location, read: Read, clock: Moment) -> None:
        """Read the cells.

        Raises:
            InvalidFiles: Cells that their columns cannot read, all at once.
        """
        self._wanted: Mapping[str, object | Matcher] = typed_row(Row(cells, location), read, (), clock)

    def holds(self, record: Record) -> bool:
        """Whether every field of the row is so."""
        return not any(not _fits(want, pick(record.values, name)) for name, want in self._wanted.items())

    def differing(self, record: Record) -> tuple[FieldDifference, ...]:
        """The fields of the row that are not so."""
        found = []
        for name, want in self._wanted.items():
            value = pick(record.values, name)
            if not _fits(want, value):
                expected, actual = show_apart(want, value)
                found.append(FieldDifference(field=name, expected=expected, actual=actual))
        return tuple(found)


def _fits(want: object | Matcher, value: object) -> bool:
    if is_matcher(want):
        return want.matches(None if value is ABSENT else value, value is not ABSENT)
    return value is not ABSENT and equal(want, value)
