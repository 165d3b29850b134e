"""Times as text: `T+1m30s`, ISO with an offset or a zone, local times, dates, times of day, durations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from harness.codecs.cell_error import CellError
from harness.errors import nearest

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_PART = re.compile(r"([0-9]{1,15})(ms|s|m|h|d)")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")
_RELATIVE = re.compile(r"T(?:([+-])(.*))?", re.DOTALL)
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?)?"
    r"(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
    r"(?:\[([^\[\]]+)\])?"
)
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_CLOCK_TIME = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?")
_MICRO_DIGITS = 6
_PLAIN_LENGTHS = (19, 23, 26)
"""Of `2026-03-01T12:00:00`, and with thousandths or millionths of a second."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What `T` means in a scenario."""

    instant: datetime

    @classmethod
    def from_text(cls, text: str) -> Moment:
        """The moment of a scenario's `T:`, an ISO instant with an offset.

        Raises:
            CellError: if it is none.
        """
        return cls(_instant(text))

    def shifted(self, text: str) -> datetime | None:
        """The instant that `T`, `T+1m30s` or `T-2d` means; None if the text is nothing of that form.

        Raises:
            CellError: if it begins like one and is none, or leaves the calendar.
        """
        match = _RELATIVE.fullmatch(text)
        if match is None:
            return None
        try:
            span = read_duration(match[2]) if match[1] else timedelta()
            return self.instant.astimezone(UTC) + (-span if match[1] == "-" else span)
        except OverflowError:
            raise CellError(f"`{text}` is outside the years 1 to 9999") from None
        except CellError as error:
            raise CellError(f"`{text}` is no time", error.hint) from None


def read_duration(text: str) -> timedelta:
    """A span such as `1m30s`, `500ms` or `2d`.

    Raises:
        CellError: if it is none.
    """
    if not _DURATION.fullmatch(text):
        raise CellError(f"`{text}` is no duration", "whole numbers with ms, s, m, h or d, such as `1m30s`")
    try:
        return sum((int(n) * _UNITS[unit] for n, unit in _PART.findall(text)), timedelta())
    except OverflowError:
        raise CellError(f"`{text}` is too long for a duration") from None


def read_instant(text: str, clock: Moment | None = None) -> datetime:
    """An instant in UTC: `T...` (where a clock is given), or ISO with an offset or a zone.

    Raises:
        CellError: if it is none.
    """
    shifted = clock.shifted(text) if clock else None
    if shifted is not None:
        return shifted
    return (_plain(text[:-1], UTC) if text[-1:] == "Z" else None) or _instant(text)


def read_local(text: str, clock: Moment | None = None) -> datetime:
    """A local time without an offset; `T` is UTC's clock.

    Raises:
        CellError: if it is none.
    """
    shifted = clock.shifted(text) if clock else None
    if shifted is not None:
        return shifted.replace(tzinfo=None)
    plain = _plain(text, None)
    if plain is not None:
        return plain
    match = _ISO.fullmatch(text)
    if match is None or match[4] is None:
        raise _no_time(text, "local time", "2026-03-01T12:00:00")
    if match[8] or match[9]:
        bare = text[: match.start(8) if match[8] else match.start(9) - 1]
        raise CellError(f"`{text}` has an offset, and the field is a local time", f"write `{bare}`")
    return _local(match, text)


def read_date(text: str, clock: Moment | None = None) -> date:
    """A day; `T` is its day in UTC.

    Raises:
        CellError: if it is none.
    """
    shifted = clock.shifted(text) if clock else None
    if shifted is not None:
        return shifted.date()
    match = _DAY.fullmatch(text)
    if match is None:
        raise CellError(f"`{text}` is no date", "year-month-day, such as `2026-03-01`")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise CellError(f"`{text}` is not in the calendar") from None


def read_time(text: str, clock: Moment | None = None) -> time:
    """A time of day; `T` is its time in UTC.

    Raises:
        CellError: if it is none.
    """
    shifted = clock.shifted(text) if clock else None
    if shifted is not None:
        return shifted.time()
    match = _CLOCK_TIME.fullmatch(text)
    if match is None:
        raise CellError(f"`{text}` is no time of day", "such as `12:30:00`")
    try:
        return time(int(match[1]), int(match[2]), int(match[3] or 0), _micros(match[4], text))
    except ValueError as error:
        raise _out_of_range(text, error) from None


