"""Times as text in a pattern of Java's DateTimeFormatter, such as `dd/MM/yyyy HH:mm:ss`, both ways.

The letters mean what they mean there, in English; where Java would guess, a pattern is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache

from harness.codecs.cell_error import CellError
from harness.codecs.moments import read_instant, write_time, write_time_of_day

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CENTURY = 2000
_PAIR = re.compile(r"([YyuMLDdHhkmsSE])\1")
_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|([^A-Za-z'\[\]{}#]+)|(.)", re.DOTALL)
_ZONES = "XxZV"
_CLOCK = "HhkmsSna"
_HINTS = {
    "Y": "`Y` is the year of a week; the year is `yyyy`",
    "D": "`D` counts the days of a year; the day of a month is `dd`",
    "z": "names of zones mean several; `VV` is a zone such as Europe/Berlin, `XXX` an offset",
    "[": "optional parts can be read in two ways; declare one of them",
}
_KNOWN = "letters: y M d E H h a m s S X x Z VV; other text in '...'"


class PatternError(ValueError):
    """A pattern that cannot be used: a fact and the edit that mends it."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class _Part:
    """One piece of a pattern.

    Attributes:
        letter: The letter, or "" for text that stands for itself.
        count: How many of it.
        text: The text.
    """

    letter: str
    count: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class TimePattern:
    """A pattern that was understood.

    Attributes:
        text: As it was written.
        day: It has a day.
        clock: It has a time of day.
        zone: It says which offset its clock has.
    """

    text: str
    day: bool
    clock: bool
    zone: bool
    _parts: tuple[_Part, ...]
    _regex: re.Pattern[str]

    def read(self, text: str) -> datetime | date | time:
        """The value of a text: an instant in UTC where the pattern has a zone, else local.

        Raises:
            CellError: It is none of the pattern, or not in the calendar.
        """
        match = self._regex.fullmatch(text)
        if match is None:
            raise CellError(f"`{text}` is no time as `{self.text}`")
        found = {name: value for name, value in match.groupdict().items() if value is not None}
        try:
            clock = _clock(found)
            if not self.day:
                return clock
            day = _day(found)
            if "E" in found and not _DAYS[day.weekday()].startswith(found["E"].title()[:3]):
                raise CellError(f"`{text}` names a weekday that the day is not")
            if not self.clock:
                return day
            local = datetime.combine(day, clock)
            return self._instant(local, found) if self.zone else local
        except (ValueError, OverflowError) as error:
            if isinstance(error, CellError):
                raise
            raise CellError(f"`{text}` is not in the calendar") from None

    def write(self, value: datetime | date | time) -> str:
        """The text of a value, an instant by UTC's clock.

        Raises:
            CellError: The value is finer than the pattern; nothing is cut off.
        """
        whole = value
        if isinstance(value, time):
            value = datetime.combine(date(1970, 1, 1), value)
        elif not isinstance(value, datetime):
            value = datetime.combine(value, time())
        if value.tzinfo is not None:
            value = value.astimezone(UTC)
        text = "".join(
            part.text if not part.letter else _WRITERS[part.letter](value, part.count) for part in self._parts
        )
        if self._again(text) != value.replace(tzinfo=None):
            shown = write_time_of_day(whole) if isinstance(whole, time) else str(whole)
            if isinstance(whole, datetime):
                shown = write_time(whole)
            raise CellError(f"`{shown}` is finer than `{self.text}`, or outside of it")
        return text

    def _again(self, text: str) -> datetime:
        """What a written text says, so that nothing is lost unseen."""
        again = self.read(text)
        if isinstance(again, time):
            return datetime.combine(date(1970, 1, 1), again)
        if isinstance(again, datetime):
            return again.replace(tzinfo=None)
        return datetime.combine(again, time())

    @staticmethod
    def _instant(local: datetime, found: dict[str, str]) -> datetime:
        if "V" in found and found["V"] != "Z":
            return read_instant(f"{local.isoformat()}[{found['V']}]")
        text = next((found[letter] for letter in "XxZ" if letter in found), "Z")
        if text == "Z":
            return local.replace(tzinfo=UTC)
        digits = text[1:].replace(":", "")
        span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4] or 0))
        return local.replace(tzinfo=timezone(-span if text[0] == "-" else span)).astimezone(UTC)


def looks_like_pattern(text: str) -> bool:
    """Whether a text is meant as a pattern rather than as a word."""
    return _PAIR.search(text) is not None


@lru_cache(maxsize=256)
def read_pattern(text: str) -> TimePattern:
    """The pattern that a text is.

    Raises:
        PatternError: It is none that can be read and written without loss.
    """
    parts = tuple(_parts(text))
    letters = [part.letter for part in parts if part.letter]
    used = set(letters)
    for letter in used:
        if letters.count(letter) > 1:
            raise PatternError(f"`{text}` has `{letter}` in two places")
    day, clock = bool(used & set("yMdE")), bool(used & set(_CLOCK))
    if day and not {"y", "M", "d"} <= used:
        lacking = next(name for letter, name in _DAY_PARTS.items() if letter not in used)
        small = "m" in used and "M" not in used
        hint = "months are `MM`; `mm` are minutes" if small else "such as `dd/MM/yyyy HH:mm:ss`"
        raise PatternError(f"`{text}` says no {lacking}", hint)
    if clock and not used & set("Hhk"):
        raise PatternError(f"`{text}` says minutes or seconds, but no hour", "hours are `HH`")
    if "h" in used and "a" not in used:
        raise PatternError(
            f"`{text}` says hours up to 12, and not which half of the day", "write `HH`, or add `a`"
        )
    if not day and not clock:
        raise PatternError(f"`{text}` is no pattern of a time", "such as `dd/MM/yyyy HH:mm:ss`")
    zone = bool(used & set(_ZONES)) or (parts[-1].text == "Z" and day and clock)
    regex = re.compile("".join(_regex(part) for part in parts), re.ASCII)
    return TimePattern(text, day, clock, zone, parts, regex)


