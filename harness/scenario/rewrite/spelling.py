"""A typed value as a person would write it, such that reading it by its type gives exactly the value.

Several spellings are tried, the likeliest first. Each is read back the way its file is read, so that one
which means something else is never written.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Protocol
from uuid import UUID

from harness.codecs.cell_error import CellError
from harness.codecs.cells import looks_like_null, read_cell
from harness.codecs.encodings import encode_time
from harness.codecs.json_cells import json_cell
from harness.codecs.moments import Moment, write_time, write_time_of_day
from harness.codecs.numbers import write_number
from harness.codecs.types import TimeEncoding, Type, TypeKind
from harness.location import Location
from harness.rows import Cell, Word

_RELATIVE = re.compile(r"T(?:[+-]\w+)?")
_OFFSET = re.compile(r"\d[T ]\d\d:\d\d\S*?([+-])(\d\d):?(\d\d)?")
_UNITS = (
    ("d", timedelta(days=1)),
    ("h", timedelta(hours=1)),
    ("m", timedelta(minutes=1)),
    ("s", timedelta(seconds=1)),
    ("ms", timedelta(milliseconds=1)),
)
_NOWHERE = Location(Path())
_NEAR = timedelta(days=1)
"""How far from T a time may be and still read better as `T+5s`, where no other row says how."""


class Held(Enum):
    """Stands within a list or a record for a value that an old cell matches, so that the matcher stays."""

    HELD = "held"


class Form(Protocol):
    """What a value is written into: a table, a list, a file of some format."""

    @property
    def what(self) -> str:
        """Its name, as in "no text in a table"."""

    @property
    def quotes_text(self) -> bool:
        """Whether text is usually written in quotes there."""

    @property
    def nested_in_json(self) -> bool:
        """Whether a list or a record is written there as JSON."""

    def write(self, cell: Cell) -> str | None:
        """The cell as it stands in the file, or None if it cannot."""

    def read(self, text: str) -> Cell | None:
        """What such a text is read as, or None if it is refused."""


class Unspellable(ValueError):
    """No text of a file reads as the value."""


def spell(
    value: object, type_: Type | None, clock: Moment, form: Form, like: Cell | None, *, moving: bool = False
) -> str:
    """The text of a value.

    Args:
        value: The value, of the field's type.
        type_: The type of the field, or None where nobody knows it.
        clock: What `T` means.
        form: What it is written into.
        like: A cell whose style is kept: the old one, or another one of its column.
        moving: `T` is another time in each run, so that times are only written as distances from it.

    Raises:
        Unspellable: No text reads as this value there.
    """
    for cell in _candidates(value, type_, _Style(clock, like, moving, form.quotes_text), form):
        text = form.write(cell)
        if text is not None and _reads(form.read(text), type_, clock, value):
            return text
    raise Unspellable(f"no text in {form.what} reads as this value")


def same(one: object, other: object) -> bool:
    """Whether two values are the same, by type and not only by what Python finds equal."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float | Decimal) and isinstance(other, int | float | Decimal):
        return one == other or (one != one and other != other)  # noqa: PLR0124  (how NaN is known)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(item, other[name]) for name, item in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, datetime) and isinstance(other, datetime) and bool(one.tzinfo) != bool(other.tzinfo):
        return False
    return type(one) is type(other) and one == other


class _Style:
    """What the likeliest spelling depends on beside the value."""

    def __init__(self, clock: Moment, like: Cell | None, moving: bool, quoted: bool) -> None:  # noqa: FBT001
        self.clock, self.moving = clock, moving
        self.like = like if like is not None and not like.is_matcher and not like.is_null else None
        self.text = "" if self.like is None or self.like.items is not None else self.like.text
        self.quoted = quoted or (self.like is not None and self.like.quoted and self.like.word is None)

    def inner(self, like: Cell | None, *, quoted: bool) -> _Style:
        """The style of what is nested."""
        return _Style(self.clock, like, self.moving, quoted)


def _reads(cell: Cell | None, type_: Type | None, clock: Moment, value: object) -> bool:
    if cell is None or value is Held.HELD or cell.is_matcher:
        return cell is not None and value is Held.HELD and cell.is_matcher
    try:
        if _holds(value):
            return any(_reads_in_parts(cell, branch, clock, value) for branch in _branches(type_))
        return same(read_cell(cell, type_, clock), _plain(value))
    except CellError:
        return False


