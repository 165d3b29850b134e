"""What is read of a topic: rows, changes in their order, what they add up to, and what cannot be decoded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codecs.schema import codec_of
from harness.scenario.load import load_scenarios
from harness.scenario.model import Mode, Place
from harness.sinks.fold import Fold
from harness.sinks.raw_record import RawRecord
from harness.sinks.record import Record
from harness.sinks.record_reader import RecordReader

KEY = {"type": "record", "name": "Key", "fields": [{"name": "id", "type": "long"}]}


def sink(folder: Path, place: str) -> Place:
    (folder / "job.py").write_text("")
    (folder / "key.avsc").write_text(json.dumps(KEY))
    (folder / "row.proto").write_text('syntax = "proto3"; message Row { int32 id = 1; string name = 2; }')
    (folder / "rows.pipeline.yaml").write_text(
        f"pipeline: rows\njob: {{python: job.py}}\nsinks:\n  x: {{kafka: x, {place}}}\n"
    )
    (folder / "one.scenario.yaml").write_text(
        "scenario: one\npipeline: rows\nthen: [{expect: x, empty: true}]\n"
    )
    (scenario,), problems = load_scenarios([folder], folder)
    assert not problems, [problem.render() for problem in problems]
    return scenario.pipeline.sinks["x"]


def raw(value: bytes | None, key: bytes | None = None, offset: int = 0) -> RawRecord:
    return RawRecord(topic="x", partition=0, offset=offset, key=key, value=value)


def read(place: Place, *records: RawRecord) -> tuple[list[Record], list[Record]]:
    """All changes, and what they add up to."""
    reader = RecordReader(place, None)
    fold = Fold(place)
    changes = []
    for one in records:
        for record in reader.decode(one):
            changes.append(record)
            fold.add(one.key, record)
    return changes, changes if place.mode is Mode.APPEND else list(fold.records())


def fields(records: list[Record]) -> list[dict[str, object]]:
    return [{n: v for n, v in record.values.items() if not n.startswith("$")} for record in records]


def ops(records: list[Record]) -> list[object]:
    return [record.values["$op"] for record in records]


@pytest.mark.parametrize(
    ("place", "value", "row"),
    [
        ("format: csv, columns: {id: int, name: text}", b"7,uno\n", {"id": 7, "name": "uno"}),
        ("format: protobuf, schema: row.proto", b"\x08\x07\x12\x03uno", {"id": 7, "name": "uno"}),
        ("format: avro, schema: key.avsc", b"\x0e", {"id": 7}),
        ("format: json", b'{"id": 7}', {"id": 7}),
        ("format: lines", b"one line", {}),
        ("format: raw", b"\xff", {}),
    ],
)
def test_a_row(tmp_path: Path, place: str, value: bytes, row: dict[str, object]) -> None:
    changes, rows = read(sink(tmp_path, place), raw(value))

    assert (fields(rows), ops(changes)) == ([row], ["insert"])
    assert rows[0].values["$value"] == (value if value == b"\xff" else value.decode())


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        ("format: csv, columns: {id: int}", b"1,2", "2 columns, and the place has 1: 1,2"),
        ("format: csv, columns: {id: int}", b"1\n2", "more than one line at position 1: 1\\n2"),
        ("format: protobuf, schema: row.proto", b"\x08", "no Row: "),
        ("format: avro, schema: key.avsc", b"", "no Key: the bytes end too early: "),
        ("format: avro, schema: key.avsc", b"\x0e\x00", "no Key: 1 bytes are left over: \\x0e\\x00"),
        ("format: lines", b"a\xff", "no UTF-8 at position 1: a\\xff"),
        ("format: debezium-json, key: [id]", b"{}", "no change: `op` is not there: {}"),
        ("format: canal-json, key: [id]", b"[]", "a list, not a JSON object: []"),
        ("format: maxwell-json, key: [id]", b"{", "no JSON: "),
        ("format: ogg-json, key: [id]", b'{"op_type": "X"}', 'no change: `op_type` is "X"'),
    ],
)
def test_what_cannot_be_decoded_says_why_and_what_it_is(
    tmp_path: Path, place: str, value: bytes, why: str
) -> None:
    changes, rows = read(sink(tmp_path, place), raw(value, offset=3))

    assert changes == rows
    (record,) = rows
    assert (record.undecodable or "").startswith(why)
    assert record.origin == "x[0]@3"


DEBEZIUM = "format: debezium-json, columns: {id: int, name: text}"


def change(op: str, before: object, after: object) -> bytes:
    return json.dumps({"before": before, "after": after, "op": op}).encode()


ONE, UNO, TWO = ({"id": 1, "name": "one"}, {"id": 1, "name": "uno"}, {"id": 2, "name": "two"})
CHANGES = [change("c", None, ONE), change("c", None, TWO), change("u", ONE, UNO), change("d", TWO, None)]


def test_a_changelog_keeps_its_changes_and_adds_them_up(tmp_path: Path) -> None:
    changes, rows = read(sink(tmp_path, f"{DEBEZIUM}, key: [id]"), *map(raw, CHANGES))

    assert ops(changes) == ["insert", "insert", "update_before", "update_after", "delete"]
    assert fields(changes) == [ONE, TWO, ONE, UNO, TWO]
    assert fields(rows) == [UNO]


def test_what_flink_writes_for_an_update_adds_up_too(tmp_path: Path) -> None:
    flinks = [change("c", None, ONE), change("d", ONE, None), change("c", None, UNO)]

    changes, rows = read(sink(tmp_path, f"{DEBEZIUM}, key: [id]"), *map(raw, flinks))

    assert (ops(changes), fields(rows)) == (["insert", "delete", "insert"], [UNO])


def test_a_changelog_can_be_read_as_a_bag_of_changes(tmp_path: Path) -> None:
    _, rows = read(sink(tmp_path, f"{DEBEZIUM}, mode: append"), *map(raw, CHANGES))

    assert len(rows) == 5


def test_debeziums_tombstones_are_no_changes(tmp_path: Path) -> None:
    place = sink(tmp_path, f"{DEBEZIUM}, key: [id]")

    changes, rows = read(place, raw(CHANGES[0], b"1"), raw(change("d", ONE, None), b"1"), raw(None, b"1"))

    assert (ops(changes), rows) == (["insert", "delete"], [])


UPSERT = "format: json, mode: upsert, key: [id]"


def test_an_upsert_topic_tells_its_changes(tmp_path: Path) -> None:
    records = [
        raw(b'{"id": 1, "n": 1}', b"1"),
        raw(b'{"id": 2, "n": 1}', b"2"),
        raw(b'{"id": 1, "n": 2}', b"1"),
        raw(None, b"2"),
        raw(b'{"id": 2, "n": 3}', b"2"),
    ]

    changes, rows = read(sink(tmp_path, UPSERT), *records)

    assert ops(changes) == ["insert", "insert", "update_after", "delete", "insert"]
    assert fields(rows) == [{"id": 1, "n": 2}, {"id": 2, "n": 3}]


def test_a_broken_record_is_seen_even_where_a_later_one_has_its_key(tmp_path: Path) -> None:
    _, rows = read(sink(tmp_path, UPSERT), raw(b"{", b"1"), raw(b'{"id": 1}', b"1"))

    assert [record.undecodable is None for record in rows] == [False, True]


def test_keys_that_are_equal_bytes_are_equal(tmp_path: Path) -> None:
    _, rows = read(sink(tmp_path, UPSERT), raw(b'{"id": 1}', b"\xff"), raw(b'{"id": 2}', b"\xff"))

    assert fields(rows) == [{"id": 2}]


@pytest.mark.parametrize(
    ("place", "key", "found"),
    [
        ("key_format: json, columns: {user: text}", b'{"user": "u1"}', {"$key.user": "u1"}),
        ("key_format: json", b'{"a": {"b": 1}}', {"$key.a": {"b": 1}, "$key.a.b": 1}),
        ("key_format: avro, key_schema: key.avsc", b"\x0e", {"$key.id": 7}),
        ("key_format: protobuf, key_schema: row.proto", b"\x08\x07", {"$key.id": 7, "$key.name": ""}),
        (
            "key_format: csv, key: [user, n], columns: {user: text, n: int}",
            b'"u,1",7',
            {"$key.user": "u,1", "$key.n": 7},
        ),
        ("key_format: csv, mode: upsert, key: [$key.n]", b"7", {"$key.n": "7"}),
        ("key_format: csv, key: [n, user]", b"7,u1", {"$key.n": "7", "$key.user": "u1"}),
        ("key_format: string", b"u1", {}),
        ("key_format: json", None, {}),
    ],
)
def test_the_fields_of_a_key(tmp_path: Path, place: str, key: bytes | None, found: dict[str, object]) -> None:
    _, (record,) = read(sink(tmp_path, f"format: json, {place}"), raw(b"{}", key))

    assert {n: v for n, v in record.values.items() if n.startswith("$key.")} == found


def test_the_key_of_a_tombstone_has_its_fields(tmp_path: Path) -> None:
    place = sink(tmp_path, "format: json, mode: upsert, key: [$key.id], key_format: json, columns: {id: int}")

    changes, _ = read(place, raw(b"{}", b'{"id": 1}'), raw(None, b'{"id": 1}'))

    assert [record.values["$key.id"] for record in changes] == [1, 1]
    assert str(RecordReader(place, None).types["$key.id"]) == "integer"


def test_a_broken_key_is_told_as_such(tmp_path: Path) -> None:
    _, (record,) = read(sink(tmp_path, "format: json, key_format: json"), raw(b"{}", b"{"))

    assert (record.undecodable or "").startswith("its key is no JSON")


def test_headers_of_one_name_count_by_the_last_and_may_be_null_or_bytes() -> None:
    headers = (("a", b"1"), ("a", b"2"), ("b", None), ("c", b"\xff"))

    about = RawRecord(topic="x", partition=1, offset=2, key=None, value=None, headers=headers).about()

    assert {n: v for n, v in about.items() if n.startswith("$headers")} == {
        "$headers.a": "2",
        "$headers.b": None,
        "$headers.c": b"\xff",
    }
    assert (about["$partition"], about["$at"], about["$key"], about["$value"]) == (1, None, None, None)


@given(
    st.none() | st.binary(),
    st.none() | st.binary(),
    st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.none() | st.binary())),
)
def test_a_record_can_be_put_aside(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]]
) -> None:
    record = RawRecord(
        topic="x", partition=2, offset=3, key=key, value=value, timestamp_ms=4, headers=tuple(headers)
    )

    assert RawRecord.unpacked(record.packed()) == record


def test_a_row_of_protobuf_has_all_its_fields(tmp_path: Path) -> None:
    place = sink(tmp_path, "format: protobuf, schema: row.proto")
    assert place.schema is not None

    reader = RecordReader(place, None)

    assert (reader.closed, reader.always, sorted(reader.types)) == (True, True, ["id", "name"])
    assert codec_of(place.schema.schema, plain=True).decode(b"") == {"id": 0, "name": ""}
