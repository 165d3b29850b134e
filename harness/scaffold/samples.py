"""Rows for a first scenario: made up by type, so that no record of a real topic gets into a file."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from harness.codecs.moments import Moment
from harness.codecs.types import Type, TypeKind
from harness.scaffold.found import FoundPlace
from harness.scenario.rewrite.forms import TableForm
from harness.scenario.rewrite.spelling import Unspellable, spell
from harness.scenario.rows.columns import from_quoted
from harness.scenario.rows.table_text import TableText, escape, written

CLOCK = Moment(datetime(2026, 1, 1, tzinfo=UTC))
ROWS = 2
_DEEP = 3


def table_of(place: FoundPlace, indent: str) -> str | None:
    """A table with some rows of a place, or None where nobody knows its fields."""
    if place.format == "raw":
        return _table(["$value"], [[f"text {number}"] for number in range(1, ROWS + 1)], indent)
    columns = [name for name in place.types if not name.startswith("$")]
    cells = {name: [_cell(place.types[name], name, number) for number in range(ROWS)] for name in columns}
    usable = [name for name in columns if None not in cells[name]]
    if not usable:
        return None
    first = [name for name in usable if name in (*place.key, place.event_time)]
    names = [*first, *(name for name in usable if name not in first)]
    rows = [[str(cells[name][number]) for name in names] for number in range(ROWS)]
    heads = [name if name in place.columns else from_quoted(name) for name in names]
    return _table(heads, rows, indent)


def _table(heads: list[str], rows: list[list[str]], indent: str) -> str:
    lines = [written([escape(head) for head in heads], indent), *(written(row, indent) for row in rows)]
    return "".join(f"{line.text}\n" for line in TableText.from_lines(lines).aligned().lines)


def _cell(type_: Type, name: str, number: int) -> str | None:
    try:
        return spell(_value(type_, name, number, 0), type_, CLOCK, TableForm(), None)
    except Unspellable:
        return None


def _value(type_: Type, name: str, number: int, depth: int) -> object:  # noqa: C901, PLR0911, PLR0912  (one per type)
    type_ = type_.resolved()
    if depth > _DEEP and type_.nullable:
        return None
    moment = CLOCK.instant + number * timedelta(seconds=1)
    match type_.kind:
        case TypeKind.TEXT:
            return f"{name.rpartition('.')[2].strip(chr(34))[:1] or 'a'}{number + 1}"
        case TypeKind.BOOLEAN:
            return True
        case TypeKind.INTEGER:
            return number + 1
        case TypeKind.DECIMAL:
            whole = 0 if type_.precision is not None and type_.precision == type_.scale else number + 1
            return Decimal(f"{whole}.{'0' * (type_.scale or 0)}")
        case TypeKind.FLOAT:
            return number + 1.5
        case TypeKind.INSTANT:
            return moment
        case TypeKind.LOCAL_TIMESTAMP:
            return moment.replace(tzinfo=None)
        case TypeKind.DATE:
            return moment.date()
        case TypeKind.TIME:
            return time(12, 0, number)
        case TypeKind.BYTES:
            return bytes([number] * (type_.size or 1))
        case TypeKind.UUID:
            return uuid.UUID(int=number + 1)
        case TypeKind.ENUM:
            return type_.symbols[0]
        case TypeKind.ARRAY:
            return [_value(type_.of, name, number, depth + 1)] if type_.of else []
        case TypeKind.MAP:
            return {"k": _value(type_.of, "k", number, depth + 1)} if type_.of else {}
        case TypeKind.RECORD:
            return {n: _value(t, n, number, depth + 1) for n, t in _needed(type_).items()}
        case TypeKind.UNION:
            return _value(type_.branches[0], name, number, depth)
        case _:
            return None if type_.kind is TypeKind.NULL else number + 1


def _needed(type_: Type) -> Mapping[str, Type]:
    return dict(type_.fields)
