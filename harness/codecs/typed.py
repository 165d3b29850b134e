"""What a job wrote, as values of the field's type; what is none of that type stays as it is.

Nothing is coerced: a number in a text field, or text in a number's, keeps its own type, so that the
comparison shows it as different instead of passing or crashing.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from harness.codecs.cell_error import CellError
from harness.codecs.encodings import decode_time
from harness.codecs.moments import read_date, read_instant, read_local, read_time
from harness.codecs.numbers import SPECIAL_FLOATS, as_single
from harness.codecs.paths import split_path
from harness.codecs.types import Type, TypeKind

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Typing:
    """Types the fields of many records by path; a field without a type stays a JSON value."""

    def __init__(self, types: Mapping[str, Type]) -> None:
        # Text, whole numbers and decimals are what JSON makes of them.
        self._fields = [
            (name, (name,), split_path(name), type_) for name, type_ in types.items() if _changes(type_)
        ]

    def of(self, record: Mapping[str, object]) -> dict[str, object]:
        """A decoded record with its fields typed."""
        result = dict(record)
        for name, whole, path, type_ in self._fields:
            _retype(result, whole if name in result else path, type_)
        return result


def typed_record(record: Mapping[str, object], types: Mapping[str, Type]) -> dict[str, object]:
    """One decoded record with its fields typed by path; see `Typing`."""
    return Typing(types).of(record)


def typed(value: object, type_: Type | None) -> object:
    """The value as one of the type, or the value itself where it is none."""
    if type_ is None or value is None:
        return value
    type_ = type_.resolved()
    if type_.encoding is not None:
        return decode_time(value, type_)
    read = _READERS.get(type_.kind)
    return value if read is None else read(value, type_)


def _changes(type_: Type) -> bool:
    """Whether typing can make another value of one that was decoded."""
    found = type_.resolved()
    return found.encoding is not None or found.kind in _READERS


def _retype(record: dict[str, object], path: tuple[str, ...], type_: Type) -> None:
    first, rest = path[0], path[1:]
    value = record.get(first)
    if value is None:
        return
    if not rest:
        record[first] = typed(value, type_)
    elif isinstance(value, Mapping):
        inner = record[first] = dict(value)
        _retype(inner, rest, type_)


def _float(value: object, type_: Type) -> object:
    if isinstance(value, str):
        return SPECIAL_FLOATS.get(value, value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        return value
    try:
        number = float(value)
    except OverflowError:
        return value
    if type_.single:
        number = as_single(number)
    return value if math.isinf(number) and value not in SPECIAL_FLOATS.values() else number


def _instant(value: object, _: Type) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value
    return _from_text(value, read_instant)


def _local(value: object, _: Type) -> object:
    return _from_text(value, read_local)


def _date(value: object, _: Type) -> object:
    return _from_text(value, read_date)


def _time(value: object, _: Type) -> object:
    return _from_text(value, read_time)


def _from_text(value: object, read: Callable[[str], object]) -> object:
    if not isinstance(value, str):
        return value
    try:
        return read(value)
    except CellError:
        return value


def _bytes(value: object, _: Type) -> object:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return value


def _uuid(value: object, _: Type) -> object:
    return UUID(value) if isinstance(value, str) and _UUID.fullmatch(value) else value


def _array(value: object, type_: Type) -> object:
    return [typed(item, type_.of) for item in value] if isinstance(value, list) else value


def _fields(value: object, type_: Type) -> object:
    if not isinstance(value, Mapping):
        return value
    inner = dict(type_.fields)
    return {name: typed(item, inner.get(name)) for name, item in value.items()}


def _map(value: object, type_: Type) -> object:
    return {k: typed(item, type_.of) for k, item in value.items()} if isinstance(value, Mapping) else value


def _first_branch(value: object, type_: Type) -> object:
    """As the first branch that makes something else of it, else as it is."""
    for branch in type_.choices:
        found = typed(value, branch)
        if type(found) is not type(value):
            return found
    nested = next((b for b in type_.choices if b.resolved().kind in _NESTED.get(type(value), ())), None)
    return typed(value, nested)


_NESTED: dict[type, tuple[TypeKind, ...]] = {
    list: (TypeKind.ARRAY,),
    dict: (TypeKind.RECORD, TypeKind.MAP),
}
_READERS: dict[TypeKind, Callable[[object, Type], object]] = {
    TypeKind.FLOAT: _float,
    TypeKind.INSTANT: _instant,
    TypeKind.LOCAL_TIMESTAMP: _local,
    TypeKind.DATE: _date,
    TypeKind.TIME: _time,
    TypeKind.BYTES: _bytes,
    TypeKind.UUID: _uuid,
    TypeKind.ARRAY: _array,
    TypeKind.MAP: _map,
    TypeKind.RECORD: _fields,
    TypeKind.UNION: _first_branch,
}
