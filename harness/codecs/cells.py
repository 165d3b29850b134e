"""A cell and the type of its field make a value: the type reads the text, YAML never does.

The values are Python's: str, bool, int, Decimal, float, aware datetime (an instant, in UTC), naive
datetime (a local time), date, time, bytes, UUID, None for null, and lists and dicts of these.
"""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, time
from typing import TypeVar

from harness.codecs.cell_error import CellError
from harness.codecs.encodings import decode_time
from harness.codecs.json_cells import json_cell
from harness.codecs.moments import Moment, read_date, read_instant, read_local, read_time
from harness.codecs.numbers import read_decimal, read_float, read_integer, read_json_number
from harness.codecs.time_patterns import read_pattern
from harness.codecs.types import AS_TEXT, TimeEncoding, Type, TypeKind
from harness.errors import did_you_mean
from harness.rows import Cell, Word

__all__ = ["CellError", "looks_like_null", "read_cell"]

_BOOLEANS = {"true": True, "false": False}
NULL_WORDS = frozenset({"NULL", "Null", "None", "N/A", "n/a", "NaT", "nil"})
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")
_ARTICLE = dict.fromkeys((TypeKind.INTEGER, TypeKind.ARRAY, TypeKind.ENUM), "an")


def read_cell(cell: Cell, type_: Type | None, clock: Moment) -> object:
    """The value that a cell is in a field of that type; without a type it is read as JSON.

    Raises:
        CellError: if it is none, with the location of the innermost wrong cell.
    """
    try:
        return _read(cell, type_, clock)
    except CellError as error:
        raise error.at(cell.location) from None


def looks_like_null(cell: Cell) -> bool:
    """Whether a text probably meant `null`: in a text field worth a warning, elsewhere an error."""
    return cell.text in NULL_WORDS and not cell.quoted and cell.word is None and cell.items is None


def _read(cell: Cell, type_: Type | None, clock: Moment) -> object:  # noqa: C901, PLR0911  (one form each)
    if cell.is_null:
        _refuse_null(type_)
        return None
    if cell.is_matcher:
        raise CellError(f"`{cell.shown()}` can only be expected", "write a value")
    if type_ is not None:
        type_ = type_.resolved()
        if type_.kind is TypeKind.UNION:
            return _first_that_reads(cell, type_, clock)
    if cell.word is not None:
        return _literal(cell, type_)
    if looks_like_null(cell) and (type_ is None or not _is_text(cell, type_)):
        raise CellError(
            f"`{cell.text}` is no {_what(type_)}", 'write `null`, or `"' + cell.text + '"` for the text'
        )
    if type_ is None or type_.kind is TypeKind.JSON:
        return _json(cell, clock)
    if cell.items is not None:
        return _nested(cell, type_, clock)
    if type_.kind is TypeKind.TEXT:
        return cell.text
    if not cell.text:
        raise CellError(f"empty text is no {_what(type_)}", "write `null` if that is meant")
    if type_.encoding is not None:
        return _encoded(cell.text, type_, clock)
    if type_.kind in (TypeKind.ARRAY, TypeKind.MAP, TypeKind.RECORD):
        return _written_out(cell, type_, clock)
    return _READERS[type_.kind](cell.text, type_, clock)


def _refuse_null(type_: Type | None) -> None:
    if type_ is not None and not type_.nullable:
        raise CellError(f"null is no {type_}, and the schema has no null there", 'text is written `"null"`')


def _is_text(cell: Cell, type_: Type) -> bool:
    return type_.kind is TypeKind.TEXT or cell.text in type_.symbols


def _first_that_reads(cell: Cell, type_: Type, clock: Moment) -> object:
    """The value of the first branch that can read the cell; quotes ask for text where there is any."""
    choices = type_.choices
    if cell.quoted and choices[-1].kind is TypeKind.TEXT:
        choices = tuple(b for b in choices if b.kind is TypeKind.TEXT or cell.text in b.symbols)
    for branch in choices:
        try:
            return _read(cell, branch, clock)
        except CellError:
            continue
    raise CellError(f"`{cell.shown() or 'this'}` is none of {type_}")


def _json(cell: Cell, clock: Moment) -> object:
    if isinstance(cell.items, Mapping):
        return {name: read_cell(item, None, clock) for name, item in cell.items.items()}
    if cell.items is not None:
        return [read_cell(item, None, clock) for item in cell.items]
    if cell.quoted:
        return cell.text
    if cell.text in _BOOLEANS:
        return _BOOLEANS[cell.text]
    if cell.text[:1] in ("[", "{"):
        return _json(json_cell(cell.text, cell.location), clock)
    number = read_json_number(cell.text)
    return cell.text if number is None else number


def _nested(cell: Cell, type_: Type, clock: Moment) -> object:
    if isinstance(cell.items, Mapping):
        if type_.kind is TypeKind.MAP:
            return {name: read_cell(item, type_.of, clock) for name, item in cell.items.items()}
        if type_.kind is not TypeKind.RECORD:
            raise CellError(f"a mapping is no {_what(type_)}")
        fields: dict[str, Type | None] = dict(type_.fields)
        for name, item in cell.items.items():
            if type_.open:
                fields.setdefault(name, None)
            if name not in fields:
                raise CellError(
                    f"the record has no field `{name}`", did_you_mean(name, fields), item.location
                )
        return {name: read_cell(item, fields[name], clock) for name, item in cell.items.items()}
    if type_.kind is not TypeKind.ARRAY:
        raise CellError(f"a list is no {_what(type_)}")
    return [read_cell(item, type_.of, clock) for item in cell.items or ()]