def _reads_in_parts(cell: Cell, type_: Type | None, clock: Moment, value: object) -> bool:
    """Whether what is nested reads as it should, or is a matcher where one was held."""
    items = _items(cell)
    inner, others = _inner_types(type_)
    if isinstance(value, Mapping) and isinstance(items, Mapping):
        return items.keys() == value.keys() and all(
            _reads(items[name], inner.get(name, others), clock, item) for name, item in value.items()
        )
    if isinstance(value, list | tuple) and isinstance(items, tuple) and len(items) == len(value):
        return all(_reads(one, others, clock, item) for one, item in zip(items, value, strict=True))
    return False


def _holds(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds, value.values()))
    return any(map(_holds, value)) if isinstance(value, list | tuple) else value is Held.HELD


def _items(cell: Cell | None) -> tuple[Cell, ...] | Mapping[str, Cell] | None:
    """What is nested in a cell, be it written out or as JSON."""
    if cell is None or cell.items is not None or cell.text[:1] not in ("[", "{"):
        return cell.items if cell is not None else None
    with suppress(CellError):
        return json_cell(cell.text, cell.location).items
    return None


def _branches(type_: Type | None) -> tuple[Type | None, ...]:
    type_ = type_.resolved() if type_ is not None else None
    return type_.choices if type_ is not None and type_.kind is TypeKind.UNION else (type_,)


def _inner_types(type_: Type | None) -> tuple[dict[str, Type], Type | None]:
    """The types of the fields of a record, and that of other fields or of items."""
    type_ = type_.resolved() if type_ is not None else None
    return (dict(type_.fields), type_.of) if type_ is not None else ({}, None)


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, bytearray | memoryview) else value


def _cell(
    text: str,
    *,
    quoted: bool = False,
    word: Word | None = None,
    items: tuple[Cell, ...] | Mapping[str, Cell] | None = None,
) -> Cell:
    return Cell(text, _NOWHERE, quoted, word, items)


def _candidates(value: object, type_: Type | None, style: _Style, form: Form) -> Iterator[Cell]:
    if isinstance(value, str):
        yield from _texts(value, style)
    elif isinstance(value, bytes | bytearray | memoryview):
        yield from _bytes(bytes(value), style)
    elif isinstance(value, Mapping | list | tuple):
        yield from _nested(value, type_, style, form)
    else:
        for branch in _branches(type_):
            yield from (_cell(text) for text in _scalars(value, branch, style) if text is not None)


def _texts(value: str, style: _Style) -> Iterator[Cell]:
    plain, quoted = _cell(value), _cell(value, quoted=True)
    yield from (quoted, plain) if style.quoted or looks_like_null(plain) else (plain, quoted)
    yield _cell(value, word=Word.TEXT)


def _bytes(value: bytes, style: _Style) -> Iterator[Cell]:
    if not value:
        yield _cell("\\x")  # `<hex>` alone says nothing
    elif style.like is not None and style.like.word is Word.BASE64:
        yield _cell(base64.b64encode(value).decode(), word=Word.BASE64)
    elif style.text.startswith("\\x"):
        yield _cell(f"\\x{value.hex()}")
    yield _cell(value.hex(), word=Word.HEX)


def _scalars(value: object, type_: Type | None, style: _Style) -> Iterator[str | None]:
    match value:
        case None:
            yield "null"
        case bool():
            yield "true" if value else "false"
        case int():
            yield str(value)
        case Decimal():
            yield from _decimals(value, style)
        case float():
            yield from _floats(value, style)
        case datetime():
            yield from _datetimes(value, type_, style)
        case date():
            midnight = datetime(value.year, value.month, value.day, tzinfo=UTC)
            yield from _ordered(_relative(midnight, style.clock), value.isoformat(), style)
        case time():
            yield write_time_of_day(value)
        case UUID():
            yield str(value).upper() if style.text.isupper() else str(value)
        case _:
            return


