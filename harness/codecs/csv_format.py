"""Records to one line of CSV and back, as Flink's `csv` has them: the columns in their order, no head."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

from harness.codecs.cell_error import CellError
from harness.codecs.json_format import DecodeError, decode_value, encode_value, wire
from harness.codecs.moments import write_sql_time, write_time_of_day
from harness.codecs.numbers import read_json_number, write_number
from harness.codecs.typed import typed
from harness.codecs.types import NUMBERS, Type, TypeKind

_QUOTE = '"'
_ITEMS = ";"
_BOOLEANS = {"true": True, "false": False}
_ENDS = ("", "\n", "\r\n", "\r")
_ALWAYS = 'a line of csv has every column: write `null`, `""` or a value'
_NO_NULL = "say how the job's csv writes it, as in `null_literal: NULL`"


class CsvCodec:
    """Encodes and decodes the lines of one place."""

    def __init__(
        self, types: Mapping[str, Type], delimiter: str = ",", null_literal: str | None = None
    ) -> None:
        self._types = types
        self._delimiter = delimiter
        self._null = null_literal

    def encode(self, record: Mapping[str, object]) -> bytes:
        """The line of a record.

        Raises:
            CellError: A column is absent, or csv cannot say its value.
        """
        cells = []
        for name, type_ in self._types.items():
            if name not in record:
                raise CellError(f"`{name}` is absent", _ALWAYS)
            cells.append(self._cell(name, wire(record[name], type_)))
        return self._delimiter.join(cells).encode()

    def decode(self, data: bytes) -> dict[str, object]:
        """The record of a line, typed.

        Raises:
            DecodeError: It is no line of csv, or has another number of columns.
        """
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise DecodeError("no UTF-8", error.start) from None
        cells = list(_split(text, self._delimiter))
        if len(cells) != len(self._types):
            columns = "1 column" if len(cells) == 1 else f"{len(cells)} columns"
            raise DecodeError(f"{columns}, and the place has {len(self._types)}")
        return {
            name: self._value(cell, type_)
            for cell, (name, type_) in zip(cells, self._types.items(), strict=True)
        }

    def _cell(self, name: str, value: object) -> str:
        if value is None:
            if self._null is None:
                raise CellError(f"`{name}` is null, and this csv has no null", _NO_NULL)
            return self._null
        text = _write(value)
        if text == self._null:
            raise CellError(f"`{name}` is the text {text!r}, which reads as null")
        if any(char in text for char in (self._delimiter, _QUOTE, "\n", "\r")) or text != text.strip():
            return _QUOTE + text.replace(_QUOTE, _QUOTE * 2) + _QUOTE
        return text

    def _value(self, text: str, type_: Type) -> object:
        if text == self._null or (not text and self._null is None and type_.kind is not TypeKind.TEXT):
            return None
        return read_value(text, type_)


def _write(value: object) -> str:  # noqa: PLR0911  (one line per type)
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | Decimal():
            return write_number(value)
        case datetime():
            return write_sql_time(value)
        case time():
            return write_time_of_day(value)
        case date() | UUID():
            return str(value)
        case bytes():
            return base64.b64encode(value).decode()
        case list():
            # Flink has no escape for items: one that holds the separator would be two.
            items = ["" if item is None else _write(item) for item in value]
            bad = next((item for item in items if _ITEMS in item), None)
            if bad is not None:
                raise CellError(f"the item {bad!r} holds `{_ITEMS}`, which separates items in csv")
            return _ITEMS.join(items)
        case float():
            return encode_value(value).decode().strip(_QUOTE)  # NaN and infinity are text in JSON
        case _:
            raise CellError("a line of csv has no nested fields")


def read_value(text: str, type_: Type) -> object:
    """What a cell without its quotes holds, or the text itself where it is none of the type."""
    kind = type_.kind
    if type_.encoding is not None and not type_.as_text:
        number = read_json_number(text)
        return typed(text if number is None else number, type_)
    if kind in NUMBERS:
        number = read_json_number(text)
        return typed(text if number is None else number, type_)
    if kind is TypeKind.BOOLEAN:
        return _BOOLEANS.get(text, text)
    if kind is TypeKind.ARRAY:
        return (
            [read_value(item, type_.of) if type_.of else item for item in text.split(_ITEMS)] if text else []
        )
    if kind is TypeKind.JSON:
        try:
            return decode_value(text)
        except DecodeError:
            return text
    return typed(text, type_)


def _split(text: str, delimiter: str) -> Iterator[str]:
    """The cells of the one line that a text is."""
    at = 0
    while True:
        cell, at = _quoted(text, at, delimiter) if text.startswith(_QUOTE, at) else _bare(text, at, delimiter)
        yield cell
        if not text.startswith(delimiter, at):
            break
        at += len(delimiter)
    if text[at:] not in _ENDS:
        raise DecodeError("more than one line", at)


def _bare(text: str, at: int, delimiter: str) -> tuple[str, int]:
    ends = [end for stop in (delimiter, "\n", "\r") if (end := text.find(stop, at)) >= 0]
    end = min(ends, default=len(text))
    return text[at:end], end


def _quoted(text: str, start: int, delimiter: str) -> tuple[str, int]:
    cell, at = "", start + 1
    while (end := text.find(_QUOTE, at)) >= 0:
        cell += text[at:end]
        at = end + 1
        if not text.startswith(_QUOTE, at):
            if not text.startswith(delimiter, at) and text[at : at + 1] not in ("", "\n", "\r"):
                raise DecodeError("text behind a closing quote", at)
            return cell, at
        cell += _QUOTE
        at += 1
    raise DecodeError("a quote that is not closed", start)
