"""The names of one comparison get their values from the rows that are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.compare.bag import Pools
from harness.compare.captures import Found, Ways, find, ways_of
from harness.compare.matchers import Capture
from harness.compare.matching import assign
from harness.compare.table import Table

Groups = Sequence[tuple[Sequence[int], Sequence[int]]]
"""Expected and actual rows that are held against each other in their order."""


@dataclass(frozen=True, slots=True)
class Named:
    """The values that names have taken; `sure` is false where not all choices were tried."""

    captures: Mapping[str, Capture]
    sure: bool = True


def name_in_bag(table: Table, expected: Sequence[int], actual: Sequence[int]) -> Named:
    """Values with which as many rows as possible are there, in any order."""
    left = Pools(table, expected, actual)
    named = [group for group, i in left.samples.items() if i in table.named]
    ways = {
        group: {
            number: ways_of(table.parts(left.samples[group], left.pools[number][-1]))
            for number in left.accepted[group]
        }
        for group in named
    }
    room = [len(pool) for pool in left.pools]

    def fitting(allowed: Mapping[int, Sequence[int]]) -> int:
        accepted = {**left.accepted, **allowed}
        held = assign(left.groups, room, accepted.__getitem__)
        return len(held) - held.count(None)

    return named_of(table, find(ways, fitting), left.samples)


def name_in_order(table: Table, groups: Groups) -> Named | None:
    """Values with which every row is there and in its place; None if some row is not, whatever they are."""
    ways: dict[int, Ways] = {}
    for expected, actual in groups:
        if len(expected) != len(actual):
            return None
        for i, j in zip(expected, actual, strict=True):
            if not table.same(i, j):
                return None
            if i in table.named:
                ways[i] = {j: ways_of(table.parts(i, j))}
    found = find(dict(sorted(ways.items())), lambda allowed: sum(bool(places) for places in allowed.values()))
    return named_of(table, found, {i: i for i in ways}) if found.fitting == len(ways) else None


def name_in_pair(table: Table, i: int, j: int) -> Named:
    """What names take from a row that is not as expected: what its columns give them, the first one first."""
    captures: dict[str, Capture] = {}
    for part in table.parts(i, j):
        for values in ways_of([part])[:1]:
            for name, value in values.items():
                captures.setdefault(name, Capture(value, table.expected[i].location))
    return Named(captures)


def named_of(table: Table, found: Found, samples: Mapping[int, int]) -> Named:
    """What a search found; `samples` has a row of each group."""
    captures = {
        name: Capture(value, table.expected[samples[found.takers[name]]].location)
        for name, value in found.values.items()
    }
    return Named(captures, found.sure)
