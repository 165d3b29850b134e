"""Rows in memory held against each other: what matches, and what explains the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from harness.compare.bag import Bag
from harness.compare.differences import Differences
from harness.compare.matchers import Capture
from harness.compare.naming import Named, name_in_bag, name_in_order, name_in_pair
from harness.compare.ordering import in_order
from harness.compare.pairing import pair_rows
from harness.compare.table import Table
from harness.compare.tally import Difference, Place, Side, Tally
from harness.compare.terms import Terms
from harness.result import Kind
from harness.scenario.model import Match, Mode

CUT_SHORT = "there are too many ways to give the `<same ...>` names their values; not all were tried"


@dataclass(frozen=True, slots=True)
class Share:
    """What rows of a table are among all rows of a comparison; the whole is a share, too.

    Attributes:
        expected: Per expected row of the table, its number among all.
        actual: Per actual row of the table, its number among all.
        repeated: The actual rows of the table that are one more of a row that was found elsewhere.
    """

    expected: Sequence[int]
    actual: Sequence[int]
    repeated: frozenset[int] = frozenset()


class Work:
    """Collects what one comparison finds.

    Attributes:
        matched: How many expected rows are there, just so and in their place.
        assigned: The actual row of each expected one that is there.
        captures: The values that names have taken.
        notes: What a reader must know to believe the verdict.
    """

    def __init__(self, table: Table, terms: Terms, tally: Tally, share: Share | None = None) -> None:
        self.table, self.terms, self.tally = table, terms, tally
        self.key = [table.columns.index(name) for name in terms.key]
        self.differences = Differences(table, terms.key)
        self.share = share or Share(range(len(table.expected)), range(len(table.actual)))
        self.surplus_counts = terms.match is not Match.CONTAINS
        self.matched = 0
        self.assigned: dict[int, int] = {}
        self.captures: dict[str, Capture] = {}
        self.notes: list[str] = []

    def run(self) -> None:
        """Hold all rows of the table against each other."""
        ours, theirs = range(len(self.table.expected)), range(len(self.table.actual))
        groups = self.groups()
        if self.table.named:
            self.hold(self.named(groups) or name_in_bag(self.table, ours, theirs))
        for group in groups:
            self.ordered(*group)
        if not groups:
            self.unordered(ours, theirs)

    def groups(self) -> Sequence[tuple[Sequence[int], Sequence[int]]]:
        """Rows whose order counts, each group for itself; none if no order counts."""
        if self.terms.match is Match.ORDERED:
            return [(range(len(self.table.expected)), range(len(self.table.actual)))]
        return list(by_key(self.table, self.key)) if self.terms.match is Match.ORDERED_BY_KEY else []

    def named(self, groups: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Named | None:
        """The values of names with which every row is in its place, if there are such."""
        return name_in_order(self.table, groups) if groups else None

    def unordered(self, expected: Sequence[int], actual: Sequence[int]) -> Bag:
        """Hold two bags against each other."""
        bag = Bag(self.table, expected, actual)
        self.matched += len(bag.assigned)
        self.assigned.update(bag.assigned)
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
                make = partial(self.differences.misplaced, i, j, ranks[i], places[j])
                self.tally.add(Difference(Kind.ORDER, self.origin_of(j)), self.place_of(i), make)

    def hold(self, named: Named) -> None:
        """Let names have their values from now on."""
        self.captures.update(named.captures)
        self.table.hold(named.captures)
        if not named.sure:
            self.notes.append(CUT_SHORT)

    def _explain(self, lost: Sequence[int], bag: Bag) -> None:
        # With a key, a surplus row may be the changed version of one that is missing. Without,
        # one more of a row that was found is just that.
        known = [] if self.key else [j for j in bag.spare if self._is_surplus(bag, j)]
        aside = set(known)
        pairs = pair_rows(self.table, lost, [j for j in bag.spare if j not in aside], self.key)
        partner = dict(pairs)
        for i in lost:
            j = partner.get(i)
            if j is None:
                missing = partial(self.differences.missing, i)
                self.tally.add(Difference(Kind.MISSING), self.place_of(i), missing)
                continue
            if i in self.table.named:
                # The row is wrong already; its names still take their values, so that it tells which differ.
                self.hold(name_in_pair(self.table, i, j))
            found = Difference(Kind.CHANGED, self.origin_of(j), self.differences.changes(i, j))
            self.tally.add(found, self.place_of(i), partial(self.differences.changed, i, j))
        if self.surplus_counts:
            used = set(partner.values())
            self._report_surplus(bag, [j for j in bag.spare if j not in used])

    def _report_surplus(self, bag: Bag, rows: Iterable[int]) -> None:
        for j in rows:
            repeated = self._is_surplus(bag, j) and (self.terms.mode is Mode.APPEND or bool(self.key))
            kind = Kind.DUPLICATE if repeated else Kind.UNEXPECTED
            place = Place(Side.ACTUAL, self.share.actual[j])
            found = Difference(kind, self.origin_of(j))
            self.tally.add(found, place, partial(self.differences.unexpected, j, kind))

    def _is_surplus(self, bag: Bag, j: int) -> bool:
        return j in self.share.repeated or bag.is_surplus(j)

    def origin_of(self, j: int) -> str | None:
        """Where an actual row stood."""
        return self.table.actual[j].origin

    def place_of(self, i: int) -> Place:
        """Where a difference of an expected row stands among all."""
        return Place(Side.EXPECTED, self.share.expected[i])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out, before it becomes a result."""

    matched: int
    tally: Tally
    captures: Mapping[str, Capture]
    notes: Sequence[str]


def by_key(table: Table, key: Sequence[int]) -> Iterable[tuple[list[int], list[int]]]:
    """The expected and the actual rows of each key, in their order."""
    groups: dict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for i, wanted in enumerate(table.wanted):
        groups[tuple(wanted[c] for c in key)][0].append(i)
    for j, code in enumerate(table.codes):
        groups[tuple(code[c] for c in key)][1].append(j)
    return groups.values()
