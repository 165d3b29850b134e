from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from harness.codecs import types
from harness.codecs.paths import ABSENT, nest, pick, split_path
from harness.codecs.typed import typed, typed_record
from harness.codecs.types import Type, TypeKind, parse_type, with_times
from harness.compare.equality import equal

T = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOCAL_T = T.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        ("2026-03-01T12:00:00Z", types.INSTANT, T),
        ("2026-03-01 12:00:00Z", types.INSTANT, T),
        ("2026-03-01T14:00:00.000+02:00", types.INSTANT, T),
        ("2026-03-01 12:00:00", types.LOCAL_TIMESTAMP, LOCAL_T),
        ("2026-03-01T12:00:00.000", types.LOCAL_TIMESTAMP, LOCAL_T),
        ("2026-03-01", types.DATE, date(2026, 3, 1)),
        ("12:30:00", types.TIME, time(12, 30)),
        (Decimal("0.1"), types.FLOAT, 0.1),
        (1, types.FLOAT, 1.0),
        ("NaN", types.FLOAT, float("nan")),
        (0.10000000149011612, types.SINGLE, 0.1),
        ("AP8=", types.BYTES, b"\x00\xff"),
        (memoryview(b"a"), types.BYTES, b"a"),
        (
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            types.UUID,
            uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ),
        (["2026-03-01"], parse_type("array<date>"), [date(2026, 3, 1)]),
        (
            {"d": "2026-03-01", "x": 1},
            Type(TypeKind.RECORD, fields=(("d", types.DATE),)),
            {"d": date(2026, 3, 1), "x": 1},
        ),
        (1772366400000, with_times(None, "epoch_ms"), T),
        (Decimal("1772366400.5"), with_times(None, "epoch_s"), T.replace(microsecond=500_000)),
        ("1772366400", with_times(types.TEXT, "epoch_s"), T),
        ("2026-03-01T12:00:00Z", with_times(None, "iso"), T),
        ("2026-03-01 12:00:00Z", with_times(None, "sql"), T),
        ("2026-03-01 12:00:00", with_times(types.LOCAL_TIMESTAMP, "sql"), T.replace(tzinfo=None)),
    ],
)
def test_what_a_job_wrote_becomes_a_value_of_the_type(value: object, type_: Type, expected: object) -> None:
    assert equal(typed(value, type_), expected)
    assert type(typed(value, type_)) is type(expected)


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        (1, types.TEXT),
        ("1", types.INTEGER),
        ("12.50", types.DECIMAL),
        ("1.0", types.FLOAT),
        (True, types.FLOAT),
        (1, types.BOOLEAN),
        ("true", types.BOOLEAN),
        ("2026-03-01T12:00:00", types.INSTANT),
        ("2026-03-01T12:00:00Z", types.LOCAL_TIMESTAMP),
        ("2026-03-01T12:00:00.1234567Z", types.INSTANT),
        ("T", types.INSTANT),
        ("not base64!", types.BYTES),
        ("no uuid", types.UUID),
        ("a", parse_type("array<text>")),
        (Decimal("1e999"), types.FLOAT),
        ("1772366400", with_times(None, "epoch_s")),
        (1772366400, with_times(types.TEXT, "epoch_s")),
        (True, with_times(None, "epoch_s")),
        (10**30, with_times(None, "epoch_s")),
        (Decimal("1.00000000000000000000000000000001"), with_times(None, "epoch_s")),
        (Decimal("1e-999999"), with_times(None, "epoch_s")),
    ],
)
def test_what_is_none_of_the_type_is_left_as_it_is(value: object, type_: Type) -> None:
    assert typed(value, type_) is value


def test_records_are_typed_by_path_without_changing_the_original() -> None:
    record: dict[str, object] = {"a": {"d": "2026-03-01", "e": 1}, "b": "x", "n": None}

    result = typed_record(record, {"a.d": types.DATE, "b.c": types.DATE, "z": types.DATE, "n": types.DATE})

    assert result == {"a": {"d": date(2026, 3, 1), "e": 1}, "b": "x", "n": None}
    assert record == {"a": {"d": "2026-03-01", "e": 1}, "b": "x", "n": None}


def test_paths() -> None:
    record = {"a": {"b": 1}, "c.d": 2, "n": None, "$headers.x": "y", "$key": {"id": 3}}

    assert split_path("a.b") == ("a", "b")
    assert split_path('"c.d"') == ("c.d",)
    assert split_path('x."c.d".e') == ("x", "c.d", "e")
    assert pick(record, "a.b") == 1
    assert pick(record, '"c.d"') == 2
    assert pick(record, "c.d") is ABSENT
    assert pick(record, "n.x") is ABSENT
    assert pick(record, "n") is None
    assert pick(record, "$headers.x") == "y"
    assert pick(record, "$key.id") == 3
    assert nest({"a.b": 1, "a.c": 2}) == {"a": {"b": 1, "c": 2}}
