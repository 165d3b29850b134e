"""Changes as Debezium, Canal, Maxwell, GoldenGate and Flink write them, and what is none."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codecs.changelog import OPS, READERS, WRITERS, Change, Op, Table, sql_times
from harness.codecs.changelog import write_debezium_with_schema as with_schema
from harness.codecs.fields import field_types
from harness.codecs.json_format import DecodeError, decode, encode_value

TABLE = Table(name="cards", key=("id",), types=field_types({"id": "int", "name": "text"}, {}))
OLD: dict[str, Any] = {"id": 1, "name": "one"}
NEW: dict[str, Any] = {"id": 1, "name": "uno"}
CHANGES = [
    Change(op=Op.INSERT, after=NEW),
    Change(op=Op.UPDATE_AFTER, before=OLD, after=NEW),
    Change(op=Op.UPDATE_AFTER, after=NEW),
    Change(op=Op.DELETE, before=OLD),
]
EVENTS: list[list[tuple[Op, object]]] = [
    [(Op.INSERT, NEW)],
    [(Op.UPDATE_BEFORE, OLD), (Op.UPDATE_AFTER, NEW)],
    [(Op.UPDATE_AFTER, NEW)],
    [(Op.DELETE, OLD)],
]


@pytest.mark.parametrize("format_", [name for name in WRITERS if name != "canal-json"])
@pytest.mark.parametrize(("change", "events"), list(zip(CHANGES, EVENTS, strict=True)))
def test_what_is_written_is_read(format_: str, change: Change, events: list[tuple[Op, object]]) -> None:
    data = encode_value(WRITERS[format_](change, TABLE, 1_772_366_400_250))

    assert READERS[format_](decode(data)) == events


def test_canal_writes_text_and_of_the_old_row_what_changed() -> None:
    document: Any = WRITERS["canal-json"](CHANGES[1], TABLE, 1_772_366_400_250)

    assert document["data"] == [{"id": "1", "name": "uno"}]
    assert document["old"] == [{"name": "one"}]
    assert (document["type"], document["pkNames"], document["ts"]) == ("UPDATE", ["id"], 1_772_366_400_250)
    assert READERS["canal-json"](document) == [
        (Op.UPDATE_BEFORE, {"id": "1", "name": "one"}),
        (Op.UPDATE_AFTER, {"id": "1", "name": "uno"}),
    ]


def test_maxwell_writes_seconds_and_of_the_old_row_what_changed() -> None:
    document: Any = WRITERS["maxwell-json"](CHANGES[1], TABLE, 1_772_366_400_250)

    assert (document["old"], document["ts"], document["type"]) == ({"name": "one"}, 1_772_366_400, "update")


def test_debezium_writes_both_sides_and_the_source() -> None:
    document: Any = WRITERS["debezium-json"](CHANGES[1], TABLE, 5)

    assert (document["before"], document["after"], document["op"]) == (OLD, NEW, "u")
    assert (document["ts_ms"], document["source"]["table"]) == (5, "cards")


def test_debezium_with_its_schema_is_read_likewise() -> None:
    document: Any = with_schema(CHANGES[1], TABLE, 5)

    assert document["schema"]["fields"][0]["fields"][0] == {"type": "int64", "optional": True, "field": "id"}
    assert READERS["debezium-json"](document) == EVENTS[1]


@pytest.mark.parametrize(
    ("format_", "text", "events"),
    [
        ("debezium-json", '{"before": null, "after": {"id": 1}, "op": "c"}', [(Op.INSERT, {"id": 1})]),
        ("debezium-json", '{"before": null, "after": {"id": 1}, "op": "r"}', [(Op.INSERT, {"id": 1})]),
        ("debezium-json", '{"before": {"id": 1}, "after": null, "op": "d"}', [(Op.DELETE, {"id": 1})]),
        (
            "canal-json",
            '{"data": [{"id": 1}, {"id": 2}], "type": "DELETE"}',
            [(Op.DELETE, {"id": 1}), (Op.DELETE, {"id": 2})],
        ),
        ("canal-json", '{"data": null, "type": "CREATE", "isDdl": true}', []),
        ("canal-json", '{"data": null, "type": "ALTER", "isDdl": true}', []),
        ("maxwell-json", '{"data": {"id": 1}, "type": "insert"}', [(Op.INSERT, {"id": 1})]),
        ("maxwell-json", '{"data": {"id": 1}, "type": "bootstrap-insert"}', [(Op.INSERT, {"id": 1})]),
        ("maxwell-json", '{"data": {}, "type": "bootstrap-start"}', []),
        ("ogg-json", '{"before": null, "after": {"id": 1}, "op_type": "I"}', [(Op.INSERT, {"id": 1})]),
        ("ogg-json", '{"before": {"id": 1}, "after": null, "op_type": "D"}', [(Op.DELETE, {"id": 1})]),
    ],
)
def test_what_flink_and_the_tools_write(format_: str, text: str, events: object) -> None:
    assert READERS[format_](decode(text.encode())) == events


@pytest.mark.parametrize(
    ("format_", "text", "error"),
    [
        ("debezium-json", "{}", "no change: `op` is not there"),
        ("debezium-json", '{"op": "t", "before": null, "after": null}', 'no change: `op` is "t"'),
        ("debezium-json", '{"op": "c", "after": null}', "no change: `after` is null"),
        ("debezium-json", '{"op": "u", "before": 1, "after": {}}', "no change: `before` is no record"),
        ("debezium-json", '{"op": "d", "before": null}', "no change: `before` is null"),
        ("debezium-json", '{"payload": null, "schema": {}}', "no change: `payload` is null"),
        ("canal-json", '{"type": "INSERT", "data": {"id": 1}}', "no change: `data` is no list of rows"),
        ("canal-json", '{"type": "QUERY", "data": []}', 'no change: `type` is "QUERY"'),
        (
            "canal-json",
            '{"type": "UPDATE", "data": [{}], "old": [{}, {}]}',
            "no change: `old` has not as many rows as `data`",
        ),
        ("maxwell-json", '{"type": "insert"}', "no change: `data` is null"),
        ("maxwell-json", '{"data": {}}', "no change: `type` is not there"),
        ("ogg-json", '{"op_type": "T"}', 'no change: `op_type` is "T"'),
    ],
)
def test_what_is_no_change_is_told(format_: str, text: str, error: str) -> None:
    with pytest.raises(DecodeError) as raised:
        READERS[format_](decode(text.encode()))

    assert str(raised.value) == error


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
WORDS = st.sampled_from(["before", "after", "op", "op_type", "type", "data", "old", "payload", "isDdl"])


@pytest.mark.parametrize("format_", READERS)
@given(document=st.dictionaries(WORDS, json_values | st.sampled_from(["c", "u", "d", "INSERT", "update"])))
def test_any_object_is_changes_or_a_clean_error(format_: str, document: dict[str, Any]) -> None:
    with contextlib.suppress(DecodeError):
        for op, row in READERS[format_](document):
            assert isinstance(op, Op)
            assert isinstance(row, dict)


def test_times_are_as_flinks_sql_format_has_them() -> None:
    at = datetime(2026, 3, 1, 12, 0, 0, 500_000, UTC).replace(tzinfo=None)

    assert json.loads(encode_value(sql_times({"at": at, "in": [{"at": at}], "n": Decimal("1.5")}))) == {
        "at": "2026-03-01 12:00:00.500",
        "in": [{"at": "2026-03-01 12:00:00.500"}],
        "n": 1.5,
    }


def test_a_change_has_two_spellings() -> None:
    assert [OPS[word] for word in ("+I", "-U", "+U", "-D")] == list(Op)
    assert [OPS[op.value] for op in Op] == list(Op)