def _plain(text: str, zone: timezone | None) -> datetime | None:
    """The time as nearly every program writes it, to the second or finer; None: it is to be looked at."""
    if len(text) not in _PLAIN_LENGTHS or text[13:20:3] != "::."[: 2 + (len(text) > 19)]:
        return None
    if text[4:8:3] != "--" or text[10] not in "T ":
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        return None


def write_time(value: datetime) -> str:
    """ISO: an instant with `Z`, a local time without; a fraction of 3 or 6 digits only where there is one."""
    local = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    zone = "Z" if value.tzinfo else ""
    return f"{local.replace(microsecond=0).isoformat()}{_fraction(local.microsecond)}{zone}"


def write_sql_time(value: datetime) -> str:
    """As Flink's SQL format has it: a blank where ISO has `T`."""
    return write_time(value).replace("T", " ")


def write_time_of_day(value: time) -> str:
    """ISO, with a fraction of 3 or 6 digits only where there is one."""
    return f"{value.replace(microsecond=0).isoformat()}{_fraction(value.microsecond)}"


def _fraction(micros: int) -> str:
    if micros == 0:
        return ""
    return f".{micros:06d}" if micros % 1000 else f".{micros // 1000:03d}"


def _instant(text: str) -> datetime:
    match = _ISO.fullmatch(text)
    if match is None or match[4] is None:
        raise _no_time(text, "time", "2026-03-01T12:00:00Z")
    local = _local(match, text)
    offset, zone = match[8], match[9]
    if offset is None and zone is None:
        raise CellError(f"`{text}` has no offset, and the field is an instant", f"write `{text}Z` for UTC")
    try:
        fixed = None if offset is None else local.replace(tzinfo=_offset(offset, text)).astimezone(UTC)
        return fixed if zone is None and fixed else _in_zone(local, zone, fixed, text)
    except OverflowError:
        raise CellError(f"`{text}` is outside the years 1 to 9999") from None


def _in_zone(local: datetime, name: str, fixed: datetime | None, text: str) -> datetime:
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        match = nearest(name, available_timezones())
        raise CellError(f"`{name}` is no time zone", f"did you mean `{match}`?" if match else None) from None
    meant = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    real = sorted(m for m in meant if m.astimezone(zone).replace(tzinfo=None, fold=0) == local)
    if fixed is not None:
        if fixed not in real:
            raise CellError(f"`{text}` has an offset that `{name}` has not then", "leave one of them away")
        return fixed
    if len(real) != 1:
        bare = text[: text.index("[")]
        before, after = (_offset_text(local.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
        spelled = f"write `{bare}{before}` or `{bare}{after}`"
        if real:
            raise CellError(f"`{text}` is there twice: the clocks of `{name}` go back", spelled)
        raise CellError(f"`{text}` does not exist: the clocks of `{name}` skip it", spelled)
    return real[0]


def _offset_text(moment: datetime) -> str:
    text = moment.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


def _offset(text: str, whole: str) -> timezone:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:] if len(text) > len("+02") else 0)
    if hours > 23 or minutes > 59:
        raise CellError(f"`{whole}` has an impossible offset")
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if text[0] == "-" else span)


def _local(match: re.Match[str], text: str) -> datetime:
    year, month, day, hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3, 4, 5, 6))
    try:
        return datetime(year, month, day, hour, minute, second, _micros(match[7], text))  # noqa: DTZ001  (local)
    except ValueError as error:
        raise _out_of_range(text, error) from None


def _micros(digits: str | None, text: str) -> int:
    if digits is None:
        return 0
    if digits[_MICRO_DIGITS:].strip("0"):
        # Cutting the rest off would make two different times equal.
        raise CellError(f"`{text}` is more precise than a microsecond")
    return int(digits[:_MICRO_DIGITS].ljust(_MICRO_DIGITS, "0"))


def _out_of_range(text: str, error: ValueError) -> CellError:
    return error if isinstance(error, CellError) else CellError(f"`{text}` is not in the calendar")


def _no_time(text: str, what: str, example: str) -> CellError:
    if _DAY.fullmatch(text):
        return CellError(f"`{text}` is a day, not a {what}", f"write `{text}{example[10:]}`")
    return CellError(f"`{text}` is no {what}", f"such as `{example}`, `T` or `T+1m30s`")
