"""Rows that are too many to be in memory: walked through as often as needed, or picked out by number."""

from __future__ import annotations

import gc
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, compress, islice
from typing import Protocol, TypeVar

from harness.compare.fingerprint import Fingerprints
from harness.compare.table import ActualRow, ExpectedRow, uncovered
from harness.compare.terms import Terms

BATCH = 256
"""Enough rows that a batch costs nothing, few enough that they stay in the processor's cache."""

Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)


class Stream(Protocol[Row_co]):
    """Rows that can be walked through more than once; what can be indexed, too, is picked from by index."""

    def __iter__(self) -> Iterator[Row_co]:
        """All rows, from the first one."""
        ...

    def __len__(self) -> int:
        """How many rows there are."""
        ...


class Prints:
    """The fingerprints of one side.

    Attributes:
        rows: Per row, its fingerprint; 0 where it is opaque.
        keys: Per row, that of its key, where they were asked for.
        opaque: Per row, 1 if only its values themselves can be compared.
        origins: Where some of the rows stood: enough of them to know the partitions.
    """

    def __init__(self) -> None:
        self.rows = array("q")
        self.keys = array("q")
        self.opaque = bytearray()
        self.origins: set[str] = set()

    def add(self, rows: Sequence[int | None], keys: Sequence[int | None]) -> None:
        """Append a batch."""
        if None in rows or None in keys:
            self.opaque += bytes(row is None for row in rows)
            rows, keys = [row or 0 for row in rows], [key or 0 for key in keys]
        else:
            self.opaque += bytes(len(rows))
        self.rows.extend(rows)  # type: ignore[arg-type]
        self.keys.extend(keys)  # type: ignore[arg-type]

    @property
    def all_clear(self) -> bool:
        """Whether no row is opaque."""
        return not any(self.opaque)


def prints_of_expected(rows: Stream[ExpectedRow], terms: Terms, *, keys: bool) -> tuple[Prints, Terms]:
    """The fingerprints of expected rows, and the terms with all names of fields."""
    asked = terms
    terms = asked.settled(() if asked.columns else _names(rows))
    while True:
        prints, named = Prints(), dict.fromkeys(terms.columns)
        maker = Fingerprints(terms.columns, terms.key if keys else ())
        for batch in batches(rows):
            values = [row.values for row in map(terms.ready, batch)] if terms.changes_rows else _values(batch)
            for names in {tuple(row) for row in values}:
                named |= dict.fromkeys(names)
            prints.add(*maker.of(values, [()] * len(values) if terms.all_columns else None))
        if len(named) == len(terms.columns):
            return prints, terms
        # A row names a field that the head does not; it is compared, too.
        terms = asked.settled(named)


def prints_of_actual(rows: Stream[ActualRow], terms: Terms, *, keys: bool) -> Prints:
    """The fingerprints of actual rows."""
    prints = Prints()
    maker = Fingerprints(terms.columns, terms.key if keys else ())
    for batch in batches(rows):
        values = _values(batch)
        extras = [uncovered(row, terms.columns) for row in values] if terms.all_columns else None
        prints.add(*maker.of(values, extras))
        prints.origins |= {origin for origin in (batch[0].origin, batch[-1].origin) if origin}
    return prints


@contextmanager
def without_collector() -> Iterator[None]:
    """Python's cycle collector rests: rows are no cycles, and looking for some takes a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """All rows, some at a time."""
    walk = iter(rows)
    while batch := list(islice(walk, BATCH)):
        yield batch


def pick(rows: Stream[Row], wanted: Sequence[int]) -> Iterator[Row]:
    """The rows with these numbers, which rise."""
    if isinstance(rows, Sequence) or hasattr(rows, "__getitem__"):
        yield from map(rows.__getitem__, wanted)
        return
    if not wanted:
        return
    chosen = bytearray(len(rows))
    for number in wanted:
        chosen[number] = 1
    yield from compress(rows, chosen)


def _names(rows: Stream[ExpectedRow]) -> dict[str, None]:
    return dict.fromkeys(chain.from_iterable(row.values for row in rows))


def _values(rows: Sequence[ExpectedRow | ActualRow]) -> list[Mapping[str, object]]:
    return [row.values for row in rows]
