"""All differences of one comparison: counted, and kept up to a limit."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from harness.compare.ways import Ways
from harness.result import Digest, Kind, RowDifference

MOST_KEPT = 10_000
"""Of each kind, where rows are too many to keep every difference: some 2 KB each."""


MOST_READ = 50
"""With more differences than this, a digest tells more than a list."""
MOST_EXAMPLES = 10
"""Of each kind, in a digest."""
_MOST_PARTITIONS = 3
_FEW = 10


class Side(IntEnum):
    """Which rows a place counts; expected rows come first."""

    EXPECTED = 0
    ACTUAL = 1


class Place(NamedTuple):
    """Where a difference stands among the others."""

    side: Side
    row: int


class Difference(NamedTuple):
    """What is counted of a row that differs.

    Attributes:
        kind: How it differs.
        origin: Where the actual row stood, if there is one that says so.
        changes: The fields that differ: name, what was expected, what is there.
    """

    kind: Kind
    origin: str | None = None
    changes: Sequence[tuple[str, object, object]] = ()


class Tally:
    """Takes differences in any order.

    Attributes:
        kinds: How many rows differ, and how.
        partitions: Where actual rows may come from, whether they differ or not.
    """

    def __init__(self, most: int | None = None) -> None:
        self.kinds: Counter[Kind] = Counter()
        self.partitions: set[str] = set()
        self._most = most
        self._ways = Ways()
        self._spans: dict[Side, _Span] = {side: _Span() for side in Side}
        self._from: Counter[str] = Counter()
        self._kept: dict[Kind, list[tuple[Place, RowDifference]]] = {}

    @property
    def count(self) -> int:
        """How many rows differ."""
        return sum(self.kinds.values())

    def add(self, found: Difference, place: Place, make: Callable[[], RowDifference]) -> None:
        """Count a difference, and make and keep it if it is one of the first of its kind."""
        self.kinds[found.kind] += 1
        self._spans[place.side].take(place.row)
        if found.origin is not None:
            self._from[partition_of(found.origin)] += 1
        for change in found.changes:
            self._ways.add(*change)
        kept = self._kept.setdefault(found.kind, [])
        if self._most is None:
            kept.append((place, make()))
        elif len(kept) < self._most or place < kept[-1][0]:
            insort(kept, (place, make()), key=_place)
            del kept[self._most :]

    def differences(self) -> tuple[RowDifference, ...]:
        """Those that were kept, in the order of the expected rows, then of the actual ones."""
        found = sorted((entry for kept in self._kept.values() for entry in kept), key=_place)
        return tuple(difference for _, difference in found)

    def digest(self) -> Digest | None:
        """The differences in short; None where they are few enough to be read."""
        if self.count <= MOST_READ:
            return None
        examples = [
            difference
            for kind in Kind
            for _, difference in sorted(self._kept.get(kind, []), key=_place)[:MOST_EXAMPLES]
        ]
        return Digest(
            kinds={kind: self.kinds[kind] for kind in Kind if self.kinds[kind]},
            fields=self._ways.fields(),
            where=tuple(self._where()),
            examples=tuple(examples),
            kept=sum(map(len, self._kept.values())),
        )

    def _where(self) -> Iterator[str]:
        span = self._spans[Side.EXPECTED]
        if span.is_dense:
            yield f"the expected rows among them stand together: rows {span.first + 1} to {span.last + 1}"
        span = self._spans[Side.ACTUAL]
        if span.is_dense:
            yield f"the surplus rows among them were read together: rows {span.first + 1} to {span.last + 1}"
        others = len(self.partitions | set(self._from)) - len(self._from)
        if others > 0 and 0 < len(self._from) <= _MOST_PARTITIONS:
            names = " and ".join(sorted(self._from))
            noun = "partition" if others == 1 else "partitions"
            yield f"all that are there come from {names}, and none from {others} other {noun}"


@dataclass(slots=True)
class _Span:
    """Which rows of a side differ: the first, the last, how many."""

    first: int = 0
    last: int = 0
    count: int = 0

    def take(self, row: int) -> None:
        self.first = row if self.count == 0 else min(self.first, row)
        self.last = max(self.last, row)
        self.count += 1

    @property
    def is_dense(self) -> bool:
        """Whether (nearly) all rows between the first and the last differ, which is seldom chance."""
        return self.count > _FEW and self.count >= 0.9 * (self.last - self.first + 1)


def partition_of(origin: str) -> str:
    """The partition of a record that stood at `topic[partition]@offset`."""
    return origin.rpartition("@")[0]


def _place(entry: tuple[Place, RowDifference]) -> Place:
    return entry[0]
