"""What a person sees in a cell of a spreadsheet: names of columns, number formats, days and times."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

GENERAL = "General"
BUILT_IN = {
    "0": GENERAL,
    "1": "0",
    "2": "0.00",
    "3": "#,##0",
    "4": "#,##0.00",
    "9": "0%",
    "10": "0.00%",
    "11": "0.00E+00",
    "12": "# ?/?",
    "13": "# ??/??",
    "14": "m/d/yyyy",
    **dict.fromkeys(("15", "16", "17"), "d-mmm-yy"),
    **dict.fromkeys(("18", "19", "20", "21"), "h:mm:ss"),
    "22": "m/d/yyyy h:mm",
    **dict.fromkeys((str(number) for number in (*range(27, 32), 36, *range(50, 59))), "yyyy/m/d"),
    **dict.fromkeys(("32", "33", "34", "35"), "h:mm:ss"),
    **dict.fromkeys(("37", "38"), "#,##0"),
    **dict.fromkeys(("39", "40"), "#,##0.00"),
    **dict.fromkeys(("45", "47"), "mm:ss"),
    "46": "[h]:mm:ss",
    "48": "##0.0E+0",
    "49": "@",
}
"""The number formats that every workbook has, by their number."""

EXACT_DIGITS = 15
"""Digits of a number that a spreadsheet keeps; what is behind them is gone."""
PLAIN_DIGITS = 11
"""Digits of a whole number up to which a cell without a format shows all of them."""

_NO_PICTURE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]')
_FIXED = re.compile(r"(0+)(?:\.(0+))?(?:_.|\s)*")
_GROUPED = re.compile(r"#,##0(?:\.(0+))?(?:_.|\s)*")
_MILLISECONDS_OF_A_DAY = 24 * 60 * 60 * 1000
_FALSE_LEAP_DAY = 60


def column_number(letters: str) -> int:
    """The number of a column, counted from 1: `A` is 1, `AA` is 27.

    Raises:
        ValueError: They are no column.
    """
    number = 0
    for letter in letters:
        digit = ord(letter) - ord("A") + 1
        if not 1 <= digit <= 26:
            raise ValueError(f"`{letters}` is no column")
        number = number * 26 + digit
    if not 1 <= number <= 16_384:
        raise ValueError(f"`{letters}` is no column")
    return number


def column_letters(number: int) -> str:
    """The letters of a column, counted from 1."""
    letters = ""
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


@dataclass(frozen=True, slots=True)
class Picture:
    """What a number format makes of a number.

    Attributes:
        day: It shows a day.
        clock: It shows a time of day.
        digits: Digits before the point, filled with zeros; None where no fixed number of them is shown.
        decimals: Digits behind the point; None where the format is not so simple.
    """

    day: bool = False
    clock: bool = False
    digits: int | None = None
    decimals: int | None = None


@lru_cache(maxsize=1024)
def picture(code: str) -> Picture:
    """What the format shows; only its part for positive numbers counts."""
    first = code.split(";", maxsplit=1)[0]
    fixed, grouped = _FIXED.fullmatch(first.strip()), _GROUPED.fullmatch(first.strip())
    if fixed:
        return Picture(digits=len(fixed[1]), decimals=len(fixed[2] or ""))
    if grouped:
        return Picture(decimals=len(grouped[1] or ""))
    if first.lower() in (GENERAL.lower(), "@"):
        return Picture()
    bare = _NO_PICTURE.sub("", first).lower()
    day, clock = re.search("[dy]", bare) is not None, re.search("[hs]", bare) is not None
    if not (day or clock) and "m" in bare:
        day = True
    return Picture(day=day, clock=clock)


def number(text: str) -> Decimal:
    """The number that is stored, as far as a spreadsheet shows it: 15 digits.

    Raises:
        ValueError: It is none.
    """
    try:
        value = Decimal(text.strip())
    except ArithmeticError:
        raise ValueError(f"`{text}` is no number") from None
    if not value.is_finite():
        raise ValueError(f"`{text}` is no number")
    _, digits, exponent = value.as_tuple()
    if len(digits) > EXACT_DIGITS:
        # What is stored is binary: 12.3 may be there as 12.300000000000001.
        step = Decimal((0, (1,), int(exponent) + len(digits) - EXACT_DIGITS))
        value = value.quantize(step).normalize()
    return value


def plain(value: Decimal) -> str:
    """All digits, without an exponent."""
    return format(value.normalize(), "f") if value else "0"


def padded(value: Decimal, shown: Picture) -> str:
    """The digits with the zeros that the format shows, or as they are where it would hide some."""
    text = plain(value)
    before, _, behind = text.partition(".")
    if shown.decimals is None or len(behind) > shown.decimals:
        return text
    sign, before = ("-", before[1:]) if before.startswith("-") else ("", before)
    behind = behind.ljust(shown.decimals, "0")
    return f"{sign}{before.zfill(shown.digits or 1)}{'.' if behind else ''}{behind}"


def moment(value: Decimal, *, from_1904: bool) -> datetime:
    """The local time that the number of a day is.

    Raises:
        ValueError: It is none: negative, or the 29th of February 1900, which was never there.
    """
    milliseconds = int((value * _MILLISECONDS_OF_A_DAY).to_integral_value())
    days, rest = divmod(milliseconds, _MILLISECONDS_OF_A_DAY)
    if from_1904:
        first = datetime(1904, 1, 1)  # noqa: DTZ001  (a spreadsheet knows no zones)
    elif days == _FALSE_LEAP_DAY or days < 0:
        raise ValueError(f"`{plain(value)}` is no day")
    else:
        # Day 1 is the 1st of January 1900, and the year has a 29th of February that was none.
        first = datetime(1899, 12, 30 if days > _FALSE_LEAP_DAY else 31)  # noqa: DTZ001
    try:
        return first + timedelta(days=days, milliseconds=rest)
    except OverflowError:
        raise ValueError(f"`{plain(value)}` is no day") from None


def iso(value: datetime | date | time) -> str:
    """ISO, with milliseconds only where there are some."""
    if isinstance(value, datetime | time):
        return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    return value.isoformat()
