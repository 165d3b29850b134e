"""Values of files that machines wrote, as cells that their field's type reads back exactly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

from harness.codecs.moments import write_time, write_time_of_day
from harness.codecs.numbers import write_number
from harness.location import Location
from harness.rows import Cell, Word


def cell_of(value: object, where: Location) -> Cell:  # noqa: PLR0911  (one form each)
    """The cell of a value: text is text whatever it looks like, so `<any>` matches nothing here.

    Raises:
        ValueError: A value of a kind that no cell can be; the message is the fact.
    """
    match value:
        case None:
            return Cell("null", where)
        case str():
            return Cell(value, where, quoted=True)
        case bool():
            return Cell("true" if value else "false", where)
        case int() | Decimal():
            return Cell(write_number(value), where)
        case float():
            return Cell(_float(value), where)
        case datetime():
            return Cell(write_time(value), where)
        case date() | UUID():
            return Cell(str(value), where)
        case time():
            return Cell(write_time_of_day(value), where)
        case bytes() | bytearray() | memoryview():
            return Cell(bytes(value).hex(), where, quoted=True, word=Word.HEX)
        case Mapping():
            return Cell("", where, items={_name(name): cell_of(item, where) for name, item in value.items()})
        case list() | tuple():
            return Cell("", where, items=tuple(cell_of(item, where) for item in value))
        case _:
            raise ValueError(f"a value of the kind {type(value).__name__}, which no field can hold")


def _float(value: float) -> str:
    names = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    text = repr(value)
    return names.get(text, text)


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise ValueError(f"a map whose keys are of the kind {type(name).__name__}, and they must be text")  # noqa: TRY004
    return name
