"""A row as 64 bits: how a million rows are held against a million others.

Values are encoded as text and tuples of text such that two encodings are equal exactly if
`canonical` makes the values equal; the hash of that is keyed by a secret of the process. Two rows
that differ have one fingerprint once in 2^64. Encoding goes column by column and type by type,
because that leaves most of the loops to the interpreter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from itertools import chain, islice, repeat
from marshal import dumps
from operator import itemgetter
from typing import Any, TypeAlias
from uuid import UUID
from zlib import crc32

from harness.codecs.paths import ABSENT, Absence, pick, split_path

_VERSION = 2
"""Of marshal's form: the last one without references, in which equal values have equal bytes."""
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_LOCAL_EPOCH = datetime(1, 1, 1)  # noqa: DTZ001  (local)
_TICK = timedelta(microseconds=1)

Encoded: TypeAlias = "str | tuple[Encoded, ...] | None"
"""Nothing but text: numbers and booleans have hashes of their own making, and -1 has that of -2."""
Columns: TypeAlias = "Sequence[Sequence[Encoded]]"


class Opaque(Exception):
    """A value whose equality only it knows: a matcher, or a type of a driver."""


class Fingerprints:
    """Makes the fingerprints of rows by some columns."""

    def __init__(self, columns: Sequence[str], key: Sequence[str] = ()) -> None:
        self._columns = tuple(columns)
        self._key = [self._columns.index(name) for name in key]
        self._simple = all(split_path(name) == (name,) for name in columns)

    def of(
        self, rows: Sequence[Mapping[str, object]], extras: Sequence[tuple[str, ...]] | None = None
    ) -> tuple[list[int | None], list[int | None]]:
        """The fingerprints of rows and of their keys; None where a value is opaque.

        Args:
            rows: The rows.
            extras: Per row, the names of fields that are no column, where these count.
        """
        columns, opaque = self._encoded(rows)
        tail = [] if extras is None else [extras]
        whole: list[int | None] = [*map(hash, _across([*columns, *tail], len(rows)))]
        keys: list[int | None] = [*map(hash, _across([columns[c] for c in self._key], len(rows)))]
        for row, columns_of_row in opaque.items():
            whole[row] = None
            if columns_of_row & set(self._key):
                keys[row] = None
        return whole, keys

    def buckets(self, rows: Sequence[Mapping[str, object]]) -> list[list[int | None]]:
        """Per column, a number for each row, the same in every process; None where a value is opaque."""
        columns, opaque = self._encoded(rows)
        found: list[list[int | None]] = [[crc32(dumps(v, _VERSION)) for v in c] for c in columns]
        for row, columns_of_row in opaque.items():
            for column in columns_of_row:
                found[column][row] = None
        return found

    def _encoded(self, rows: Sequence[Mapping[str, object]]) -> tuple[Columns, dict[int, set[int]]]:
        columns: list[Sequence[Encoded]] = []
        opaque: dict[int, set[int]] = {}
        for column, values in enumerate(self._values(rows)):
            try:
                columns.append(encode(values))
            except Opaque:
                encoded: list[Encoded] = []
                for row, value in enumerate(values):
                    try:
                        encoded += encode((value,))
                    except Opaque:
                        encoded.append(None)
                        opaque.setdefault(row, set()).add(column)
                columns.append(encoded)
        return columns, opaque

    def _values(self, rows: Sequence[Mapping[str, object]]) -> Sequence[Sequence[object]]:
        if self._simple:
            try:
                return _picked(rows, self._columns)
            except KeyError:  # a field is absent somewhere
                return [[row.get(name, ABSENT) for row in rows] for name in self._columns]
        return [[pick(row, name) for row in rows] for name in self._columns]


def encode(values: Sequence[object]) -> Sequence[Encoded]:
    """Stand-ins for values, equal exactly if the values are.

    Raises:
        Opaque: A value has none.
    """
    types = set(map(type, values))
    if types <= {str, type(None)}:
        return values  # type: ignore[return-value]  # text and null stand for themselves
    if len(types) == 1:
        return _encoder(*types)(values)
    encoded = {t: iter(_encoder(t)([v for v in values if type(v) is t])) for t in types}
    return [next(encoded[type(value)]) for value in values]


