"""`tolerance: {field: 0.01}`: expected numbers that may be off by so much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from harness.codecs.paths import split_path
from harness.compare.matchers import ListOf, RecordOf, Tolerant, around
from harness.compare.show import show

Path = tuple[str, ...]


class Tolerance:
    """What numbers may be off by, for every expected row.

    A field of the key is equal or not: with a tolerance in it, nobody could tell which row is which.

    Attributes:
        by: What was asked for, keyed by path.
    """

    def __init__(self, by: Mapping[str, Decimal], key: Sequence[str]) -> None:
        self.by = by
        self._by = {split_path(name): amount for name, amount in by.items() if amount and name not in key}
        self._key = frozenset(key)

    def __bool__(self) -> bool:
        return bool(self._by)

    def loosened(self, values: Mapping[str, object]) -> Mapping[str, object]:
        """The values of an expected row, with matchers for the numbers that have a tolerance."""
        changed = {}
        for name, value in values.items():
            if name in self._key:
                continue
            column, wanted = split_path(name), value
            for path, by in self._by.items():
                if path[: len(column)] == column:
                    wanted = _loosened(wanted, path[len(column) :], by)
            if wanted is not value:
                changed[name] = wanted
        return {**values, **changed} if changed else values


def _loosened(want: object, path: Path, by: Decimal) -> object:
    """The expected value, itself if nothing in it has the tolerance; a list passes it on to its items."""
    match want:
        case ListOf():
            return _list(want, want.items, path, by)
        case list() | tuple():
            return _list(want, want, path, by)
        case RecordOf():
            return _record(want, want.fields, path, by)
        case Mapping():
            return _record(want, want, path, by)
        case bool():
            return want
        case int() | Decimal() | float() if not path:
            return _number(want, by)
        case _:
            return want


def _list(want: object, items: Sequence[object], path: Path, by: Decimal) -> object:
    loose = tuple(_loosened(item, path, by) for item in items)
    return want if all(a is b for a, b in zip(loose, items, strict=True)) else ListOf(loose)


def _record(want: object, fields: Mapping[str, object], path: Path, by: Decimal) -> object:
    if not path or path[0] not in fields:
        return want
    loose = _loosened(fields[path[0]], path[1:], by)
    return want if loose is fields[path[0]] else RecordOf({**fields, path[0]: loose})


def _number(value: Decimal | float, by: Decimal) -> object:
    # The shortest text of a float is what everybody sees, and what matchers go by.
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        return value
    try:
        return Tolerant(value, by, around(exact, by, f"near {show(value)} by {show(by)}"))
    except ValueError:
        return value
