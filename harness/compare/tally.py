"""All differences of one comparison: counted, and kept up to a limit."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

from harness.result import Kind, RowDifference

MOST_KEPT = 10_000
"""Of each kind, where rows are too many to keep every difference: some 2 KB each."""


class Side(IntEnum):
    """Which rows a place counts; expected rows come first."""

    EXPECTED = 0
    ACTUAL = 1


class Place(NamedTuple):
    """Where a difference stands among the others."""

    side: Side
    row: int


class Tally:
    """Takes differences in any order.

    Attributes:
        kinds: How many rows differ, and how.
    """

    def __init__(self, most: int | None = None) -> None:
        self.kinds: Counter[Kind] = Counter()
        self._most = most
        self._kept: dict[Kind, list[tuple[Place, RowDifference]]] = {}

    @property
    def count(self) -> int:
        """How many rows differ."""
        return sum(self.kinds.values())

    def add(self, kind: Kind, place: Place, make: Callable[[], RowDifference]) -> None:
        """Count a difference, and make and keep it if it is one of the first of its kind."""
        self.kinds[kind] += 1
        kept = self._kept.setdefault(kind, [])
        if self._most is None:
            kept.append((place, make()))
        elif len(kept) < self._most or place < kept[-1][0]:
            insort(kept, (place, make()), key=_place)
            del kept[self._most :]

    def differences(self) -> tuple[RowDifference, ...]:
        """Those that were kept, in the order of the expected rows, then of the actual ones."""
        found = sorted((entry for kept in self._kept.values() for entry in kept), key=_place)
        return tuple(difference for _, difference in found)


def _place(entry: tuple[Place, RowDifference]) -> Place:
    return entry[0]
