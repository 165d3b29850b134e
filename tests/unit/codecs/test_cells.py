from __future__ import annotations

import math
import uuid
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest

from harness.codecs import types
from harness.codecs.cells import CellError, looks_like_null, read_cell
from harness.codecs.moments import Moment
from harness.codecs.types import Type, TypeKind, parse_type, with_times
from harness.location import Location
from harness.rows import Cell, Word

HERE = Location(Path("a.scenario.yaml"), 3, 5)
CLOCK = Moment.from_text("2026-03-01T12:00:00Z")
T = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOCAL_T = T.replace(tzinfo=None)


def cell(text: str, *, quoted: bool = False, word: Word | None = None) -> Cell:
    return Cell(text, HERE, quoted, word)


def read(text: str, type_: Type | None, *, quoted: bool = False) -> object:
    return read_cell(cell(text, quoted=quoted), type_, CLOCK)


def error(text: str, type_: Type | None, *, quoted: bool = False) -> CellError:
    with pytest.raises(CellError) as caught:
        read(text, type_, quoted=quoted)
    assert caught.value.location == HERE
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("42", 42),
        ("-42", -42),
        ("12.50", Decimal("12.50")),
        ("1e3", Decimal("1e3")),
        ("007", "007"),
        ("+5", "+5"),
        ("true", True),
        ("TRUE", "TRUE"),
        ("no", "no"),
        ("T", "T"),
        ("12:30", "12:30"),
        ("2026-03-01", "2026-03-01"),
        ("null", None),
        ('["a", 1.10, null]', ["a", Decimal("1.10"), None]),
        ('{"k": {"n": 12345678901234567.89}}', {"k": {"n": Decimal("12345678901234567.89")}}),
    ],
)
def test_without_a_type_values_are_read_as_json(text: str, value: object) -> None:
    got = read(text, None)

    assert got == value
    assert type(got) is type(value)


def test_without_a_type_quotes_make_text() -> None:
    assert read("42", None, quoted=True) == "42"
    assert read("null", None, quoted=True) == "null"
    assert read("[1]", None, quoted=True) == "[1]"


def test_json_that_is_none_is_named_instead_of_becoming_text() -> None:
    found = error('["a", ', None)

    assert "is no JSON" in found.message
    assert found.hint == "put it in double quotes if it is text"


def test_json_with_a_key_twice_is_an_error() -> None:
    assert error('{"a": 1, "a": 2}', None).message == "the key `a` is there twice"


@pytest.mark.parametrize("text", ["007", "no", "12:30", "1e3", "2026-03-01", "T", "true", " b ", ""])
def test_a_text_field_keeps_what_was_typed(text: str) -> None:
    assert read(text, types.TEXT) == text


def test_a_text_field_has_null_and_its_lookalikes() -> None:
    assert read("null", types.TEXT) is None
    assert read("null", types.TEXT, quoted=True) == "null"
    assert read("NULL", types.TEXT) == "NULL"
    assert looks_like_null(cell("NULL"))
    assert not looks_like_null(cell("NULL", quoted=True))


@pytest.mark.parametrize("text", ["NULL", "None", "N/A"])
@pytest.mark.parametrize("type_", [types.INTEGER, types.INSTANT, types.BOOLEAN, types.JSON, None])
def test_a_lookalike_of_null_is_an_error_elsewhere(text: str, type_: Type | None) -> None:
    found = error(text, type_)

    assert found.message.startswith(f"`{text}` is no ")
    assert found.hint is not None
    assert "`null`" in found.hint


@pytest.mark.parametrize(
    ("text", "value"), [("42", 42), ("007", 7), ("-1", -1), ("+3", 3), ("9" * 30, int("9" * 30))]
)
def test_integers(text: str, value: int) -> None:
    assert read(text, types.INTEGER) == value


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1.0", "write `1`"),
        ("1.5", None),
        ("12,5", "write `12.5`"),
        ("4.5E+15", "this looks like a number that Excel has shortened: format its column as text"),
        ("1_000", None),
        (" 42", "leave the spaces away"),
        ("٣", None),
        ("9" * 5000, None),
        ("abc", None),
    ],
)
def test_what_is_no_integer(text: str, hint: str | None) -> None:
    found = error(text, types.INTEGER)

    assert found.message == f"`{text}` is no integer"
    assert found.hint == hint


def test_quotes_do_not_keep_a_number_field_from_reading_a_number() -> None:
    """One-line YAML needs quotes around `${...}`."""
    assert read("42", types.INTEGER, quoted=True) == 42


def test_decimals_are_exact() -> None:
    assert str(read("12345678901234567.89", types.DECIMAL)) == "12345678901234567.89"
    assert str(read("12.50", parse_type("decimal(8, 2)"))) == "12.50"
    assert read("12.500", parse_type("decimal(8, 2)")) == Decimal("12.5")
    assert read("-0.00", parse_type("decimal(8, 2)")) == 0
    assert read("1e3", parse_type("decimal(4)")) == 1000


