"""Values that a spreadsheet changed on the way: a number cut short, a day turned round."""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.codecs.types import TIMES, TimeEncoding, Type, TypeKind
from harness.rows import Cell
from harness.scenario.problems import Problems

_SHORTENED = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?E\+[0-9]{2,3}")
_DAY = re.compile(r"([0-9]{1,2})[./]([0-9]{1,2})[./]([0-9]{4}|[0-9]{2})(?:\s.*)?")
_CUT = re.compile(r"E\+")
_CUT_OR_DAY = re.compile(r"E\+|\A[0-9]{1,2}[./]")
_FIRST = frozenset("+-0123456789")
_NUMBERS = frozenset({TypeKind.FLOAT, TypeKind.DECIMAL})


def look(type_: Type | None) -> Callable[[str], object]:
    """Tells of a text in a column of that type whether it is worth a `check`; nearly none is."""
    return (_CUT_OR_DAY if _is_time(type_) else _CUT).search


def _is_time(type_: Type | None) -> bool:
    return type_ is not None and type_.resolved().kind in TIMES and type_.encoding is not TimeEncoding.PATTERN


def check(cell: Cell, type_: Type | None, problems: Problems) -> None:
    """Note what a spreadsheet made of a value, where the type of the column shows that it did."""
    text = cell.text
    if text[:1] not in _FIRST or cell.quoted or cell.word is not None:
        return
    kind = None if type_ is None else type_.resolved().kind
    if "E+" in text and kind not in _NUMBERS and _SHORTENED.fullmatch(text):
        problems.add(
            cell.location,
            f"`{text}` is a number that a spreadsheet has cut short",
            f'format its column as text and type the value again; if it is meant, write `"{text}"`',
        )
    elif _is_time(type_):
        day = _DAY.fullmatch(text)
        if day is not None:
            year = day[3] if len(day[3]) == 4 else f"20{day[3]}"
            readings = dict.fromkeys(
                f"`{year}-{int(month):02d}-{int(number):02d}`"
                for number, month in ((day[1], day[2]), (day[2], day[1]))
                if 1 <= int(month) <= 12 and 1 <= int(number) <= 31
            )
            hint = f"write {' or '.join(readings)}" if readings else "write it as year-month-day"
            problems.add(cell.location, f"`{text}` is a day as a spreadsheet shows it", hint)
