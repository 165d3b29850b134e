"""JSON bytes to records and back, exactly: no float, no lost digit, no silently dropped key."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

from harness.codecs.encodings import encode_time
from harness.codecs.moments import write_time, write_time_of_day
from harness.codecs.numbers import SPECIAL_FLOATS, read_json_number, write_number
from harness.codecs.paths import nest
from harness.codecs.types import Type, TypeKind

_DEEPEST = 200
"""Deeper values would meet Python's recursion limit somewhere else, as a crash."""
_SHORT = 4000
"""A text of so many characters has no number that is out of all bounds, unless it has an exponent."""


class DecodeError(ValueError):
    """Bytes that are no record of the format.

    Attributes:
        message: One fact.
        position: The character (of undecodable text: the byte) it is about, from 0; None if it is the whole.
    """

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message if position is None else f"{message} at position {position}")
        self.message = message
        self.position = position


def encode(fields: Mapping[str, object], types: Mapping[str, Type] | None = None) -> bytes:
    """A record as JSON bytes; dotted paths become nested objects.

    Args:
        fields: Typed values, keyed by path.
        types: The types of the fields by path; needed only for times that `times:` encodes.
    """
    known = types or {}
    written = {name: wire(value, known.get(name)) for name, value in fields.items()}
    return encode_value(nest(written))


def encode_value(value: object) -> bytes:
    """Any typed value as JSON bytes."""
    try:
        return _write(value, ascii_only=False).encode()
    except UnicodeEncodeError:  # half a surrogate pair: JSON can say it, UTF-8 cannot
        return _write(value, ascii_only=True).encode()


def wire(value: object, type_: Type | None) -> object:
    """The value as the field holds it: encoded times become numbers or text, all else stays."""
    if type_ is None or value is None:
        return value
    type_ = type_.resolved()
    if type_.encoding is not None and isinstance(value, datetime | date | time):
        encoded = encode_time(value, type_)
        return str(encoded) if type_.as_text else encoded
    if type_.kind is TypeKind.ARRAY and isinstance(value, list):
        return [wire(item, type_.of) for item in value]
    if type_.kind is TypeKind.MAP and isinstance(value, Mapping):
        return {name: wire(item, type_.of) for name, item in value.items()}
    if type_.kind is TypeKind.RECORD and isinstance(value, Mapping):
        inner = dict(type_.fields)
        return {name: wire(item, inner.get(name)) for name, item in value.items()}
    return value


def decode(data: bytes) -> dict[str, object]:
    """The record that these bytes hold.

    Raises:
        DecodeError: if they are no JSON object in UTF-8, or one with a key given twice.
    """
    value = decode_value(data)
    if not isinstance(value, dict):
        raise DecodeError(f"{_kind_of(value)}, not a JSON object")
    return value


def decode_value(data: bytes | str) -> object:
    """Any JSON value, exactly: whole numbers as int, others as Decimal.

    Raises:
        DecodeError: if it is none.
    """
    try:
        text = data if isinstance(data, str) else data.decode()
    except UnicodeDecodeError as error:
        raise DecodeError("no UTF-8", error.start) from None
    if len(text) <= _SHORT:
        quick = _quickly(text)
        if quick is not None:
            return quick
    if text.startswith("\ufeff"):
        raise DecodeError("a byte order mark before the JSON", 0)
    try:
        value: object = _CAREFUL.decode(text)
    except json.JSONDecodeError as error:
        fact = "no JSON: empty" if not text.strip() else f"no JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise DecodeError(fact, error.pos) from None
    except RecursionError:
        raise DecodeError(f"nested deeper than {_DEEPEST}") from None
    if text.count("[") + text.count("{") > _DEEPEST and _depth(value, _DEEPEST) > _DEEPEST:
        raise DecodeError(f"nested deeper than {_DEEPEST}")
    return value


def _quickly(text: str) -> dict[str, object] | None:
    """The record of a short text by the parser's own loops, which are five times as fast; None: not so.

    They would keep the last of two equal keys silently. Each key has one colon, so without escapes
    there is no second one exactly if the colons are as many as the keys and those within texts.
    """
    if "\\" in text or text.count("[") + text.count("{") > _DEEPEST:
        return None
    try:
        value: object = _QUICK.decode(text)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    return value if text.count(":") == _colons(value) else None


def _colons(value: dict[str, object] | list[object]) -> int:
    """The colons that a record or list has in JSON: one for each key, and those within texts."""
    items: Iterable[object] = value
    found = 0
    if isinstance(value, dict):
        found, items = len(value) + "".join(value).count(":"), value.values()
    for item in items:
        kind = type(item)
        if kind is str:
            found += item.count(":")  # type: ignore[attr-defined]  # as just seen
        elif kind is dict or kind is list:
            found += _colons(item)  # type: ignore[arg-type]  # as just seen
    return found


def _decimal(text: str) -> Decimal:
    if "e" in text or "E" in text:
        raise ValueError("an exponent may be out of all bounds")
    return Decimal(text)


def _number(text: str) -> object:
    number = read_json_number(text)
    if number is None:
        raise DecodeError(f"the number {text[:40]} is out of all bounds")
    return number


def _constant(text: str) -> float:
    return SPECIAL_FLOATS[text]


def _record(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record: dict[str, object] = {}
    for name, value in pairs:
        if name in record:
            raise DecodeError(f"the key {json.dumps(name)} is there twice")
        record[name] = value
    return record


def _depth(value: object, left: int) -> int:
    if left < 0 or not isinstance(value, dict | list) or not value:
        return int(isinstance(value, dict | list))
    items = value.values() if isinstance(value, dict) else value
    return 1 + max(_depth(item, left - 1) for item in items)


def _kind_of(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, list):
        return "a list"
    return "text" if isinstance(value, str) else "a number"


def _write(value: object, *, ascii_only: bool) -> str:  # noqa: C901, PLR0911, PLR0912  (one line per type)
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=ascii_only)
        case int():
            return write_number(value)
        case Decimal():
            return write_number(value) if value.is_finite() else _special(float(value))
        case float():
            return repr(value) if math.isfinite(value) else _special(value)
        case datetime():
            return f'"{write_time(value)}"'
        case date():
            return f'"{value.isoformat()}"'
        case time():
            return f'"{write_time_of_day(value)}"'
        case bytes() | bytearray() | memoryview():
            return f'"{base64.b64encode(value).decode()}"'
        case UUID():
            return f'"{value}"'
        case Mapping():
            names = [_write(str(name), ascii_only=ascii_only) for name in value]
            items = [_write(item, ascii_only=ascii_only) for item in value.values()]
            return "{" + ",".join(f"{name}:{item}" for name, item in zip(names, items, strict=True)) + "}"
        case list() | tuple():
            return f"[{','.join(_write(v, ascii_only=ascii_only) for v in value)}]"
        case _:
            raise TypeError(f"{type(value).__name__} has no form in JSON")


def _special(value: float) -> str:
    # What Jackson writes: JSON itself has no such numbers.
    if math.isnan(value):
        return '"NaN"'
    return '"Infinity"' if value > 0 else '"-Infinity"'


# Made once: `json.loads` makes a new one for every text.
_CAREFUL = json.JSONDecoder(
    parse_int=_number, parse_float=_number, parse_constant=_constant, object_pairs_hook=_record
)
_QUICK = json.JSONDecoder(parse_float=_decimal)