def test_a_decimal_with_a_comma_is_told_the_point() -> None:
    found = error("12,50", types.DECIMAL)

    assert found.message == "`12,50` is no decimal"
    assert found.hint == "write `12.50`"


@pytest.mark.parametrize(
    "text", ["12.505", "0.001", "1234567.00", "99999999999999999999999999999.999", "NaN"]
)
def test_a_decimal_that_does_not_fit_is_not_rounded(text: str) -> None:
    error(text, parse_type("decimal(8, 2)"))


def test_floats() -> None:
    assert read("12.50", types.FLOAT) == 12.5
    assert read("1e3", types.FLOAT) == 1000.0
    assert math.isnan(float(str(read("NaN", types.FLOAT))))
    assert read("-Infinity", types.FLOAT) == -math.inf
    error("1e999", types.FLOAT)
    error("nan", types.FLOAT)


def test_single_floats_are_equal_at_their_own_precision() -> None:
    assert read("0.1", types.SINGLE) == 0.1
    assert read("16777217", types.SINGLE) == read("16777216", types.SINGLE)


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("FALSE", False), ("True", True), ("TRUE", True)]
)
def test_booleans(text: str, value: bool) -> None:
    assert read(text, types.BOOLEAN) is value


@pytest.mark.parametrize("text", ["yes", "1", "tRUE", ""])
def test_what_is_no_boolean(text: str) -> None:
    error(text, types.BOOLEAN)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("T", T),
        ("T+1m30s", T.replace(minute=1, second=30)),
        ("T-2d", T.replace(month=2, day=27)),
        ("T+500ms", T.replace(microsecond=500_000)),
        ("2026-03-01T12:00:00Z", T),
        ("2026-03-01 12:00:00Z", T),
        ("2026-03-01T12:00Z", T),
        ("2026-03-01T14:00:00+02:00", T),
        ("2026-03-01T14:00:00+0200", T),
        ("2026-03-01T13:00:00[Europe/Berlin]", T),
        ("2026-03-01T13:00:00+01:00[Europe/Berlin]", T),
        ("2026-03-01T12:00:00.123456000Z", T.replace(microsecond=123_456)),
    ],
)
def test_instants(text: str, value: datetime) -> None:
    got = read(text, types.INSTANT)

    assert got == value
    assert isinstance(got, datetime)
    assert got.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "2026-03-01T12:00:00",
            "`2026-03-01T12:00:00` has no offset, and the field is an instant",
            "write `2026-03-01T12:00:00Z` for UTC",
        ),
        ("2026-03-01", "`2026-03-01` is a day, not a time", "write `2026-03-01T12:00:00Z`"),
        ("1.3.2026", "`1.3.2026` is no time", "such as `2026-03-01T12:00:00Z`, `T` or `T+1m30s`"),
        ("T+1.5s", "`T+1.5s` is no time", "whole numbers with ms, s, m, h or d, such as `1m30s`"),
        ("T+", "`T+` is no time", "whole numbers with ms, s, m, h or d, such as `1m30s`"),
        ("T+9999999d", "`T+9999999d` is outside the years 1 to 9999", None),
        ("2026-02-30T12:00:00Z", "`2026-02-30T12:00:00Z` is not in the calendar", None),
        ("0001-01-01T00:00:00+05:00", "`0001-01-01T00:00:00+05:00` is outside the years 1 to 9999", None),
        (
            "2026-03-01T12:00:00.1234567Z",
            "`2026-03-01T12:00:00.1234567Z` is more precise than a microsecond",
            None,
        ),
        (
            "2026-03-01T12:00:00[Europe/Berlim]",
            "`Europe/Berlim` is no time zone",
            "did you mean `Europe/Berlin`?",
        ),
        (
            "2026-03-29T02:30:00[Europe/Berlin]",
            "`2026-03-29T02:30:00[Europe/Berlin]` does not exist: the clocks of `Europe/Berlin` skip it",
            "write `2026-03-29T02:30:00+01:00` or `2026-03-29T02:30:00+02:00`",
        ),
        (
            "2026-10-25T02:30:00[Europe/Berlin]",
            "`2026-10-25T02:30:00[Europe/Berlin]` is there twice: the clocks of `Europe/Berlin` go back",
            "write `2026-10-25T02:30:00+02:00` or `2026-10-25T02:30:00+01:00`",
        ),
        (
            "2026-03-01T13:00:00+05:00[Europe/Berlin]",
            "`2026-03-01T13:00:00+05:00[Europe/Berlin]` has an offset that `Europe/Berlin` has not then",
            "leave one of them away",
        ),
    ],
)
def test_what_is_no_instant(text: str, message: str, hint: str | None) -> None:
    found = error(text, types.INSTANT)

    assert found.message == message
    assert found.hint == hint


