"""csv: the columns in their order, quotes and nulls as Flink has them, and where a broken line is broken."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codecs.cell_error import CellError
from harness.codecs.csv_format import CsvCodec
from harness.codecs.fields import field_types
from harness.codecs.json_format import DecodeError

COLUMNS = {
    "id": "int",
    "name": "text",
    "amount": "decimal(8, 2)",
    "at": "timestamp",
    "seen": "timestamp_ltz",
    "day": "date",
    "noon": "time",
    "ok": "boolean",
    "share": "double",
    "raw": "bytes",
    "tags": "array<text>",
}
RECORD = {
    "id": 7,
    "name": "a, b",
    "amount": Decimal("12.50"),
    "at": datetime(2026, 3, 1, 12, 0, 0, 250_000, UTC).replace(tzinfo=None),
    "seen": datetime(2026, 3, 1, 12, tzinfo=UTC),
    "day": date(2026, 3, 1),
    "noon": time(12),
    "ok": True,
    "share": 0.25,
    "raw": b"\x00\xff",
    "tags": ["x", "y"],
}
LINE = b'7,"a, b",12.50,2026-03-01 12:00:00.250,2026-03-01 12:00:00Z,2026-03-01,12:00:00,true,0.25,AP8=,x;y'


def csv(null: str | None = None, delimiter: str = ",", **columns: str) -> CsvCodec:
    return CsvCodec(field_types(columns or COLUMNS, {}), delimiter, null)


def test_every_type_is_written_as_flink_reads_it() -> None:
    assert csv().encode(RECORD) == LINE


def test_every_type_is_read_as_flink_writes_it() -> None:
    assert csv().decode(LINE) == RECORD


texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts, texts, st.sampled_from([",", "|", "\t", ";"]))
def test_any_text_comes_back(first: str, second: str, delimiter: str) -> None:
    codec = csv(delimiter=delimiter, a="text", b="text")

    assert codec.decode(codec.encode({"a": first, "b": second})) == {"a": first, "b": second}


@given(st.binary())
def test_any_bytes_are_a_line_or_a_clean_error(data: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert csv(a="text", b="int").decode(data).keys() == {"a", "b"}


@pytest.mark.parametrize(
    ("line", "null", "record"),
    [
        (b"NULL,NULL", "NULL", {"name": None, "n": None}),
        (b'"NULL",1', "NULL", {"name": None, "n": 1}),  # Flink looks at the text behind the quotes
        (b",", None, {"name": "", "n": None}),
        (b",", "", {"name": None, "n": None}),
        (b",", "NULL", {"name": "", "n": ""}),  # no number, and so never equal to one
        (b'"a ""b""\nc",1\r\n', None, {"name": 'a "b"\nc', "n": 1}),
        (b'a "b",1', None, {"name": 'a "b"', "n": 1}),
        (b" a , 1", None, {"name": " a ", "n": " 1"}),
        (b"x,007", None, {"name": "x", "n": "007"}),
        (b"x,1E+2", None, {"name": "x", "n": Decimal(100)}),
    ],
)
def test_null_and_quotes(line: bytes, null: str | None, record: dict[str, object]) -> None:
    assert csv(null, name="text", n="int").decode(line) == record


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"1", "1 column, and the place has 2"),
        (b"a,1,2", "3 columns, and the place has 2"),
        (b'"a,1', "a quote that is not closed at position 0"),
        (b'a,"1"2', "text behind a closing quote at position 5"),
        (b"a,1\nb,2", "more than one line at position 3"),
        (b"a\xff,1", "no UTF-8 at position 1"),
    ],
)
def test_a_broken_line_is_told_with_its_place(line: bytes, error: str) -> None:
    with pytest.raises(DecodeError) as raised:
        csv(name="text", n="int").decode(line)

    assert str(raised.value) == error


@pytest.mark.parametrize(
    ("record", "null", "message"),
    [
        ({"name": "a"}, None, "`n` is absent"),
        ({"name": None, "n": 1}, None, "`name` is null, and this csv has no null"),
        ({"name": "NULL", "n": 1}, "NULL", "`name` is the text 'NULL', which reads as null"),
        ({"name": {"a": 1}, "n": 1}, None, "a line of csv has no nested fields"),
        ({"name": ["a;b"], "n": 1}, None, "the item 'a;b' holds `;`, which separates items in csv"),
    ],
)
def test_what_csv_cannot_say_is_refused(record: dict[str, object], null: str | None, message: str) -> None:
    with pytest.raises(CellError) as raised:
        csv(null, name="text", n="int").encode(record)

    assert raised.value.message == message


def test_times_in_numbers() -> None:
    codec = CsvCodec(field_types({"at": "bigint"}, {"at": "epoch_ms"}))
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)

    assert codec.decode(codec.encode({"at": at})) == {"at": at}
    assert codec.encode({"at": at}) == b"1772366400000"
