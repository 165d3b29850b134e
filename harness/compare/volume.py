"""Rows by the million: fingerprints first, and values only of the rows that these leave over."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from harness.compare.bag import Pools
from harness.compare.changes import Changes
from harness.compare.differences import Differences
from harness.compare.elimination import Matches, eliminate
from harness.compare.fingerprint import Fingerprints
from harness.compare.matchers import Capture
from harness.compare.ordering import in_order
from harness.compare.stream import (
    Prints,
    Stream,
    batches,
    pick,
    prints_of_actual,
    prints_of_expected,
    without_collector,
)
from harness.compare.table import ActualRow, ExpectedRow, Table
from harness.compare.tally import MOST_KEPT, Difference, Place, Side, Tally, partition_of
from harness.compare.terms import Terms
from harness.compare.work import CUT_SHORT, Outcome, Share, Work
from harness.result import Kind
from harness.scenario.model import Match

MOST_IN_MEMORY = 50_000
"""Rows of a side with their values: some 50 MB, and no slower than fingerprints up to here."""
NOT_ALL_PAIRED = "there are too many rows to hold each against every other; not all were tried"

_MOST_TRIED = 20_000_000
"""How often a row is held against another where nothing tells which are meant for each other."""

Numbers = Sequence[int]


def compare_in_memory(expected: Sequence[ExpectedRow], actual: Sequence[ActualRow], terms: Terms) -> Outcome:
    """Hold rows against each other that are all in memory."""
    terms = terms.settled(name for row in expected for name in row.values)
    rows = [terms.ready(row) for row in expected]
    tally = Tally()
    tally.partitions.update(partition_of(row.origin) for row in actual if row.origin)
    table = Table(rows, actual, terms.columns, all_columns=terms.all_columns)
    work = work_of(terms)(table, terms, tally)
    work.run()
    return Outcome(work.matched, tally, work.captures, work.notes)


def work_of(terms: Terms) -> type[Work]:
    """What compares rows in memory."""
    return Changes if terms.changes else Work


def compare_streams(expected: Stream[ExpectedRow], actual: Stream[ActualRow], terms: Terms) -> Outcome:
    """Hold rows against each other that need not be in memory."""
    with without_collector():
        return _compared(expected, actual, terms)


def _compared(expected: Stream[ExpectedRow], actual: Stream[ActualRow], terms: Terms) -> Outcome:
    by_key = terms.match is Match.ORDERED_BY_KEY or (terms.changes and terms.match is not Match.ORDERED)
    ours, terms = prints_of_expected(expected, terms, keys=by_key)
    theirs = prints_of_actual(actual, terms, keys=by_key)
    volume = _Volume(expected, actual, terms)
    volume.tally.partitions |= {partition_of(origin) for origin in theirs.origins}
    if terms.match is Match.ORDERED:
        volume.in_order(ours, theirs)
    elif by_key:
        volume.in_order_by_key(ours, theirs)
    else:
        volume.in_any_order(eliminate(ours, theirs))
    return Outcome(volume.matched, volume.tally, volume.captures, volume.notes)


class _Volume:
    """Collects what one comparison finds, share by share."""

    def __init__(self, expected: Stream[ExpectedRow], actual: Stream[ActualRow], terms: Terms) -> None:
        self.expected, self.actual, self.terms = expected, actual, terms
        self.tally = Tally(MOST_KEPT)
        self.matched = 0
        self.captures: dict[str, Capture] = {}
        self.notes: list[str] = []
        self._divided = False

    def in_any_order(self, matches: Matches) -> dict[int, int]:
        """Hold two bags against each other; the actual row of each expected one that is there."""
        self.matched += len(matches.partner) - len(matches.lost)
        terms = self.terms
        if terms.match is Match.ORDERED:
            terms = replace(terms, match=Match.EXACT)
        assigned: dict[int, int] = {}
        for lost, spare in self._shares(matches.lost, matches.spare):
            work = self._work(lost, spare, terms, matches.repeated)
            assigned |= {lost[i]: spare[j] for i, j in work.assigned.items()}
        return assigned

    def in_order(self, ours: Prints, theirs: Prints) -> None:
        """Hold two sequences against each other."""
        if self._same_order(ours, theirs):
            self.matched += len(ours.rows)
            return
        matches = eliminate(ours, theirs)
        places = matches.partner
        for i, j in self.in_any_order(matches).items():
            places[i] = j
        found = array("q", (i for i, j in enumerate(places) if j >= 0))
        kept = in_order([places[i] for i in found])
        moved = [(i, places[i]) for index, i in enumerate(found) if index not in kept]
        self.matched -= len(moved)
        for chunk in batches(moved):
            # Only the expected rows rise; the others are picked one by one.
            there = [row for _, j in chunk for row in pick(self.actual, [j])]
            table = self._table(self._expected([i for i, _ in chunk]), there)
            differences = Differences(table, self.terms.key)
            for n, (i, j) in enumerate(chunk):
                make = partial(differences.misplaced, n, n, i + 1, j + 1)
                self.tally.add(Difference(Kind.ORDER, there[n].origin), Place(Side.EXPECTED, i), make)

    def in_order_by_key(self, ours: Prints, theirs: Prints) -> None:
        """Hold the sequences of each key against each other."""
        sequences, others = _sequences(ours), _sequences(theirs)
        odd = {key for key, found in sequences.items() if found is None or others.get(key) != found}
        if self.terms.match is not Match.CONTAINS:
            odd |= {key for key, found in others.items() if found is None or key not in sequences}
        lost = [i for i, key in enumerate(ours.keys) if key in odd]
        spare = [j for j, key in enumerate(theirs.keys) if key in odd]
        self.matched += len(ours.keys) - len(lost)
        for some, there in self._shares(lost, spare):
            self._work(some, there, self.terms)

    def _same_order(self, ours: Prints, theirs: Prints) -> bool:
        if len(ours.rows) != len(theirs.rows):
            return False
        odd = [n for n, pair in enumerate(zip(ours.opaque, theirs.opaque, strict=True)) if any(pair)]
        if not odd:
            return ours.rows == theirs.rows
        aside = set(odd)
        pairs = enumerate(zip(ours.rows, theirs.rows, strict=True))
        if any(one != other and n not in aside for n, (one, other) in pairs):
            return False
        for start in range(0, len(odd), MOST_IN_MEMORY):
            chunk = odd[start : start + MOST_IN_MEMORY]
            terms = self.terms.having(self.captures)
            work = Work(self._table(self._expected(chunk), self._actual(chunk)), terms, Tally())
            work.run()
            if work.tally.count:
                self.captures.clear()
                return False
            self.captures |= work.captures
        return True

    # Shares: rows that can be looked at without the others

    def _shares(self, lost: Numbers, spare: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
        """Parts of what is left such that no row of one is meant by a row of another."""
        if not lost and (not spare or self.terms.match is Match.CONTAINS):
            return
        if max(len(lost), len(spare)) <= MOST_IN_MEMORY:
            yield lost, spare
        elif not lost or not spare:
            yield from _chunks(lost, spare)
        else:
            self._divided = True
            yield from self._split(lost, spare)

    def _split(self, lost: Numbers, spare: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
        maker = Fingerprints(self.terms.columns)
        ours = _buckets(maker, (row.values for row in self._expected(lost)), len(self.terms.columns))
        theirs = _buckets(maker, (row.values for row in pick(self.actual, spare)), len(self.terms.columns))
        grouping = self._grouping(ours, theirs)
        if not grouping:
            yield from self._whole(lost, spare)
            return
        one = [sum(values) for values in zip(*(ours[c] for c in grouping), strict=True)]
        other = [sum(values) for values in zip(*(theirs[c] for c in grouping), strict=True)]
        if self.terms.match is Match.CONTAINS:
            wanted = set(one)
            kept = [n for n, value in enumerate(other) if value in wanted]
            spare, other = [spare[n] for n in kept], [other[n] for n in kept]
        count = 1 + 2 * max(len(lost), len(spare)) // MOST_IN_MEMORY
        for number in range(count):
            some = [i for i, value in zip(lost, one, strict=True) if value % count == number]
            there = [j for j, value in zip(spare, other, strict=True) if value % count == number]
            if some or (there and self.terms.match is not Match.CONTAINS):
                yield some, there

    def _grouping(self, ours: Sequence[array[int]], theirs: Sequence[array[int]]) -> list[int]:
        """The columns by which what is left falls apart: the key, or where the sides share most values."""
        exact = [c for c, values in enumerate(ours) if -1 not in values]
        key = [self.terms.columns.index(name) for name in self.terms.key]
        if key and set(key) <= set(exact):
            return key
        if self.terms.match is Match.ORDERED_BY_KEY or self.terms.changes:
            return []
        return sorted(exact, key=lambda c: len(set(ours[c]) & set(theirs[c])))[-1:]

    def _whole(self, lost: Numbers, spare: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
        """In no column are all rows exact, so that any row may be meant by any other."""
        first = spare[:MOST_IN_MEMORY]
        if len(lost) * len(spare) <= _MOST_TRIED and not self.terms.changes:
            first = sorted({*self._accepted(lost, spare), *first})
        else:
            self.notes.append(NOT_ALL_PAIRED)
        yield lost[:MOST_IN_MEMORY], first
        aside = set(first)
        yield from _chunks(lost[MOST_IN_MEMORY:], [])
        if self.terms.match is not Match.CONTAINS:
            yield from _chunks([], [j for j in spare if j not in aside])

    def _accepted(self, lost: Numbers, spare: Numbers) -> set[int]:
        """The actual rows that expected ones accept; of each kind no more than could be needed."""
        expected = self._expected(lost)
        kept: dict[int, list[int]] = defaultdict(list)
        for chunk in batches(spare):
            table = self._table(expected, self._actual(chunk))
            if table.named:
                self.notes.append(CUT_SHORT)
            pools = Pools(table, range(len(lost)), range(len(chunk)))
            for group, numbers in pools.accepted.items():
                found = (chunk[j] for number in numbers for j in pools.pools[number])
                kept[group] += islice(found, len(lost) - len(kept[group]))
        return {j for some in kept.values() for j in some}

    def _work(
        self, lost: Numbers, spare: Numbers, terms: Terms, repeated: frozenset[int] = frozenset()
    ) -> Work:
        terms = terms.having(self.captures)
        again = frozenset(n for n, j in enumerate(spare) if j in repeated)
        table = self._table(self._expected(lost), self._actual(spare))
        work = work_of(terms)(table, terms, self.tally, Share(lost, spare, again))
        work.run()
        self.matched += work.matched
        if work.captures and self._divided:
            self.notes.append(CUT_SHORT)  # its names were chosen without the other shares in sight
        self.captures |= work.captures
        self.notes += work.notes
        return work

    def _table(self, expected: Sequence[ExpectedRow], actual: Sequence[ActualRow]) -> Table:
        return Table(expected, actual, self.terms.columns, all_columns=self.terms.all_columns)

    def _expected(self, numbers: Numbers) -> list[ExpectedRow]:
        terms = self.terms.having(self.captures)
        return [terms.ready(row) for row in pick(self.expected, numbers)]

    def _actual(self, numbers: Numbers) -> list[ActualRow]:
        return list(pick(self.actual, numbers))


def _chunks(lost: Numbers, spare: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
    for start in range(0, max(len(lost), len(spare)), MOST_IN_MEMORY):
        end = start + MOST_IN_MEMORY
        yield lost[start:end], spare[start:end]


def _buckets(maker: Fingerprints, rows: Iterable[Mapping[str, object]], columns: int) -> list[array[int]]:
    """Per column, a number for the value of each row; -1 where it is opaque."""
    found = [array("q") for _ in range(columns)]
    for batch in batches(rows):
        for column, values in zip(found, maker.buckets(batch), strict=True):
            column.extend(-1 if value is None else value for value in values)
    return found


def _sequences(prints: Prints) -> dict[int, int | None]:
    """Per key, one hash of all its rows in their order; None where a row is opaque."""
    found: dict[int, int | None] = {}
    for key, row, opaque in zip(prints.keys, prints.rows, prints.opaque, strict=True):
        before = found.get(key, 0)
        found[key] = None if opaque or before is None else hash((before, row))
    return found
