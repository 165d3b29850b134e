"""`expect: SINK`: the rows of a sink against everything that one expectation says of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from harness.codecs.moments import Moment
from harness.compare import ActualRow, Capture, Comparison, compare_changes, compare_rows
from harness.expectation import every_row, shown_rows, unique_rows
from harness.expectation.actual_rows import ActualRows
from harness.expectation.delivery import holds, without_repeats
from harness.expectation.sides import Sides, sides_of
from harness.expectation.typed_rows import TypedRows, typed_rows
from harness.expectation.wording import are, counted
from harness.location import Location
from harness.result import Failure, Kind, RowDifference
from harness.scenario.model import ExpectRows, Place, Scope
from harness.sinks import stored_records
from harness.sinks.record import Read, Record
from harness.sinks.stored_records import LongRecords

MOST_SHOWN = 20
"""So many rows are shown for an expectation that named none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkRows:
    """The rows of a sink that an expectation is about.

    Attributes:
        place: The sink.
        read: All that it holds.
        rows: Those of its rows that are meant.
        clock: What `T` means.
        repeats: Whether equal rows may be there more than once.
        since: Of new rows: the last expectation of this sink, or None.
        captures: The values that names (`<same NAME>`) have taken; those taken here are added.
        notes: What a reader must know to believe the verdict; added to.
    """

    place: Place
    read: Read
    rows: Sequence[Record]
    clock: Moment
    repeats: bool = False
    since: Location | None = None
    captures: dict[str, Capture] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def hold(self, expected: ExpectRows) -> tuple[Failure, ...]:
        """What of the expectation does not hold.

        Raises:
            ExpectationError: Cells that their columns cannot read and columns that do not exist, together.
        """
        rules: list[Callable[[ExpectRows], Failure | None]] = []
        if expected.rows is not None:
            rules.append(self._compare)
        elif expected.count is None and not self.rows:
            # A rule for every row says nothing where there is none.
            return (self._noted(expected, self._nothing_there(expected)),)
        if expected.count is not None:
            rules.append(self._count)
        if expected.each:
            rules.append(self._each)
        if expected.unique:
            rules.append(self._unique)
        failures = [failure for rule in rules if (failure := rule(expected)) is not None]
        return tuple(self._noted(expected, failure) for failure in failures)

    def _compare(self, expected: ExpectRows) -> Failure | None:
        with contextlib.closing(typed_rows(expected, self.place, self.read, self.clock)) as typed:
            return self._compare_typed(expected, typed)

    def _compare_typed(self, expected: ExpectRows, typed: TypedRows) -> Failure | None:
        readable = self._readable()
        if self.repeats and not isinstance(readable, LongRecords):
            readable = [replace(r, origin=r.origin or f"#{n}") for n, r in enumerate(readable)]
        actual = ActualRows(readable)
        comparison = self._compared(expected, typed, actual)
        self.captures.update(comparison.captures)
        self.notes.extend(comparison.notes)
        differences, count = comparison.differences, comparison.count
        if self.repeats:
            differences = tuple(
                replace(d, origin=None) if (d.origin or "").startswith("#") else d
                for d in without_repeats(differences, readable)
            )
            count -= _repeats(comparison, differences)
        if not count:
            return None
        total = comparison.matched + count
        return Failure(
            message=f"{count} of {counted(total, 'row')} {'differs' if count == 1 else 'differ'}",
            location=expected.location,
            subject=expected.sink,
            rows=differences,
            matched=comparison.matched,
            digest=None if self.repeats else comparison.digest,
            sides=self._sides(expected, typed, actual, comparison),
        )

    def _compared(self, expected: ExpectRows, typed: TypedRows, actual: Sequence[ActualRow]) -> Comparison:
        tolerance = {name: Decimal(text.value) for name, text in expected.tolerance.items()}
        if expected.scope is Scope.CHANGES:
            return compare_changes(
                typed.rows,
                actual,
                key=self.place.key,
                match=expected.match,
                all_columns=expected.all_columns,
                columns=typed.columns,
                tolerance=tolerance,
                captures=self.captures,
            )
        return compare_rows(
            typed.rows,
            actual,
            key=self.place.key,
            mode=self.place.mode,
            match=expected.match,
            all_columns=expected.all_columns,
            columns=typed.columns,
            tolerance=tolerance,
            captures=self.captures,
        )

    def _sides(
        self,
        expected: ExpectRows,
        typed: TypedRows,
        actual: Sequence[ActualRow],
        comparison: Comparison,
    ) -> Sides | None:
        """What it takes to write what is there; of changes and of repeated rows nobody can say it."""
        if expected.scope is Scope.CHANGES or self.repeats:
            return None
        return sides_of(expected, typed.rows, actual, self.read, self.place, self.clock, comparison)

    def _count(self, expected: ExpectRows) -> Failure | None:
        assert expected.count is not None
        if holds(expected.count, self.rows, repeats=self.repeats):
            return None
        said = str(expected.count)
        one = expected.count.most == 1 or (expected.count.most is None and expected.count.least == 1)
        wanted = "no rows" if said == "0" else f"{said} row{'' if one else 's'}"
        return Failure(
            message=f"expected {wanted}, and there {are(len(self.rows))}",
            location=expected.location,
            subject=expected.sink,
            rows=unexpected(self.place, self.rows),
            sides=Sides(step=expected, there=len(self.rows), clock=self.clock),
        )

    def _each(self, expected: ExpectRows) -> Failure | None:
        return every_row.hold(expected, self.place, self.read, self._readable(), self.clock, self.captures)

    def _unique(self, expected: ExpectRows) -> Failure | None:
        return unique_rows.hold(expected, self.place, self.read, self._readable(), repeats=self.repeats)

    def _readable(self) -> Sequence[Record]:
        """Rows whose fields can be told; that all others can be read, too, is a rule of its own."""
        return stored_records.readable(self.rows)

    def _nothing_there(self, expected: ExpectRows) -> Failure:
        said = " and ".join(
            word for word, there in (("`each`", expected.each), ("`unique`", expected.unique)) if there
        )
        return Failure(
            message=f"{said} is about every row, and there are none",
            location=expected.location,
            subject=expected.sink,
            detail="say `count` too where there may be none",
        )

    def _noted(self, expected: ExpectRows, failure: Failure) -> Failure:
        """With which rows are meant, where these are not all."""
        if expected.scope is not Scope.NEW:
            return failure
        since = f"the `expect` on line {self.since.line}" if self.since else "the scenario began"
        old = len(self.read.records) - len(self.rows)
        new = f"new are the rows since {since}; {counted(old, 'row')} came before"
        return replace(failure, detail="\n".join(filter(None, (new, failure.detail))))


def _repeats(comparison: Comparison, left: Sequence[RowDifference]) -> int:
    """How many of the differences are but repeats, when those that are `left` are not."""
    found = len(comparison.differences) - len(left)
    if any(d.kind is Kind.DUPLICATE for d in left):
        return found
    # Of very many not all were kept; the others are like those that were.
    kept = sum(d.kind is Kind.DUPLICATE for d in comparison.differences)
    return found + comparison.kinds.get(Kind.DUPLICATE, 0) - kept


def unexpected(place: Place, records: Sequence[Record]) -> tuple[RowDifference, ...]:
    """The rows that are there, for an expectation that named none."""
    return tuple(shown_rows.difference(Kind.UNEXPECTED, place, record) for record in records[:MOST_SHOWN])
