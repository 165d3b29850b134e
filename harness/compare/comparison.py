"""Expected rows against actual rows: the verdict and its explanation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from harness.compare.bag import Bag
from harness.compare.differences import Differences
from harness.compare.ordering import in_order
from harness.compare.pairing import pair_rows
from harness.compare.table import ActualRow, ExpectedRow, Table
from harness.result import Kind, RowDifference
from harness.scenario.model import Match, Mode


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came out.

    Attributes:
        matched: How many expected rows are there, just so and in their place.
        differences: The rows that differ: first by expected row, then the surplus as it was read.
    """

    matched: int
    differences: tuple[RowDifference, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def compare_rows(
    expected: Sequence[ExpectedRow],
    actual: Sequence[ActualRow],
    *,
    key: Sequence[str],
    mode: Mode,
    match: Match,
    all_columns: bool,
    columns: Sequence[str] | None = None,
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
    """
    # A field that a row names is compared, whatever the head says: else it would pass unseen.
    named = dict.fromkeys(name for row in expected for name in row.values)
    columns = tuple(dict.fromkeys(columns or ()) | named)
    table = Table(expected, actual, columns, all_columns=all_columns)
    usable = tuple(key) if key and set(key) <= set(columns) else ()
    places = [table.columns.index(name) for name in usable]
    work = _Work(table, places, Differences(table, usable), mode, surplus_counts=match is not Match.CONTAINS)
    ours, theirs = range(len(expected)), range(len(actual))
    if match is Match.ORDERED or (match is Match.ORDERED_BY_KEY and not usable):
        work.ordered(ours, theirs)
    elif match is Match.ORDERED_BY_KEY:
        for group in _by_key(table, places):
            work.ordered(*group)
    else:
        work.unordered(ours, theirs)
    return Comparison(work.matched, work.sorted())


class _Work:
    """Collects what one comparison finds."""

    def __init__(
        self, table: Table, key: Sequence[int], differences: Differences, mode: Mode, *, surplus_counts: bool
    ) -> None:
        self.table, self.key, self.differences, self.mode = table, key, differences, mode
        self.surplus_counts = surplus_counts
        self.matched = 0
        self._by_expected: list[tuple[int, RowDifference]] = []
        self._by_actual: list[tuple[int, RowDifference]] = []

    def sorted(self) -> tuple[RowDifference, ...]:
        """All differences, in the order of the expected rows, then of the actual ones."""
        found = sorted(self._by_expected, key=_place) + sorted(self._by_actual, key=_place)
        return tuple(difference for _, difference in found)

    def unordered(self, expected: Sequence[int], actual: Sequence[int]) -> Bag:
        """Hold two bags against each other."""
        bag = Bag(self.table, expected, actual)
        self.matched += len(bag.assigned)
        lost = [i for i in expected if i not in bag.assigned]
        if lost or (bag.spare and self.surplus_counts):
            self._explain(lost, bag)
        return bag

    def ordered(self, expected: Sequence[int], actual: Sequence[int]) -> None:
        """Hold two sequences against each other."""
        if len(expected) == len(actual) and all(
            self.table.same(i, j) for i, j in zip(expected, actual, strict=True)
        ):
            self.matched += len(expected)
            return
        # Not as expected, so there is something to explain: rows of the wrong bag, or rows that
        # would have to move. If the bags are equal, at least one row has to move.
        bag = self.unordered(expected, actual)
        found = [(i, bag.assigned[i]) for i in expected if i in bag.assigned]
        kept = in_order([j for _, j in found])
        places = {j: place for place, j in enumerate(actual, 1)}
        ranks = {i: rank for rank, i in enumerate(expected, 1)}
        for index, (i, j) in enumerate(found):
            if index not in kept:
                self.matched -= 1
                difference = self.differences.misplaced(i, j, ranks[i], places[j])
                self._by_expected.append((i, difference))

    def _explain(self, lost: Sequence[int], bag: Bag) -> None:
        # With a key, a surplus row may be the changed version of one that is missing. Without,
        # one more of a row that was found is just that.
        known = [] if self.key else [j for j in bag.spare if bag.is_surplus(j)]
        aside = set(known)
        pairs = pair_rows(self.table, lost, [j for j in bag.spare if j not in aside], self.key)
        partner = dict(pairs)
        for i in lost:
            j = partner.get(i)
            difference = self.differences.missing(i) if j is None else self.differences.changed(i, j)
            self._by_expected.append((i, difference))
        if self.surplus_counts:
            used = set(partner.values())
            self._report_surplus(bag, [j for j in bag.spare if j not in used])

    def _report_surplus(self, bag: Bag, rows: Iterable[int]) -> None:
        for j in rows:
            repeated = bag.is_surplus(j) and (self.mode is Mode.APPEND or bool(self.key))
            kind = Kind.DUPLICATE if repeated else Kind.UNEXPECTED
            self._by_actual.append((j, self.differences.unexpected(j, kind)))


def _by_key(table: Table, key: Sequence[int]) -> Iterable[tuple[list[int], list[int]]]:
    groups: dict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for i, wanted in enumerate(table.wanted):
        groups[tuple(wanted[c] for c in key)][0].append(i)
    for j, code in enumerate(table.codes):
        groups[tuple(code[c] for c in key)][1].append(j)
    return groups.values()


def _place(found: tuple[int, RowDifference]) -> int:
    return found[0]