def test_local_times_have_no_offset_and_t_is_utcs_clock() -> None:
    assert read("T+1h", types.LOCAL_TIMESTAMP) == LOCAL_T.replace(hour=13)
    assert read("2026-03-01 12:00:00", types.LOCAL_TIMESTAMP) == LOCAL_T

    found = error("2026-03-01T12:00:00Z", types.LOCAL_TIMESTAMP)

    assert found.message == "`2026-03-01T12:00:00Z` has an offset, and the field is a local time"
    assert found.hint == "write `2026-03-01T12:00:00`"


def test_dates_and_times_of_day() -> None:
    assert read("2026-03-01", types.DATE) == date(2026, 3, 1)
    assert read("T-1d", types.DATE) == date(2026, 2, 28)
    assert read("12:30", types.TIME) == time(12, 30)
    assert read("12:30:01.5", types.TIME) == time(12, 30, 1, 500_000)
    assert error("1.3.2026", types.DATE).hint == "year-month-day, such as `2026-03-01`"
    error("24:00", types.TIME)


@pytest.mark.parametrize(
    ("encoding", "number"),
    [("epoch_s", 1772366400), ("epoch_ms", 1772366400000), ("epoch_us", 1772366400000000)],
)
def test_encoded_times_are_read_as_times_or_as_their_number(encoding: str, number: int) -> None:
    type_ = with_times(None, encoding)

    assert read("T", type_) == T
    assert read("2026-03-01T12:00:00Z", type_) == T
    assert read(str(number), type_) == T


def test_uuids() -> None:
    text = "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"

    assert read(text, types.UUID) == uuid.UUID(text)
    error("{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", types.UUID)


def test_bytes_and_spelled_out_literals() -> None:
    assert read_cell(cell("00 ff", word=Word.HEX), types.BYTES, CLOCK) == b"\x00\xff"
    assert read_cell(cell("AP8=", word=Word.BASE64), None, CLOCK) == b"\x00\xff"
    assert read_cell(cell("<any>", word=Word.TEXT), types.TEXT, CLOCK) == "<any>"
    assert read("\\x00ff", types.BYTES) == b"\x00\xff"
    error("00ff", types.BYTES)
    with pytest.raises(CellError, match="is bytes, and the field is an integer"):
        read_cell(cell("00", word=Word.HEX), types.INTEGER, CLOCK)
    with pytest.raises(CellError, match="is text, and the field is an integer"):
        read_cell(cell("1", word=Word.TEXT), types.INTEGER, CLOCK)
    with pytest.raises(CellError, match="is no hex"):
        read_cell(cell("0x", word=Word.HEX), None, CLOCK)


def test_a_matcher_cannot_be_sent() -> None:
    with pytest.raises(CellError) as caught:
        read_cell(cell("", word=Word.ANY), types.TEXT, CLOCK)

    assert caught.value.message == "`<any>` can only be expected"


def test_lists_are_read_by_the_type_of_their_items() -> None:
    tags = parse_type("array<text>")

    assert read('["007", "b"]', tags) == ["007", "b"]
    assert read("[]", tags) == []
    assert read('["T", "T+1s"]', parse_type("array<timestamp_ltz>")) == [T, T.replace(second=1)]
    assert error("a, b", tags).hint == 'written as JSON: `["a", "b"]`'
    assert error('["x"]', parse_type("array<integer>")).message == "`x` is no integer"
    assert error("{}", tags).message == "`{}` is no array"


def test_nested_yaml_is_read_like_json_and_knows_its_places() -> None:
    inner = Location(Path("a.scenario.yaml"), 9, 9)
    nested = Cell("", HERE, items={"n": Cell("1.10", inner), "l": Cell("", inner, items=(Cell("T", inner),))})
    record = Type(TypeKind.RECORD, fields=(("n", types.INTEGER),))

    assert read_cell(nested, None, CLOCK) == {"n": Decimal("1.10"), "l": ["T"]}
    with pytest.raises(CellError) as caught:
        read_cell(nested, record, CLOCK)
    assert caught.value.message == "the record has no field `l`"
    assert caught.value.location == inner


def test_nested_values_do_not_fit_into_plain_fields() -> None:
    with pytest.raises(CellError, match="a list is no text"):
        read_cell(Cell("", HERE, items=(cell("a"),)), types.TEXT, CLOCK)
    with pytest.raises(CellError, match="a mapping is no integer"):
        read_cell(Cell("", HERE, items={"a": cell("a")}), types.INTEGER, CLOCK)


def test_json_text_in_a_text_field_stays_text() -> None:
    assert read('["a"]', types.TEXT) == '["a"]'
    assert read("{not avro", types.TEXT) == "{not avro"


def test_empty_text_is_only_text() -> None:
    assert error("", types.INTEGER, quoted=True).message == "empty text is no integer"
    assert read("", None, quoted=True) == ""
