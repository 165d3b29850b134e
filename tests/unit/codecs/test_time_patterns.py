"""Times as text in a pattern of Java's DateTimeFormatter."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.codecs.cell_error import CellError
from harness.codecs.cells import read_cell
from harness.codecs.fields import field_types
from harness.codecs.json_format import encode
from harness.codecs.moments import Moment
from harness.codecs.time_patterns import PatternError, looks_like_pattern, read_pattern
from harness.codecs.typed import typed_record
from harness.codecs.types import TypeKind, TypeNameError, parse_type, with_times
from harness.location import Location
from harness.rows import Cell

steady = settings(deadline=None, derandomize=True)
NOON = datetime(2026, 3, 1, 12, 5, 9)  # noqa: DTZ001  (a local time)
T = Moment.from_text("2026-03-01T12:00:00Z")
HERE = Location(Path("a.scenario.yaml"), 3, 5)
BOTH = [
    ("dd/MM/yyyy HH:mm:ss", "01/03/2026 12:05:09", NOON),
    ("d.M.yyyy H:mm:ss", "1.3.2026 12:05:09", NOON),
    ("MMM d, yyyy h:mm:ss a", "Mar 1, 2026 12:05:09 PM", NOON),
    ("EEEE, dd MMMM uuuu HH:mm:ss", "Sunday, 01 March 2026 12:05:09", NOON),
    ("yyyyMMddHHmmss", "20260301120509", NOON),
    ("yyyyMMddHHmmssSSS", "20260301120509250", NOON.replace(microsecond=250_000)),
    ("yy-MM-dd'T'HH:mm:ss.SSSSSSSSS", "26-03-01T12:05:09.000001000", NOON.replace(microsecond=1)),
    ("yyyy-MM-dd'T'HH:mm:ss'Z'", "2026-03-01T12:05:09Z", NOON.replace(tzinfo=UTC)),
    ("yyyy-MM-dd HH:mm:ssXXX", "2026-03-01 12:05:09Z", NOON.replace(tzinfo=UTC)),
    ("yyyy-MM-dd HH:mm:ss Z", "2026-03-01 12:05:09 +0000", NOON.replace(tzinfo=UTC)),
    ("yyyy-MM-dd HH:mm:ss VV", "2026-03-01 12:05:09 UTC", NOON.replace(tzinfo=UTC)),
    ("yyyy 'o''clock' MM dd HH:mm:ss", "2026 o'clock 03 01 12:05:09", NOON),
    ("dd/MM/yyyy", "01/03/2026", date(2026, 3, 1)),
    ("yyyyMMdd", "20280229", date(2028, 2, 29)),
    ("kk:mm", "24:30", time(0, 30)),
    ("hh:mm a", "12:05 AM", time(0, 5)),
]


def cell(text: str) -> Cell:
    return Cell(text, HERE)


@pytest.mark.parametrize(("pattern", "text", "value"), BOTH)
def test_a_pattern_reads_what_it_writes(pattern: str, text: str, value: datetime | date | time) -> None:
    assert looks_like_pattern(pattern)
    assert read_pattern(pattern).read(text) == value
    assert read_pattern(pattern).write(value) == text


@pytest.mark.parametrize(
    ("pattern", "text", "value"),
    [
        ("yyyy-MM-dd HH:mm:ssXXX", "2026-03-01 12:05:09+02:00", NOON - timedelta(hours=2)),
        ("yyyy-MM-dd HH:mm:ssx", "2026-03-01 12:05:09-0530", NOON + timedelta(hours=5, minutes=30)),
        ("yyyy-MM-dd HH:mm:ss VV", "2026-03-01 12:05:09 Europe/Berlin", NOON - timedelta(hours=1)),
    ],
)
def test_offsets_and_zones_are_read_as_instants(pattern: str, text: str, value: datetime) -> None:
    assert read_pattern(pattern).read(text) == value.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "text", "message"),
    [
        ("dd/MM/yyyy", "1/3/2026", "is no time as `dd/MM/yyyy`"),
        ("dd/MM/yyyy", "31/06/2026", "is not in the calendar"),
        ("dd/MM/yyyy", "29/02/2027", "is not in the calendar"),
        ("EEE dd/MM/yyyy", "Mon 01/03/2026", "names a weekday that the day is not"),
        ("HH:mm", "25:00", "is not in the calendar"),
        ("hh:mm a", "13:00 PM", "is not in the calendar"),
        ("HH:mm:ss.SSSSSSSSS", "12:00:00.000000001", "is more precise than a microsecond"),
        ("yyyy-MM-dd HH:mm VV", "2026-03-29 02:30 Europe/Berlin", "does not exist"),
        ("yyyy-MM-dd HH:mm VV", "2026-10-25 02:30 Europe/Berlin", "is there twice"),
        ("yyyy-MM-dd HH:mm VV", "2026-10-25 02:30 Europe/Berlim", "is no time zone"),
    ],
)
def test_what_is_no_time_of_the_pattern(pattern: str, text: str, message: str) -> None:
    with pytest.raises(CellError, match=message):
        read_pattern(pattern).read(text)


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ("dd/MM/yyyy", NOON),
        ("dd/MM/yyyy HH:mm", NOON),
        ("dd/MM/yyyy HH:mm:ss", NOON.replace(microsecond=1)),
        ("dd/MM/yyyy HH:mm:ss.SSS", NOON.replace(microsecond=1)),
        ("dd/MM/yy", date(1999, 1, 1)),
        ("HH:mm", time(12, 0, 1)),
    ],
)
def test_nothing_is_cut_off(pattern: str, value: datetime | date | time) -> None:
    with pytest.raises(CellError, match="is finer than"):
        read_pattern(pattern).write(value)


@pytest.mark.parametrize(
    ("pattern", "message", "hint"),
    [
        ("YYYY-MM-dd", "`YYYY` of `YYYY-MM-dd` is no part of a time", "`yyyy`"),
        ("yyyy-MM-DD", "`DD` of `yyyy-MM-DD` is no part of a time", "`dd`"),
        ("yyyy-mm-dd", "`yyyy-mm-dd` says no month", "`MM`"),
        ("MM/dd HH:mm", "`MM/dd HH:mm` says no year", "such as"),
        ("hh:mm", "`hh:mm` says hours up to 12, and not which half of the day", "`HH`"),
        ("mm:ss", "`mm:ss` says minutes or seconds, but no hour", "`HH`"),
        ("yyyy-MM-dd[ HH:mm]", "`[` cannot stand in a pattern of a time", "optional"),
        ("yyyy-MM-dd HH:mm zzz", "`zzz` of `yyyy-MM-dd HH:mm zzz` is no part of a time", "`VV`"),
        ("dd/MM/yyyy dd", "`dd/MM/yyyy dd` has `d` in two places", None),
        ("yyyy-MM-dd'T", "`'` cannot stand in a pattern of a time", "letters"),
    ],
)
def test_what_is_no_pattern(pattern: str, message: str, hint: str | None) -> None:
    with pytest.raises(PatternError) as caught:
        read_pattern(pattern)

    assert caught.value.message == message
    assert (hint is None) == (caught.value.hint is None)
    assert hint is None or hint in str(caught.value.hint)


@steady
@given(st.datetimes(min_value=datetime(1000, 1, 1)))  # noqa: DTZ001
def test_every_time_survives_a_pattern_that_is_fine_enough(value: datetime) -> None:
    for text in ("EEE d MMMM yyyy h:m:s a.SSSSSS", "yyyyMMddHHmmssSSSSSS", "kk:mm:ss.SSSSSS d.M.yyyy"):
        pattern = read_pattern(text)
        assert pattern.read(pattern.write(value)) == value


@steady
@given(st.text(alphabet="yMdHhmsSaEXxZVkuLDYz' .:/-[]T", max_size=20), st.text(max_size=20))
def test_whatever_the_pattern_there_is_no_other_error(text: str, value: str) -> None:
    with contextlib.suppress(PatternError, CellError):
        read_pattern(text).read(value)


def test_a_field_in_a_pattern_takes_t_iso_and_its_own_form() -> None:
    type_ = with_times(None, "dd/MM/yyyy HH:mm:ss")

    assert type_.kind is TypeKind.LOCAL_TIMESTAMP
    for text in ("T+5s", "2026-03-01T12:00:05", "01/03/2026 12:00:05"):
        value = read_cell(cell(text), type_, T)
        assert encode({"at": value}, {"at": type_}) == b'{"at":"01/03/2026 12:00:05"}'


def test_a_day_in_a_pattern_takes_t() -> None:
    type_ = with_times(None, "yyyyMMdd")

    assert read_cell(cell("T+1d"), type_, T) == date(2026, 3, 2)
    assert read_cell(cell("20260302"), type_, T) == date(2026, 3, 2)


def test_an_instant_in_a_pattern_without_a_zone_is_by_the_clock_of_utc() -> None:
    types = field_types({"at": "timestamp_ltz"}, {"at": "dd/MM/yyyy HH:mm"})

    assert typed_record({"at": "01/03/2026 12:00"}, types) == {"at": T.instant}


def test_what_a_job_wrote_in_another_form_stays_text() -> None:
    types = field_types({}, {"at": "dd/MM/yyyy"})

    assert typed_record({"at": "2026-03-01"}, types) == {"at": "2026-03-01"}
    assert typed_record({"at": 5}, types) == {"at": 5}


def test_a_pattern_needs_a_field_that_holds_text() -> None:
    with pytest.raises(TypeNameError, match="is text, and the field is integer"):
        with_times(parse_type("bigint"), "dd/MM/yyyy")


def test_a_text_that_has_the_form_of_the_pattern_says_what_is_wrong_with_it() -> None:
    with pytest.raises(CellError, match=r"`31/06/2026` is not in the calendar"):
        read_cell(cell("31/06/2026"), with_times(None, "dd/MM/yyyy"), T)
