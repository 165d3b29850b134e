"""What some fields of a row hold: one value or matcher each, typed by what the sink holds."""

from __future__ import annotations

from collections.abc import Mapping

from harness.codecs.moments import Moment
from harness.codecs.paths import ABSENT, pick
from harness.compare import Capture, Matcher
from harness.compare.captures import hold, names_in
from harness.compare.equality import equal
from harness.compare.matchers import is_matcher
from harness.compare.show import show_apart
from harness.errors import InvalidFiles, Problem
from harness.expectation.typed_rows import typed_row
from harness.location import Location
from harness.result import FieldDifference
from harness.rows import Cell, Row
from harness.sinks.record import Read, Record

NONE: Mapping[str, Capture] = {}
_TAKES = "a row of an earlier expectation gives it one"


class Pattern:
    """What some fields of a row hold."""

    def __init__(
        self,
        cells: Mapping[str, Cell],
        location: Location,
        read: Read,
        clock: Moment,
        captures: Mapping[str, Capture] = NONE,
    ) -> None:
        """Read the cells.

        Args:
            cells: A value or matcher per field.
            location: Where they stand.
            read: What the sink holds.
            clock: What `T` means.
            captures: The values that names (`<same NAME>`) have taken.

        Raises:
            InvalidFiles: Cells that their columns cannot read, and names without a value, all at once.
        """
        wanted = typed_row(Row(cells, location), read, (), clock)
        unknown = [
            Problem(cells[name].location, f"`<same {same}>` has no value yet", hint=_TAKES)
            for name, want in wanted.items()
            for same in names_in(want)
            if same not in captures
        ]
        if unknown:
            raise InvalidFiles(unknown)
        self._wanted = {name: hold(want, captures) for name, want in wanted.items()}

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