def _written_out(cell: Cell, type_: Type, clock: Moment) -> object:
    opening, example = ("[", '["a", "b"]') if type_.kind is TypeKind.ARRAY else ("{", '{"k": 1}')
    if not cell.text.startswith(opening):
        raise CellError(f"`{cell.text}` is no {type_.kind.value}", f"written as JSON: `{example}`")
    return _nested(json_cell(cell.text, cell.location), type_, clock)


def _literal(cell: Cell, type_: Type | None) -> object:
    kind = TypeKind.JSON if type_ is None else type_.kind
    if cell.word is Word.TEXT:
        if kind not in (TypeKind.TEXT, TypeKind.JSON):
            raise CellError(f"`{cell.shown()}` is text, and the field is {_a(type_)}")
        return cell.text
    if kind not in (TypeKind.BYTES, TypeKind.JSON):
        raise CellError(f"`{cell.shown()}` is bytes, and the field is {_a(type_)}")
    digits = "".join(cell.text.split())
    try:
        data = bytes.fromhex(digits) if cell.word is Word.HEX else base64.b64decode(digits, validate=True)
    except (ValueError, binascii.Error):
        raise CellError(f"`{cell.text}` is no {cell.word.value if cell.word else ''}") from None
    return data if type_ is None else _sized(data, type_)


def _encoded(text: str, type_: Type, clock: Moment) -> object:
    if type_.encoding is TimeEncoding.PATTERN:
        return _in_pattern(text, type_, clock)
    if type_.encoding not in AS_TEXT and (number := read_json_number(text)) is not None:
        time = decode_time(text if type_.as_text else number, type_)
        if not isinstance(time, datetime):
            raise CellError(f"`{text}` is no time in {type_}")
        return time
    return _READERS[type_.kind](text, replace(type_, encoding=None), clock)


def _in_pattern(text: str, type_: Type, clock: Moment) -> object:
    """A time as the field holds it, or as any other cell writes it: `T+5s` or ISO."""
    found = decode_time(text, type_)
    if found is not text:
        return found
    try:
        return _READERS[type_.kind](text, replace(type_, encoding=None), clock)
    except CellError:
        # Says what is wrong with a text that has the form of the pattern, such as the 31st of June.
        read_pattern(type_.pattern).read(text)
        raise


def _boolean(text: str, _: Type, __: Moment) -> bool:
    plain = text.lower() if text in ("TRUE", "True", "FALSE", "False") else text
    if plain not in _BOOLEANS:
        raise CellError(f"`{text}` is no boolean", "`true` or `false`")
    return _BOOLEANS[plain]


def _bytes(text: str, type_: Type, _: Moment) -> bytes:
    if text.startswith("\\x") and _HEX.fullmatch(text[2:]):
        return _sized(bytes.fromhex(text[2:]), type_)
    raise CellError(f"`{text}` is no bytes", "write `<hex 00ff>` or `<base64 AP8=>`")


def _sized(data: bytes, type_: Type) -> bytes:
    if type_.size is not None and len(data) != type_.size:
        raise CellError(f"{len(data)} bytes are no {type_}, which has {type_.size}")
    return data


def _integer(text: str, type_: Type, _: Moment) -> int:
    number = read_integer(text)
    if type_.bounds is not None and not type_.bounds[0] <= number <= type_.bounds[1]:
        raise CellError(f"`{text}` is out of the bounds of {type_}")
    return number


def _enum(text: str, type_: Type, _: Moment) -> str:
    if text not in type_.symbols:
        raise CellError(f"`{text}` is no {type_}", did_you_mean(text, type_.symbols, what="it is one of"))
    return text


def _no_null(text: str, _: Type, __: Moment) -> object:
    raise CellError(f"`{text}` is no null", "write `null`")


TimeT = TypeVar("TimeT", datetime, time)


def _in_steps(value: TimeT, text: str, type_: Type) -> TimeT:
    if value.microsecond % type_.step_us:
        raise CellError(f"`{text}` is finer than {type_}")
    return value


def _uuid(text: str, _: Type, __: Moment) -> uuid.UUID:
    if not _UUID.fullmatch(text):
        raise CellError(f"`{text}` is no uuid", "such as `123e4567-e89b-42d3-a456-426614174000`")
    return uuid.UUID(text)


def _what(type_: Type | None) -> str:
    return "JSON" if type_ is None else type_.kind.value


def _a(type_: Type | None) -> str:
    return f"{_ARTICLE.get(type_.kind, 'a')} {type_}" if type_ else "JSON"


_READERS: dict[TypeKind, Callable[[str, Type, Moment], object]] = {
    TypeKind.BOOLEAN: _boolean,
    TypeKind.INTEGER: _integer,
    TypeKind.DECIMAL: lambda text, type_, _: read_decimal(text, type_.precision, type_.scale),
    TypeKind.FLOAT: lambda text, type_, _: read_float(text, single=type_.single),
    TypeKind.INSTANT: lambda text, type_, clock: _in_steps(read_instant(text, clock), text, type_),
    TypeKind.LOCAL_TIMESTAMP: lambda text, type_, clock: _in_steps(read_local(text, clock), text, type_),
    TypeKind.DATE: lambda text, _, clock: read_date(text, clock),
    TypeKind.TIME: lambda text, type_, clock: _in_steps(read_time(text, clock), text, type_),
    TypeKind.BYTES: _bytes,
    TypeKind.UUID: _uuid,
    TypeKind.ENUM: _enum,
    TypeKind.NULL: _no_null,
}
