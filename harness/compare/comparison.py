"""Expected rows against actual rows: the verdict and its explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from harness.compare.matchers import Capture
from harness.compare.stream import Stream
from harness.compare.table import ActualRow, ExpectedRow
from harness.compare.terms import Terms
from harness.compare.tolerance import Tolerance
from harness.compare.volume import MOST_IN_MEMORY, compare_in_memory, compare_streams
from harness.result import Digest, Kind, RowDifference
from harness.scenario.model import Match, Mode


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came out.

    Attributes:
        matched: How many expected rows are there, just so and in their place.
        differences: The rows that differ: first by expected row, then the surplus as it was read.
        captures: The values of `<same NAME>`: those that were given, and those that were taken here.
        notes: What a reader must know to believe the verdict, such as a search that was cut short.
        kinds: How many rows differ, and how; at volume these may be more than were kept.
        digest: The differences in short, where they are many.
    """

    matched: int
    differences: tuple[RowDifference, ...]
    captures: Mapping[str, Capture] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    kinds: Mapping[Kind, int] = field(default_factory=dict)
    digest: Digest | None = None

    @property
    def count(self) -> int:
        """How many rows differ."""
        return sum(self.kinds.values())

    @property
    def passed(self) -> bool:
        """Whether nothing differs."""
        return not self.kinds


def compare_rows(  # noqa: PLR0913  (each is a key of an expectation)
    expected: Stream[ExpectedRow],
    actual: Stream[ActualRow],
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
        actual: Every row that the sink holds. Neither side needs to be in memory.
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
    terms = Terms(
        columns=tuple(columns or ()),
        key=tuple(key),
        mode=mode,
        match=match,
        all_columns=all_columns,
        tolerance=Tolerance(tolerance or {}, ()),
        captures=dict(captures or {}),
    )
    return _compared(expected, actual, terms)


def compare_changes(
    expected: Stream[ExpectedRow],
    actual: Stream[ActualRow],
    *,
    key: Sequence[str],
    match: Match,
    all_columns: bool,
    columns: Sequence[str] | None = None,
    tolerance: Mapping[str, Decimal] | None = None,
    captures: Mapping[str, Capture] | None = None,
) -> Comparison:
    """Hold expected changes against those that are there: `$op` is a field like any other.

    Args:
        expected: The changes of the expectation.
        actual: Every change that the sink holds, in order.
        key: What identifies a row; the changes of each key must come in their order. If the
            columns lack a part of it, all changes count as those of one key.
        match: `contains`: other changes may stand between, before and behind. `ordered`: the order
            counts across all keys. Else each key has exactly these changes.
        all_columns: No field may be there beside the columns.
        columns: The columns of the head; without them, all that any expected change names.
        tolerance: What expected numbers may be off by, keyed by path.
        captures: The values that names have taken in earlier expectations.
    """
    terms = Terms(
        columns=tuple(columns or ()),
        key=tuple(key),
        mode=Mode.APPEND,
        match=Match.ORDERED_BY_KEY if match is Match.EXACT else match,
        all_columns=all_columns,
        tolerance=Tolerance(tolerance or {}, ()),
        captures=dict(captures or {}),
        changes=True,
    )
    return _compared(expected, actual, terms)


def _compared(expected: Stream[ExpectedRow], actual: Stream[ActualRow], terms: Terms) -> Comparison:
    if max(len(expected), len(actual)) > MOST_IN_MEMORY:
        outcome = compare_streams(expected, actual, terms)
    else:
        outcome = compare_in_memory([*expected], [*actual], terms)
    return Comparison(
        outcome.matched,
        outcome.tally.differences(),
        {**terms.captures, **outcome.captures},
        tuple(dict.fromkeys(outcome.notes)),
        dict(outcome.tally.kinds),
        outcome.tally.digest(),
    )
