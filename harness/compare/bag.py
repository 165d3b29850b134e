"""Two bags of rows: which expected row is which actual one, as many as possible."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import Any

from harness.codecs.paths import ABSENT
from harness.compare.matchers import Range, Tolerant, is_matcher, orderable
from harness.compare.matching import assign
from harness.compare.table import Code, Table

_MANY = 200
"""More classes than this are worth an index of their values."""


class Pools:
    """What is left to rows with matchers, when the exact rows have theirs.

    Exact rows go first, by hash. That takes nothing away from the others: an exact row accepts only
    equal rows, and these are interchangeable.

    Attributes:
        assigned: The actual row of each exact row, as far as there is one.
        patterns: The rows with matchers, in order.
        groups: Per pattern, its group; the patterns of a group accept the same.
        pools: The actual rows that are left, by classes of equal rows.
        accepted: Per group, the numbers of the pools that it accepts.
        samples: Per group, one of its patterns.
    """

    def __init__(self, table: Table, expected: Sequence[int], actual: Sequence[int]) -> None:
        self.assigned: dict[int, int] = {}
        self.patterns: list[int] = []
        by_code: dict[Code, list[int]] = defaultdict(list)
        for j in reversed(actual):
            by_code[table.codes[j]].append(j)
        for i in expected:
            code = table.exact[i]
            if code is None:
                self.patterns.append(i)
            elif pool := by_code.get(code):
                self.assigned[i] = pool.pop()
        self.pools = [pool for pool in by_code.values() if pool] if self.patterns else []
        numbers: dict[Hashable, int] = {}
        self.groups = [numbers.setdefault(_likeness(table, i), len(numbers)) for i in self.patterns]
        self.samples = {group: i for i, group in zip(self.patterns, self.groups, strict=True)}
        index = _Index(table, [pool[-1] for pool in self.pools])
        self.accepted = {group: index.accepted(i) for group, i in self.samples.items()}


class Bag:
    """The largest assignment of expected rows to actual rows that are just so.

    Rows with matchers share what the exact rows leave by maximum matching.

    Attributes:
        assigned: The actual row of each expected one, or None.
        spare: The actual rows that are left, in order.
    """

    def __init__(self, table: Table, expected: Sequence[int], actual: Sequence[int]) -> None:
        self.table = table
        self._known: set[Code] = set()
        pools = Pools(table, expected, actual)
        self.assigned = pools.assigned
        if pools.patterns:
            self._assign_patterns(pools)
        taken = set(self.assigned.values())
        self.spare = [j for j in actual if j not in taken]
        if self.spare:
            self._known.update(table.codes[j] for j in taken)

    def is_surplus(self, j: int) -> bool:
        """Whether a spare row is one more of what was expected and found."""
        return self.table.codes[j] in self._known

    def _assign_patterns(self, left: Pools) -> None:
        held = assign(left.groups, [len(pool) for pool in left.pools], left.accepted.__getitem__)
        placed = {group for group, number in zip(left.groups, held, strict=True) if number is not None}
        for group in placed:
            # A pattern of nothing but `<any>` fits every row; one more of it is no repetition.
            if any(_says_something(want) for want in self.table.wanted[left.samples[group]]):
                accepted = left.accepted[group]
                self._known.update(self.table.codes[left.pools[number][-1]] for number in accepted)
        for i, number in zip(left.patterns, held, strict=True):
            if number is not None:
                self.assigned[i] = left.pools[number].pop()


class _Index:
    """Finds the classes of equal rows that a pattern accepts, by the columns in which it is exact."""

    def __init__(self, table: Table, samples: Sequence[int]) -> None:
        self._table = table
        self._samples = samples
        self._by_columns: dict[tuple[int, ...], dict[Code, list[int]]] = {}
        self._by_value: dict[Hashable, tuple[list[Any], list[int]]] = {}

    def accepted(self, i: int) -> list[int]:
        """The numbers of the classes that expected row `i` accepts."""
        wanted = self._table.wanted[i]
        columns = tuple(c for c, want in enumerate(wanted) if not is_matcher(want))
        code = tuple(wanted[c] for c in columns)
        candidates: Sequence[int] = self._like(columns).get(code, ())
        if len(candidates) > _MANY:
            candidates = self._within(i, (columns, code), candidates)
        return [n for n in candidates if self._table.same(i, self._samples[n])]

    def _within(self, i: int, like: Hashable, candidates: Sequence[int]) -> Sequence[int]:
        """Those of many classes whose values lie within the first range of numbers that the row asks for."""
        for column, want in enumerate(self._table.wanted[i]):
            bounds = _bounds(want)
            if bounds is not None:
                values, numbers = self._sorted(column, like, candidates)
                low = 0 if bounds[0] is None else bisect_left(values, bounds[0])
                high = len(values) if bounds[1] is None else bisect_right(values, bounds[1])
                return sorted(numbers[low:high])
        return candidates

    def _sorted(self, column: int, like: Hashable, candidates: Sequence[int]) -> tuple[list[Any], list[int]]:
        """The numbers in a column of these classes in their order, and the classes that have them."""
        found = self._by_value.get((column, like))
        if found is None:
            ordered = []
            for n in candidates:
                value = orderable(self._table.there[self._samples[n]][column])
                if value is not None and value[0] == "number":
                    ordered.append((value[1], n))
            ordered.sort()
            found = [value for value, _ in ordered], [n for _, n in ordered]
            self._by_value[column, like] = found
        return found

    def _like(self, columns: tuple[int, ...]) -> dict[Code, list[int]]:
        found = self._by_columns.get(columns)
        if found is None:
            found = self._by_columns[columns] = defaultdict(list)
            for number, j in enumerate(self._samples):
                code = self._table.codes[j]
                found[tuple(code[c] for c in columns)].append(number)
        return found


def _bounds(want: object) -> tuple[Decimal | None, Decimal | None] | None:
    """The ends of a range of numbers."""
    found = want.range if isinstance(want, Tolerant) else want
    if not isinstance(found, Range) or (found.low is None and found.high is None):
        return None
    low, high = found.low, found.high
    numbers = isinstance(low, Decimal | None) and isinstance(high, Decimal | None)
    return (low, high) if numbers else None  # type: ignore[return-value]


def _likeness(table: Table, i: int) -> Hashable:
    # Two matchers of one column with the same text judge alike.
    return tuple((type(w), str(w)) if is_matcher(w) else w for w in table.wanted[i])


def _says_something(want: Hashable) -> bool:
    return want is not None and want is not ABSENT and not is_matcher(want)
