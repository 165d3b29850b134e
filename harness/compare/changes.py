"""The changes of a changelog: in order per key, the keys among each other in any order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from harness.compare.alignment import GAP, align
from harness.compare.bag import Bag
from harness.compare.captures import Values, find, ways_of
from harness.compare.naming import Named, name_in_pair, named_of
from harness.compare.table import Table
from harness.compare.tally import Difference, Place, Side
from harness.compare.work import Work, by_key
from harness.result import Kind, RowDifference
from harness.scenario.model import Match

_MOST_TRIED = 100_000
"""How often a change that is missing is held against one that was not expected."""

Groups = Sequence[tuple[Sequence[int], Sequence[int]]]


class Changes(Work):
    """Collects what one comparison of changes finds.

    Where a sequence is not as expected, both are laid side by side, so that one change too many
    does not make all behind it wrong.
    """

    def groups(self) -> Groups:
        """The changes of each key; all of them where no key is compared, or the order of all counts."""
        if self.terms.match is Match.ORDERED or not self.key:
            return [(range(len(self.table.expected)), range(len(self.table.actual)))]
        return list(by_key(self.table, self.key))

    def named(self, groups: Groups) -> Named | None:
        """The values of names with which every change is in its place, if there are such."""
        if self.surplus_counts:
            return super().named(groups)
        return _named_within(self.table, groups)

    def ordered(self, expected: Sequence[int], actual: Sequence[int]) -> None:
        """Hold the changes of one key against each other."""
        if self._fits(expected, actual):
            self.matched += len(expected)
            return
        bag = Bag(self.table, expected, actual)
        without = {i for i in expected if i not in bag.assigned}
        cost = partial(self._cost, without, set(bag.spare))
        steps = align(expected, actual, cost, free=not self.surplus_counts)
        ranks = {i: rank for rank, i in enumerate(expected, 1)}
        places = {j: place for place, j in enumerate(actual, 1)}
        lost = [i for i, j in steps if i is not None and j is None]
        surplus = [j for i, j in steps if i is None and j is not None]
        moved = self._moved(lost, surplus)
        elsewhere = set(moved.values())
        for i, j in steps:
            if i is None and j is not None:
                if self.surplus_counts and j not in elsewhere:
                    make = partial(self.differences.unexpected, j)
                    place = Place(Side.ACTUAL, self.share.actual[j])
                    found = Difference(Kind.UNEXPECTED, self.origin_of(j))
                    self.tally.add(found, place, partial(_told, make, places[j]))
            elif i is not None and j is not None:
                self._pair(i, j, ranks[i])
            elif i is not None:
                self._lost(i, moved.get(i), ranks[i], places)

    def _fits(self, expected: Sequence[int], actual: Sequence[int]) -> bool:
        if self.surplus_counts:
            pairs = zip(expected, actual, strict=False)
            return len(expected) == len(actual) and all(self.table.same(i, j) for i, j in pairs)
        return _within(expected, actual, self.table.same) == len(expected)

    def _pair(self, i: int, j: int, rank: int) -> None:
        if self.table.same(i, j):
            self.matched += 1
            return
        if i in self.table.named:
            self.hold(name_in_pair(self.table, i, j))
        found = Difference(Kind.CHANGED, self.origin_of(j), self.differences.changes(i, j))
        make = partial(_told, partial(self.differences.changed, i, j), rank)
        self.tally.add(found, self.place_of(i), make)

    def _lost(self, i: int, j: int | None, rank: int, places: Mapping[int, int]) -> None:
        if j is None:
            make = partial(_told, partial(self.differences.missing, i), rank)
            self.tally.add(Difference(Kind.MISSING), self.place_of(i), make)
        else:
            make = partial(_told, partial(self.differences.misplaced, i, j, rank, places[j]), rank)
            self.tally.add(Difference(Kind.ORDER, self.origin_of(j)), self.place_of(i), make)

    def _moved(self, lost: Sequence[int], surplus: Sequence[int]) -> dict[int, int]:
        """Changes that are there, but not in their place."""
        moved: dict[int, int] = {}
        left = list(surplus)
        for i in lost if len(lost) * len(surplus) <= _MOST_TRIED else ():
            j = next((j for j in left if self.table.same(i, j)), None)
            if j is not None:
                moved[i] = j
                left.remove(j)
        return moved

    def _cost(self, lost: Collection[int], spare: Collection[int], i: int, j: int) -> float:
        if self.table.same(i, j):
            return 0.0
        if i not in lost or j not in spare:
            return 2 * GAP + 1  # one of them is there, if in another place
        columns = [c for c in range(len(self.table.columns)) if c not in self.key]
        differing = len(set(self.table.differing(i, j)) - set(self.key))
        # Rows that have nothing in common are clearer as one missing and one unexpected.
        return 1.0 + differing / len(columns) if columns and differing < len(columns) else 2 * GAP + 1


def _told(make: Callable[[], RowDifference], position: int) -> RowDifference:
    return replace(make(), position=position)


def _within(expected: Sequence[int], actual: Sequence[int], same: Callable[[int, int], bool]) -> int:
    """How many of the first expected rows stand among the actual ones in this order."""
    found = 0
    for j in actual:
        if found < len(expected) and same(expected[found], j):
            found += 1
    return found


def _named_within(table: Table, groups: Groups) -> Named | None:
    ways: dict[int, dict[int, list[Values]]] = {}
    for expected, actual in groups:
        for i in expected:
            if i in table.named:
                ways[i] = {j: ways_of(table.parts(i, j)) for j in actual if table.same(i, j)}

    def fitting(allowed: Mapping[int, Sequence[int]]) -> int:
        places = {i: set(found) for i, found in allowed.items()}

        def same(i: int, j: int) -> bool:
            return j in places[i] if i in places else table.same(i, j)

        return sum(_within(expected, actual, same) for expected, actual in groups)

    return named_of(table, find(dict(sorted(ways.items())), fitting), {i: i for i in ways})