_DAY_PARTS = {"y": "year", "M": "month", "d": "day"}


def _parts(text: str) -> Iterator[_Part]:
    for match in _TOKEN.finditer(text):
        quoted, letter, plain, odd = match.groups()
        if odd is not None:
            raise PatternError(f"`{odd}` cannot stand in a pattern of a time", _HINTS.get(odd, _KNOWN))
        if letter is None:
            written = plain if quoted is None else quoted.replace("''", "'") or "'"
            yield _Part("", text=written)
            continue
        letter = {"u": "y", "L": "M"}.get(letter, letter)
        count = len(match[0])
        if letter not in _WRITERS or count > _MOST.get(letter, 2) or (letter == "V" and count != 2):
            shown = match[0]
            raise PatternError(f"`{shown}` of `{text}` is no part of a time", _HINTS.get(letter, _KNOWN))
        if letter == "y" and count in (1, 3):
            count = 4
        yield _Part(letter, count)


def _regex(part: _Part) -> str:
    letter, count = part.letter, part.count
    if not letter:
        return re.escape(part.text)
    if letter == "M" and count > 2:
        names = _MONTHS if count == 4 else tuple(name[:3] for name in _MONTHS)
        return f"(?P<M>{'|'.join(names)})"
    forms = {
        "E": "|".join(_DAYS if count == 4 else (name[:3] for name in _DAYS)),
        "a": "AM|PM|am|pm",
        "S": rf"\d{{{count}}}",
        "X": _offset(count, zero="Z|"),
        "x": _offset(count, zero=""),
        "Z": r"[+-]\d\d\d\d",
        "V": r"[A-Za-z][\w+/-]*",
        "y": r"\d\d" if count == 2 else r"\d{4}",
    }
    digits = r"\d{1,2}" if count == 1 else r"\d\d"
    return f"(?P<{letter}>{forms.get(letter, digits)})"


def _offset(count: int, *, zero: str) -> str:
    digits = {1: r"[+-]\d\d(?:\d\d)?", 2: r"[+-]\d\d\d\d", 3: r"[+-]\d\d:\d\d"}[min(count, 3)]
    return zero + digits


def _clock(found: dict[str, str]) -> time:
    hour = int(found.get("H") or int(found.get("k", "0")) % 24)
    if "h" in found:
        half = int(found["h"])
        if not 1 <= half <= 12:
            raise ValueError("no hour of half a day")
        hour = half % 12 + (12 if found["a"].upper() == "PM" else 0)
    fraction = found.get("S", "")
    if fraction[6:].strip("0"):
        raise CellError(f"`.{fraction}` is more precise than a microsecond")
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    return time(hour, int(found.get("m", 0)), int(found.get("s", 0)), micros)


def _day(found: dict[str, str]) -> date:
    year, month = int(found["y"]), found["M"]
    if len(found["y"]) == 2:
        year += _CENTURY
    if month.isdigit():
        number = int(month)
    else:
        number = next(at for at, name in enumerate(_MONTHS, start=1) if name.startswith(month[:3]))
    return date(year, number, int(found["d"]))


def _digits(pick: Callable[[datetime], int]) -> Callable[[datetime, int], str]:
    return lambda value, count: str(pick(value)).zfill(count)


def _year(value: datetime, count: int) -> str:
    return f"{value.year % 100:02d}" if count == 2 else f"{value.year:04d}"


def _month(value: datetime, count: int) -> str:
    name = _MONTHS[value.month - 1]
    return str(value.month).zfill(count) if count < 3 else name[:3] if count == 3 else name


def _weekday(value: datetime, count: int) -> str:
    name = _DAYS[value.weekday()]
    return name if count == 4 else name[:3]


_WRITERS: dict[str, Callable[[datetime, int], str]] = {
    "y": _year,
    "M": _month,
    "d": _digits(lambda value: value.day),
    "E": _weekday,
    "H": _digits(lambda value: value.hour),
    "k": _digits(lambda value: value.hour or 24),
    "h": _digits(lambda value: value.hour % 12 or 12),
    "a": lambda value, _: "PM" if value.hour >= 12 else "AM",
    "m": _digits(lambda value: value.minute),
    "s": _digits(lambda value: value.second),
    "S": lambda value, count: f"{value.microsecond:06d}".ljust(9, "0")[:count],
    "X": lambda _, __: "Z",
    "x": lambda _, count: {1: "+00", 2: "+0000", 3: "+00:00"}[count],
    "Z": lambda _, __: "+0000",
    "V": lambda _, __: "UTC",
}
_MOST = {"y": 4, "M": 4, "E": 4, "S": 9, "a": 1, "X": 3, "x": 3, "Z": 3}