def _decimals(value: Decimal, style: _Style) -> Iterator[str]:
    text = write_number(value)
    digits = style.text.rpartition(".")[2] if style.text.count(".") == 1 else ""
    here = text.partition(".")[2]
    if digits.isdigit() and text.lstrip("-").replace(".", "").isdigit() and len(here) < len(digits):
        yield (text if "." in text else f"{text}.") + "0" * (len(digits) - len(here))
    yield text


def _floats(value: float, style: _Style) -> Iterator[str]:
    if math.isfinite(value):
        if value.is_integer() and abs(value) < 2**53 and style.text.lstrip("-").isdigit():
            yield str(int(value))
        yield repr(value)
        yield format(Decimal(value), "f")
    else:
        yield "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _datetimes(value: datetime, type_: Type | None, style: _Style) -> Iterator[str | None]:
    instant = value if value.tzinfo else value.replace(tzinfo=UTC)
    encoding = type_.encoding if type_ is not None else None
    counted = (TimeEncoding.EPOCH_S, TimeEncoding.EPOCH_MS, TimeEncoding.EPOCH_US)
    if type_ is not None and encoding in counted and style.text.lstrip("-").isdigit() and not style.moving:
        with suppress(CellError):
            yield str(encode_time(instant, type_))
    near = abs(instant - style.clock.instant) <= _NEAR
    yield from _ordered(_relative(instant, style.clock), _iso(value, style.text), style, near=near)
    yield write_time(value) if not style.moving else None


def _ordered(relative: str | None, iso: str, style: _Style, *, near: bool = False) -> Iterator[str | None]:
    """A distance from T or a date, whichever is the likelier first."""
    if style.moving:
        yield relative
        return
    if (near and style.like is None) or _RELATIVE.fullmatch(style.text):
        yield relative
    yield iso
    yield relative


def _iso(value: datetime, like: str) -> str:
    offset = _OFFSET.search(like)
    text = write_time(value)
    if offset is not None and value.tzinfo is not None:
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        zone = timezone(-span if offset[1] == "-" else span)
        local = value.astimezone(zone)
        text = f"{write_time(local.replace(tzinfo=None))}{local.isoformat()[-6:]}"
    return text.replace("T", " ") if like[10:11] == " " else text


def _relative(value: datetime, clock: Moment) -> str | None:
    """The distance from T, or None if it cannot be said."""
    span = value - clock.instant
    sign, left = ("-", -span) if span < timedelta() else ("+", span)
    if left % timedelta(milliseconds=1):
        return None
    text = ""
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        text += f"{count}{unit}" if count else ""
    return f"T{sign}{text}" if text else "T"


def _nested(value: object, type_: Type | None, style: _Style, form: Form) -> Iterator[Cell]:
    for branch in _branches(type_):
        cell = _nested_cell(value, branch, style, form)
        if cell is not None:
            yield cell


def _nested_cell(value: object, type_: Type | None, style: _Style, form: Form) -> Cell | None:
    like = _items(style.like)
    inner, others = _inner_types(type_)
    if isinstance(value, Mapping):
        old = like if isinstance(like, Mapping) else {}
        record = {}
        for name, item in value.items():
            cell = _part(item, inner.get(name, others), old.get(name), style, form)
            if cell is None:
                return None
            record[str(name)] = cell
        return _cell("", items=record)
    assert isinstance(value, list | tuple)
    before = like if isinstance(like, tuple) else ()
    found = []
    for number, item in enumerate(value):
        kept = before[min(number, len(before) - 1)] if before else None
        cell = _part(item, others, kept, style, form)
        if cell is None:
            return None
        found.append(cell)
    return _cell("", items=tuple(found))


def _part(value: object, type_: Type | None, old: Cell | None, style: _Style, form: Form) -> Cell | None:
    if value is Held.HELD:
        return old
    return _first(value, type_, style.inner(old, quoted=form.nested_in_json), form)


def _first(value: object, type_: Type | None, style: _Style, form: Form) -> Cell | None:
    """The likeliest cell that reads as the value, before it is written."""
    for cell in _candidates(value, type_, style, form):
        if cell.text[:1] == "<" and cell.word is None and cell.items is None:
            continue  # would be taken for a word of ours
        if _reads(cell, type_, style.clock, value):
            return cell
    return None
