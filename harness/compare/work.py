"""Rows in memory held against each other: what matches, and what explains the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

from harness.compare.bag import Bag
from harness.compare.differences import Differences
from harness.compare.matchers import Capture
from harness.compare.naming import Named, name_in_bag, name_in_order, name_in_pair
from harness.compare.ordering import in_order
from harness.compare.pairing import pair_rows
from harness.compare.table import Table
from harness.result import Kind, RowDifference
from harness.scenario.model import Match, Mode

CUT_SHORT = "there are too many ways to give the `<same ...>` names their values; not all were tried"


class Work:
    """Collects what one comparison finds.

    Attributes:
        matched: How many expected rows are there, just so and in their place.
        captures: The values that names have taken.
        notes: What a reader must know to believe the verdict.
    """

    def __init__(
        self, table: Table, key: Sequence[int], differences: Differences, mode: Mode, match: Match
    ) -> None:
        self.table, self.key, self.differences, self.mode, self.match = table, key, differences, mode, match
        self.surplus_counts = match is not Match.CONTAINS
        self.matched = 0
        self.captures: dict[str, Capture] = {}
        self.notes: list[str] = []
        self._by_expected: list[tuple[int, RowDifference]] = []
        self._by_actual: list[tuple[int, RowDifference]] = []

    def run(self) -> None:
        """Hold all rows of the table against each other."""
        ours, theirs = range(len(self.table.expected)), range(len(self.table.actual))
        groups: list[tuple[Sequence[int], Sequence[int]]] = []
        if self.match is Match.ORDERED or (self.match is Match.ORDERED_BY_KEY and not self.key):
            groups = [(ours, theirs)]
        elif self.match is Match.ORDERED_BY_KEY:
            groups = list(by_key(self.table, self.key))
        if self.table.named:
            found = name_in_order(self.table, groups) if groups else None
            self._hold(found or name_in_bag(self.table, ours, theirs))
        for group in groups:
            self.ordered(*group)
        if not groups:
            self.unordered(ours, theirs)

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

    def _hold(self, named: Named) -> None:
        self.captures.update(named.captures)
        self.table.hold(named.captures)
        if not named.sure:
            self.notes.append(CUT_SHORT)

    def _explain(self, lost: Sequence[int], bag: Bag) -> None:
        # With a key, a surplus row may be the changed version of one that is missing. Without,
        # one more of a row that was found is just that.
        known = [] if self.key else [j for j in bag.spare if bag.is_surplus(j)]
        aside = set(known)
        pairs = pair_rows(self.table, lost, [j for j in bag.spare if j not in aside], self.key)
        partner = dict(pairs)
        for i in lost:
            j = partner.get(i)
            if j is not None and i in self.table.named:
                # The row is wrong already; its names still take their values, so that it tells which differ.
                self._hold(name_in_pair(self.table, i, j))
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


def by_key(table: Table, key: Sequence[int]) -> Iterable[tuple[list[int], list[int]]]:
    """The expected and the actual rows of each key, in their order."""
    groups: dict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for i, wanted in enumerate(table.wanted):
        groups[tuple(wanted[c] for c in key)][0].append(i)
    for j, code in enumerate(table.codes):
        groups[tuple(code[c] for c in key)][1].append(j)
    return groups.values()


def _place(found: tuple[int, RowDifference]) -> int:
    return found[0]
