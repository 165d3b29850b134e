from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codecs.cells import CellError
from harness.codecs.encodings import encode_time
from harness.codecs.json_format import DecodeError, decode, decode_value, encode, encode_value
from harness.codecs.types import Type, parse_type, with_times
from harness.compare.equality import equal

T = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_dotted_paths_become_objects() -> None:
    assert encode({"a.b": 1, "a.c": 2, "d": 3, '"e.f"': 4}) == b'{"a":{"b":1,"c":2},"d":3,"e.f":4}'


def test_a_path_through_a_value_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"`a[.]b` is inside `a`"):
        encode({"a": 1, "a.b": 2})


def test_a_path_adds_to_a_record_without_changing_the_callers() -> None:
    given_ = {"b": 1}

    assert encode({"a": given_, "a.c": 2}) == b'{"a":{"b":1,"c":2}}'
    assert given_ == {"b": 1}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("12.50"), "12.50"),
        (Decimal("12345678901234567.89"), "12345678901234567.89"),
        (Decimal("1E+3"), "1000"),
        (0.1, "0.1"),
        (float("nan"), '"NaN"'),
        (float("-inf"), '"-Infinity"'),
        (Decimal("NaN"), '"NaN"'),
        (True, "true"),
        (None, "null"),
        ("é\n", '"é\\n"'),
        ("\ud800", '"\\ud800"'),
        (T, '"2026-03-01T12:00:00Z"'),
        (T.astimezone(timezone(timedelta(hours=2))), '"2026-03-01T12:00:00Z"'),
        (T.replace(microsecond=1000), '"2026-03-01T12:00:00.001Z"'),
        (T.replace(tzinfo=None), '"2026-03-01T12:00:00"'),
        (T.replace(tzinfo=None, microsecond=1), '"2026-03-01T12:00:00.000001"'),
        (date(2026, 3, 1), '"2026-03-01"'),
        (time(12, 30), '"12:30:00"'),
        (b"\x00\xff", '"AP8="'),
        (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        ([1, {"a": []}], '[1,{"a":[]}]'),
    ],
)
def test_values_are_written_exactly(value: object, text: str) -> None:
    assert encode_value(value) == text.encode()


def test_encoded_times_are_written_as_their_field_holds_them() -> None:
    types = {"ms": with_times(None, "epoch_ms"), "s": with_times(parse_type("text"), "epoch_s")}

    assert encode({"ms": T, "s": T}, types) == b'{"ms":1772366400000,"s":"1772366400"}'


def test_a_time_finer_than_its_encoding_is_not_cut_off() -> None:
    with pytest.raises(CellError, match="is finer than epoch_s"):
        encode_time(T.replace(microsecond=5), with_times(None, "epoch_s"))


def test_times_before_1970_are_encoded_too() -> None:
    assert encode_time(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), with_times(None, "epoch_ms")) == -1000


def test_numbers_are_read_exactly() -> None:
    record = decode(b'{"a": 12345678901234567.89, "b": 1.10, "c": 90071992547409931, "d": 1e3}')

    assert {name: str(value) for name, value in record.items()} == {
        "a": "12345678901234567.89",
        "b": "1.10",
        "c": "90071992547409931",
        "d": "1E+3",
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a": 1, "a": 2}', 'the key "a" is there twice'),
        (b'{"a": {"b": 1, "b": 1}}', 'the key "b" is there twice'),
        (b"[1]", "a list, not a JSON object"),
        (b"null", "null, not a JSON object"),
        (b"true", "a boolean, not a JSON object"),
        (b"", "no JSON: empty at position 0"),
        (b"{", "no JSON: expecting property name enclosed in double quotes at position 1"),
        (b'{"a": 1} x', "no JSON: extra data at position 9"),
        (b'{"a": "\xff"}', "no UTF-8 at position 7"),
        (b'\xef\xbb\xbf{"a": 1}', "a byte order mark before the JSON at position 0"),
        (b"\x00\x00\x00\x00\x63{}", "no JSON: expecting value at position 0"),
        (b"[" * 5000, "nested deeper than 200"),
        (b'{"a":' + b"[" * 300 + b"]" * 300 + b"}", "nested deeper than 200"),
        (b'{"a": 1e99999999}', "the number 1e99999999 is out of all bounds"),
    ],
)
def test_what_is_no_record(data: bytes, message: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(data)

    assert str(caught.value) == message


def test_huge_numbers_are_read() -> None:
    assert decode(b'{"a": ' + b"9" * 5000 + b"}")["a"] == Decimal("9" * 5000)


def test_bare_nan_is_read() -> None:
    assert equal(decode(b'{"a": NaN}')["a"], float("nan"))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_what_is_written_is_read_back_equal(value: object) -> None:
    assert equal(decode_value(encode_value(value)), value)


def test_encodings_need_no_type_of_their_own() -> None:
    assert encode({"a": T}, {"a": Type(parse_type("timestamp_ltz").kind)}) == b'{"a":"2026-03-01T12:00:00Z"}'