def _encoder(type_: type) -> Callable[[Sequence[Any]], Sequence[Encoded]]:
    found = _ENCODERS.get(type_)
    if found is not None:
        return found
    if issubclass(type_, Mapping):
        return lambda values: encode([dict(value) for value in values])
    if issubclass(type_, bytearray | memoryview):
        return lambda values: encode([bytes(value) for value in values])
    raise Opaque


def _across(columns: Columns, count: int) -> Iterable[tuple[Encoded, ...]]:
    return zip(*columns, strict=True) if columns else repeat((), count)


def _picked(rows: Sequence[Mapping[str, object]], names: Sequence[str]) -> Sequence[Sequence[object]]:
    """The values of each name.

    Raises:
        KeyError: A row lacks one.
    """
    if len(names) == 1 or not rows:
        return [[row[name] for row in rows] for name in names]
    return list(zip(*map(itemgetter(*names), rows), strict=True)) if names else []


def _numbers(values: Iterable[Decimal]) -> Sequence[Encoded]:
    # All digits and no more: 12.5 and 12.50 are one number, and so are 1E+1, 10 and 10.0.
    texts = list(map(str, map(_EXACT.normalize, values)))
    if "-0" in texts or "NaN" in texts or "-NaN" in texts:
        texts = ["0" if text == "-0" else text.lstrip("-") if text[-3:] == "NaN" else text for text in texts]
    return list(zip(texts, strict=True))


def _integers(values: Sequence[int]) -> Sequence[Encoded]:
    try:
        texts = [text if text[-1] != "0" else _digits(text) for text in map(str, values)]
    except ValueError:  # more digits than Python writes
        return _numbers(map(Decimal, values))
    return list(zip(texts, strict=True))


def _digits(text: str) -> str:
    return str(_EXACT.normalize(Decimal(text)))


def _decimals(values: Sequence[Decimal]) -> Sequence[Encoded]:
    if any(map(Decimal.is_snan, values)):
        values = [Decimal("NaN") if value.is_nan() else value for value in values]
    return _numbers(values)


def _times(values: Sequence[datetime]) -> Sequence[Encoded]:
    zones = {value.tzinfo for value in values}
    if zones == {None}:
        return list(zip(repeat("local"), [str((v - _LOCAL_EPOCH) // _TICK) for v in values], strict=False))
    if None not in zones:
        try:
            return list(zip(repeat("instant"), [str((v - _EPOCH) // _TICK) for v in values], strict=False))
        except TypeError:  # a zone that does not know its offset
            return _times([value.astimezone(UTC) for value in values])
    return [_times([value])[0] for value in values]


def _times_of_day(values: Sequence[time]) -> Sequence[Encoded]:
    if any(value.tzinfo for value in values):
        raise Opaque
    return [("time", value.isoformat()) for value in values]


def _records(values: Sequence[dict[Any, object]]) -> Sequence[Encoded]:
    first = values[0]
    if set(map(type, first)) - {str}:
        raise Opaque
    names = tuple(sorted(first))
    if set(map(len, values)) == {len(names)}:
        try:
            columns = [encode(column) for column in _picked(values, names)]
            return list(zip(repeat("record"), repeat(names), _across(columns, len(values)), strict=False))
        except KeyError:
            pass  # other names
    return [_records([value])[0] for value in values]


def _lists(values: Sequence[Sequence[object]]) -> Sequence[Encoded]:
    items = iter(encode(list(chain.from_iterable(values))))
    lengths = set(map(len, values))
    if len(lengths) == 1 and 0 not in lengths:
        return list(zip(repeat("list"), zip(*[items] * lengths.pop(), strict=True), strict=False))
    return [("list", tuple(islice(items, len(value)))) for value in values]


_ENCODERS: dict[type, Callable[[Sequence[Any]], Sequence[Encoded]]] = {
    str: lambda values: values,
    type(None): lambda values: values,
    bool: lambda values: [("boolean", str(value)) for value in values],
    int: _integers,
    float: lambda values: _numbers(map(Decimal, values)),
    Decimal: _decimals,
    datetime: _times,
    date: lambda values: [("date", value.isoformat()) for value in values],
    time: _times_of_day,
    bytes: lambda values: [("bytes", value.decode("latin-1")) for value in values],
    UUID: lambda values: [("uuid", value.hex) for value in values],
    dict: _records,
    list: _lists,
    tuple: _lists,
    Absence: lambda values: [("absent", "")] * len(values),
}
