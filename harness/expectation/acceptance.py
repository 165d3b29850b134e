"""What an expectation would have to say to hold: the rows that are there in the place of those it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from harness.codecs.paths import ABSENT, pick
from harness.compare.equality import canonical
from harness.compare.matchers import ListOf, RecordOf, fits, is_matcher
from harness.compare.table import uncovered
from harness.expectation.sides import MOST_DIFFERENCES, Sides
from harness.expectation.typed_rows import column_type
from harness.result import Failure, Kind, RowDifference
from harness.scenario.model import Match, Scope
from harness.scenario.rewrite.rewrite import Rewrite
from harness.scenario.rewrite.row_slots import CannotRewrite, NewRow, Spelling
from harness.scenario.rewrite.spelling import Held


def rewrite_of(failure: Failure, *, moving: bool = False) -> Rewrite:
    """The rewrite of the expectation that did not hold.

    Args:
        failure: Why it did not.
        moving: `T` is another time in each run.

    Raises:
        CannotRewrite: It cannot be accepted; the reason is the message.
    """
    sides = failure.sides
    if not isinstance(sides, Sides):
        fact = "only rows and counts of a sink are"
        if failure.rows:
            fact = "its rows are too many to be kept"
        if len(failure.rows) > MOST_DIFFERENCES:
            fact = f"more than {MOST_DIFFERENCES:,} rows differ, which nobody has looked through"
        raise CannotRewrite(fact, location=failure.location)
    step = sides.step
    holds = step.count is None or step.count.holds(sides.there)
    if step.rows is None or not failure.rows or not sides.expected:
        return Rewrite(location=step.location, count=sides.there)
    rows = tuple(_Acceptance(sides, failure.rows).rows())
    if not rows and step.match is Match.CONTAINS:
        raise CannotRewrite("none of its rows is there", location=step.location)
    columns = {*step.rows.columns, *(name for row in rows for name in row.values)}
    return Rewrite(
        location=step.location,
        rows=rows,
        spelling=Spelling(
            rows=step.rows,
            types={name: column_type(name, sides.types) for name in columns},
            clock=sides.clock,
            moving=moving,
        ),
        count=None if holds or not rows else sides.there,
    )


class _Acceptance:
    """The rows of one expectation as they are there."""

    def __init__(self, sides: Sides, differences: Sequence[RowDifference]) -> None:
        assert sides.step.rows is not None
        self._sides = sides
        self._columns = tuple(sides.step.rows.columns)
        usable = bool(sides.key) and set(sides.key) <= set(self._columns)
        self._key = sides.key if usable else ()
        self._places = [row.location for row in sides.step.rows]
        for difference in differences:
            self._refuse_stranger(difference)
        self._numbers = {place: number for number, place in enumerate(self._places)}
        self._by_expected = {d.expected: d for d in differences if d.expected is not None}
        self._surplus = [d.actual for d in differences if d.expected is None and d.actual is not None]

    def rows(self) -> Iterator[NewRow]:
        """All rows, in their order."""
        match = self._sides.step.match
        if self._sides.step.scope is Scope.CHANGES and match is Match.EXACT:
            match = Match.ORDERED_BY_KEY
        if match is not Match.CONTAINS:
            self._refuse_gaps()
        if match is Match.ORDERED or (match is Match.ORDERED_BY_KEY and not self._key):
            ours = range(len(self._places))
            yield from self._ordered(ours, range(len(self._sides.actual)))
        elif match is Match.ORDERED_BY_KEY:
            yield from self._ordered_by_key()
        else:
            yield from self._unordered()

    def _refuse_stranger(self, difference: RowDifference) -> None:
        """The numbers in a difference must be those of these very rows."""
        i, j = difference.expected, difference.actual
        there = self._sides.actual
        if (i is not None and (i >= len(self._places) or self._places[i] != difference.location)) or (
            j is not None and (j >= len(there) or there[j].origin != difference.origin)
        ):
            raise CannotRewrite("its differences are of other rows", location=self._sides.step.location)

    def _refuse_gaps(self) -> None:
        """Every row that is there must be accounted for: where there are many, not all are told."""
        gone = [d for d in self._by_expected.values() if d.actual is None]
        if len(self._places) - len(gone) + len(self._surplus) != len(self._sides.actual):
            raise CannotRewrite("not all of its differences were kept", location=self._sides.step.location)

    def _unordered(self) -> Iterator[NewRow]:
        kept = [row for i in range(len(self._places)) if (row := self._kept(i)) is not None]
        fresh = [self._fresh(j) for j in self._surplus]
        keys = [key for row in kept if (key := self._key_of(row)) is not None]
        more = [key for row in fresh if (key := self._key_of(row)) is not None]
        try:
            in_order = 1 < len(kept) == len(keys) and keys == sorted(keys) and len(more) == len(fresh)
            ranked = list(zip([*keys, *more], [*kept, *fresh], strict=True)) if in_order else []
            ranked.sort(key=lambda pair: pair[0])
        except TypeError:  # keys of different types have no order
            in_order = False
        yield from (row for _, row in ranked) if in_order else (*kept, *fresh)

    def _ordered(self, expected: Sequence[int], actual: Sequence[int]) -> Iterator[NewRow]:
        """The actual rows in their order; those that are just so follow each other as they did."""
        partner = {d.actual: i for i in expected if (d := self._by_expected.get(i)) and d.actual is not None}
        surplus = set(self._surplus)
        right = iter([i for i in expected if i not in self._by_expected])
        for j in actual:
            if j in surplus:
                yield self._fresh(j)
            else:
                row = self._kept(partner[j] if j in partner else next(right))
                assert row is not None
                yield row

    def _ordered_by_key(self) -> Iterator[NewRow]:
        groups: dict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for i, wanted in enumerate(self._sides.expected):
            groups[self._code(wanted.values)][0].append(i)
        for j, there in enumerate(self._sides.actual):
            groups[self._code(there.values)][1].append(j)
        rows = {code: list(self._ordered(*group)) for code, group in groups.items()}
        left = {code: len(ours) for code, (ours, _) in groups.items()}
        for wanted in self._sides.expected:
            code = self._code(wanted.values)
            left[code] -= 1
            count = 1 if left[code] else len(rows[code])
            yield from (rows[code].pop(0) for _ in range(min(count, len(rows[code]))))
        for more in rows.values():
            yield from more

    def _code(self, values: Mapping[str, object]) -> Hashable:
        return tuple(canonical(pick(values, name)) for name in self._key)

    def _kept(self, i: int) -> NewRow | None:
        """An expected row as it is there, or None if it is not."""
        difference = self._by_expected.get(i)
        if difference is None:
            return NewRow(self._places[i], {})
        if difference.kind is Kind.MISSING or difference.actual is None:
            return None
        if difference.kind is Kind.ORDER:
            return NewRow(self._places[i], {})
        there = self._sides.actual[difference.actual].values
        wanted = self._sides.expected[i].values
        names = [f.field for f in difference.fields]
        return NewRow(self._places[i], {n: _merged(wanted.get(n), pick(there, n)) for n in names})

    def _fresh(self, j: int) -> NewRow:
        there = self._sides.actual[j].values
        more = uncovered(there, self._columns) if self._sides.step.all_columns else ()
        return NewRow(None, {name: pick(there, name) for name in (*self._columns, *more)})

    def _key_of(self, row: NewRow) -> tuple[Any, ...] | None:
        """The key of a row in values that can be ordered, or None if it has no such key."""
        known: Mapping[str, object] = row.values
        if row.old is not None:
            known = {**self._sides.expected[self._numbers[row.old]].values, **row.values}
        key = tuple(known.get(name, ABSENT) for name in self._key)
        usable = key and not any(v is None or v is ABSENT or is_matcher(v) for v in key)
        return key if usable else None


def _merged(wanted: object, there: object) -> object:
    """What is there, but for what matchers within a list or a record hold of it."""
    if isinstance(wanted, RecordOf) and isinstance(there, Mapping):
        absent = [
            n for n, want in wanted.fields.items() if n not in there and fits(want, None, present=False)
        ]
        found = {n: _merged_item(wanted.fields.get(n), item) for n, item in there.items()}
        return found | dict.fromkeys(absent, Held.HELD)
    if isinstance(wanted, ListOf) and isinstance(there, list | tuple) and len(wanted.items) == len(there):
        return [_merged_item(want, item) for want, item in zip(wanted.items, there, strict=True)]
    return there


def _merged_item(wanted: object, there: object) -> object:
    if isinstance(wanted, RecordOf | ListOf):
        return _merged(wanted, there)
    return Held.HELD if is_matcher(wanted) and fits(wanted, there) else there
