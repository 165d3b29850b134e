"""What is guessed of JSON records."""

from __future__ import annotations

import json

import pytest

from harness.scaffold.json_records import Guess, guess, objects


def guessed(*records: object, keys: list[bytes | None] | None = None) -> Guess:
    found = objects([json.dumps(record).encode() for record in records])
    assert found is not None
    return guess(found, keys or ())


def test_a_field_has_the_type_that_all_its_values_have() -> None:
    found = guessed(
        {"id": "007", "n": 1, "price": 1.5, "ok": True, "mixed": 1, "none": None, "list": [1]},
        {"id": "8", "n": 2, "price": 2, "ok": False, "mixed": "1", "none": None, "extra": {"a.b": 1}},
    )

    assert found.columns == {
        "id": "text",
        "n": "bigint",
        "price": "decimal",
        "ok": "boolean",
        'extra."a.b"': "bigint",
    }


@pytest.mark.parametrize(
    ("record", "columns", "times", "event_time"),
    [
        ({"at": "2026-03-01T12:00:00Z"}, {"at": "timestamp_ltz"}, {}, "at"),
        ({"day": "2026-03-01", "at": "2026-03-01 12:00:00"}, {"day": "date", "at": "timestamp"}, {}, "at"),
        ({"created_at": 1772366400000}, {}, {"created_at": "epoch_ms"}, "created_at"),
        ({"ts": 1772366400}, {}, {"ts": "epoch_s"}, "ts"),
        ({"count": 1772366400000}, {"count": "bigint"}, {}, None),
        (
            {"sent_at": 1772366400000, "event_time": 1772366400000},
            {},
            {"sent_at": "epoch_ms", "event_time": "epoch_ms"},
            "event_time",
        ),
    ],
)
def test_times_are_found_by_form_and_by_name(
    record: object, columns: object, times: object, event_time: str | None
) -> None:
    found = guessed(record)

    assert (found.columns, found.times, found.event_time) == (columns, times, event_time)


def test_the_key_is_the_field_that_every_record_has_as_key() -> None:
    records = [{"a": 1, "b": 7}, {"a": 2, "b": 7}]

    assert guessed(*records, keys=[b"1", b"2"]).key == ("a",)
    assert guessed(*records, keys=[b"1", b"7"]).key == ()
    assert guessed(*records, keys=[b"1", None]).key == ()


@pytest.mark.parametrize("value", [b"[1]", b"\xff", b"{", b"1"])
def test_what_is_no_object_is_no_record(value: bytes) -> None:
    assert objects([b"{}", value]) is None
