"""Expected rows against actual rows: the verdict and its explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from harness.compare.captures import hold, names_in
from harness.compare.differences import Differences
from harness.compare.matchers import Capture
from harness.compare.table import ActualRow, ExpectedRow, Table
from harness.compare.tolerance import Tolerance
from harness.compare.work import Work
from harness.result import RowDifference
from harness.scenario.model import Match, Mode


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came out.

    Attributes:
        matched: How many expected rows are there, just so and in their place.
        differences: The rows that differ: first by expected row, then the surplus as it was read.
        captures: The values of `<same NAME>`: those that were given, and those that were taken here.
        notes: What a reader must know to believe the verdict, such as a search that was cut short.
    """

    matched: int
    differences: tuple[RowDifference, ...]
    captures: Mapping[str, Capture] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def compare_rows(  # noqa: PLR0913  (each is a key of an expectation)
    expected: Sequence[ExpectedRow],
    actual: Sequence[ActualRow],
    *,
    key: Sequence[str],
    mode: Mode,
    match: Match,
    all_columns: bool,
    columns: Sequence[str] | None = None,
    tolerance: Mapping[str, Decimal] | None = None,
    captures: Mapping[str, Capture] | None = None,
) -> Comparison:
    """Hold expected rows against those that are there.

    Args:
        expected: The rows of the expectation.
        actual: Every row that the sink holds.
        key: What identifies a row; used only if the columns include all of it.
        mode: The rows of an `upsert` sink are different rows even where the compared columns are
            equal, so that a surplus one is a duplicate only if the key is compared too.
        match: Whether surplus rows and the order matter.
        all_columns: No field may be there beside the columns.
        columns: The columns of the head; without them, all that any expected row names. A column
            that an expected row lacks is expected to be absent.
        tolerance: What expected numbers may be off by, keyed by path.
        captures: The values that names have taken in earlier expectations.
    """
    # A field that a row names is compared, whatever the head says: else it would pass unseen.
    named = dict.fromkeys(name for row in expected for name in row.values)
    columns = tuple(dict.fromkeys(columns or ()) | named)
    usable = tuple(key) if key and set(key) <= set(columns) else ()
    given = captures or {}
    loose = Tolerance(tolerance or {}, usable)
    table = Table([_ready(row, loose, given) for row in expected], actual, columns, all_columns=all_columns)
    places = [table.columns.index(name) for name in usable]
    work = Work(table, places, Differences(table, usable), mode, match)
    work.run()
    return Comparison(
        work.matched, work.sorted(), {**given, **work.captures}, tuple(dict.fromkeys(work.notes))
    )


def _ready(row: ExpectedRow, tolerance: Tolerance, captures: Mapping[str, Capture]) -> ExpectedRow:
    """The row with its tolerances, and with the names that have taken a value."""
    values = tolerance.loosened(row.values) if tolerance else row.values
    if captures and any(name in captures for want in values.values() for name in names_in(want)):
        values = {name: hold(want, captures) for name, want in values.items()}
    return row if values is row.values else ExpectedRow(values, row.location)
