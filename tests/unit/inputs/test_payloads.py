"""Rows as records of a topic: each format, keys that have one, headers, partitions and times."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.codecs.moments import Moment
from harness.codecs.schema import codec_of
from harness.errors import InputError
from harness.inputs.payloads import Payload, payloads, removals
from harness.inputs.row_encoding import Registered
from harness.scenario.load import load_scenarios
from harness.scenario.model import Place, Put, Remove, Send

CLOCK = Moment.from_text("2026-03-01T12:00:00Z")
COLUMNS = "columns: {id: int, name: text, at: timestamp}"
AVRO = {
    "type": "record",
    "name": "Row",
    "fields": [{"name": "id", "type": "int"}, {"name": "name", "type": "string"}],
}
KEY = {"type": "record", "name": "Key", "fields": [{"name": "id", "type": "long"}]}


def written(folder: Path, place: str, rows: str, verb: str = "send") -> tuple[Place, list[Payload]]:
    """The place, and the records of rows for it."""
    (folder / "job.py").write_text("")
    (folder / "row.avsc").write_text(json.dumps(AVRO))
    (folder / "key.avsc").write_text(json.dumps(KEY))
    (folder / "row.proto").write_text('syntax = "proto3"; message Row { int32 id = 1; string name = 2; }')
    section = "sources" if verb == "send" else "tables"
    (folder / "rows.pipeline.yaml").write_text(
        f"pipeline: rows\njob: {{python: job.py}}\n{section}:\n  x: {{kafka: x, {place}}}\n"
        "sinks:\n  y: {kafka: y, format: json}\n"
    )
    (folder / "one.scenario.yaml").write_text(
        f"scenario: one\npipeline: rows\nwhen:\n  - {{{verb}: x, rows: [{rows}]}}\n"
        "then: [{expect: y, empty: true}]\n"
    )
    (scenario,), problems = load_scenarios([folder], folder)
    assert not problems, [problem.render() for problem in problems]
    step = scenario.steps[0]
    found = scenario.pipeline.place("x")
    assert found is not None
    key = (
        Registered(schema=found.key_schema.schema, id=9)
        if found.key_format == "avro-confluent" and found.key_schema
        else None
    )
    if isinstance(step, Remove):
        return found, removals(found, step.rows, CLOCK, Registered(key=key))
    assert isinstance(step, Send | Put)
    return found, list(payloads(found, step.rows, CLOCK, Registered(key=key)))


def one(folder: Path, place: str, rows: str, verb: str = "send") -> Payload:
    (payload,) = written(folder, place, rows, verb)[1]
    return payload


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (f"format: csv, {COLUMNS}", b'7,"a,b",2026-03-01 12:00:05'),
        (f"format: csv, delimiter: tab, {COLUMNS}", b"7\ta,b\t2026-03-01 12:00:05"),
        (f"format: json, {COLUMNS}", b'{"id":7,"name":"a,b","at":"2026-03-01T12:00:05"}'),
        (f"format: json, {COLUMNS}, times: {{at: sql}}", b'{"id":7,"name":"a,b","at":"2026-03-01 12:00:05"}'),
    ],
)
def test_a_row_by_columns(tmp_path: Path, place: str, value: bytes) -> None:
    assert one(tmp_path, place, '{id: 7, name: "a,b", at: T+5s}').value == value


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("format: avro, schema: row.avsc", b"\x0e\x06uno"),
        ("format: protobuf, schema: row.proto, message: Row", b"\x08\x07\x12\x03uno"),
    ],
)
def test_a_row_by_its_schema(tmp_path: Path, place: str, value: bytes) -> None:
    assert one(tmp_path, place, "{id: 7, name: uno}").value == value


@pytest.mark.parametrize("format_", ["raw", "lines"])
def test_a_payload_as_it_is(tmp_path: Path, format_: str) -> None:
    found = written(tmp_path, f"format: {format_}", "{$value: <hex 00ff>}, {$value: a b}, {$value: null}")[1]

    assert [payload.value for payload in found] == [b"\x00\xff", b"a b", None]


CHANGES = (
    "{$op: insert, id: 1, name: one, at: T}, {$op: update_before, id: 1, name: one, at: T}, "
    "{$op: update_after, id: 1, name: uno, at: T}, {$op: +U, id: 2, name: zwei, at: T}, "
    "{$op: -D, id: 1, name: uno, at: T}, {id: 3, name: null, at: null}"
)


def test_rows_are_changes(tmp_path: Path) -> None:
    found = written(tmp_path, f"format: debezium-json, key: id, {COLUMNS}", CHANGES)[1]

    changes = [json.loads(payload.value or b"") for payload in found]
    assert [change["op"] for change in changes] == ["c", "u", "u", "d", "c"]
    assert changes[1]["before"] == {"id": 1, "name": "one", "at": "2026-03-01 12:00:00"}
    assert changes[1]["after"]["name"] == "uno"
    assert (changes[2]["before"], changes[3]["after"]) == (None, None)
    assert changes[4]["after"] == {"id": 3, "name": None, "at": None}
    assert [payload.key for payload in found] == [b"1", b"1", b"2", b"1", b"3"]


def test_a_change_happened_at_its_event_time(tmp_path: Path) -> None:
    payload = one(tmp_path, f"format: maxwell-json, event_time: at, {COLUMNS}", "{id: 1, name: a, at: T+5s}")

    assert payload.timestamp_ms == 1_772_366_405_000
    assert json.loads(payload.value or b"")["ts"] == 1_772_366_405


def test_a_changelog_takes_poison_and_tombstones(tmp_path: Path) -> None:
    rows = "{$key: a, $value: null}, {$value: nonsense}"
    found = written(tmp_path, f"format: canal-json, {COLUMNS}", rows)[1]

    assert [(payload.key, payload.value) for payload in found] == [(b"a", None), (None, b"nonsense")]


@pytest.mark.parametrize(
    ("place", "row", "key"),
    [
        ("key: id", "{id: 7, name: a}", b"7"),
        ("key: name", "{id: 7, name: a}", b"a"),
        ("key: [id, name]", "{id: 7, name: a}", b'{"id":7,"name":"a"}'),
        ("key: name", "{id: 7, name: null}", None),
        ("key: id", "{$key: null, id: 7}", None),
        ("key: id", "{$key: <base64 AP8=>, id: 7}", b"\x00\xff"),
        ("key: id, key_format: json", "{id: 7, name: a}", b'{"id":7}'),
        ("key: name, key_format: json", "{id: 7, name: '7'}", b'{"name":"7"}'),
        ("key: [id, name], key_format: json", "{id: 7, $key.name: b, name: a}", b'{"id":7,"name":"b"}'),
        ("key_format: json", "{$key.user.id: 5, id: 7}", b'{"user":{"id":5}}'),
        ("key_format: json", "{id: 7}", None),
        ("key: id, key_format: json", "{$key: plain, id: 7}", b"plain"),
        ("key: name, key_format: string", "{id: 7, name: a}", b"a"),
        ("key_format: raw", "{$key: <hex 00000007>, id: 7}", b"\x00\x00\x00\x07"),
        ("key: [name, id], key_format: csv", "{id: 7, name: 'a,b'}", b'"a,b",7'),
        ("key: id, key_format: csv", "{id: 7, $key.id: 8}", b"8"),
        ("key: id, key_format: avro, key_schema: key.avsc", "{id: 7}", b"\x0e"),
        ("key: id, key_format: avro, key_schema: key.avsc", "{id: 7, $key.id: 8}", b"\x10"),
        ("key: id, key_format: avro-confluent, key_schema: key.avsc", "{id: 7}", b"\0\0\0\0\x09\x0e"),
        ("key: id, key_format: protobuf, key_schema: row.proto", "{id: 7}", b"\x08\x07"),
    ],
)
def test_a_key(tmp_path: Path, place: str, row: str, key: bytes | None) -> None:
    assert one(tmp_path, f"format: json, columns: {{id: int, name: text}}, {place}", row).key == key


def test_a_key_whose_schema_cannot_read_it_is_told_where_it_stands(tmp_path: Path) -> None:
    place = "format: json, key: id, key_format: avro, key_schema: key.avsc"

    with pytest.raises(InputError) as raised:
        one(tmp_path, place, "{id: seven}")

    assert "seven" in raised.value.message
    assert raised.value.location is not None
    assert raised.value.location.line == 4


def test_headers_may_be_null_bytes_and_text(tmp_path: Path) -> None:
    row = "{$headers.a: null, $headers.b: <hex ff>, $headers.c: x y, $headers.d.e: '', id: 1}"

    assert one(tmp_path, "format: json", row).headers == (
        ("a", None),
        ("b", b"\xff"),
        ("c", b"x y"),
        ("d.e", b""),
    )


def test_partition_and_time_can_be_said(tmp_path: Path) -> None:
    payload = one(
        tmp_path, "format: json, partitions: 3, event_time: at", "{$partition: 2, $at: T+1s, id: 1}"
    )

    assert (payload.partition, payload.timestamp_ms) == (2, 1_772_366_401_000)


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ("format: json, key: [id]", b"7"),
        ("format: json, key: [id], key_format: json", b'{"id":"7"}'),
        ("format: json, columns: {id: int}, key: [id], key_format: json", b'{"id":7}'),
        ("format: avro, schema: row.avsc, key: [id], key_format: avro, key_schema: key.avsc", b"\x0e"),
        ("format: csv, columns: {id: int, name: text}, key: [id]", b"7"),
    ],
)
def test_removing_is_a_tombstone(tmp_path: Path, place: str, key: bytes) -> None:
    cell = "7" if "avro" in place or "int" in place or "key_format" not in place else "'7'"

    payload = one(tmp_path, place, f"{{id: {cell}}}", "remove")

    assert (payload.key, payload.value) == (key, None)


def test_putting_writes_by_key(tmp_path: Path) -> None:
    payload = one(tmp_path, "format: json, key: [id], key_format: json", "{id: 7, name: a}", "put")

    assert (payload.key, payload.value) == (b'{"id":7}', b'{"id":7,"name":"a"}')


@pytest.mark.parametrize(
    ("place", "row", "message"),
    [
        (f"format: csv, {COLUMNS}", "{id: 7, name: a}", "`at` is absent"),
        (f"format: csv, {COLUMNS}", "{id: 7, name: null, at: T}", "`name` is null, and this csv has no null"),
        ("format: avro, schema: row.avsc", "{id: 7}", "`name` is absent, and `Row` has no default for it"),
    ],
)
def test_what_a_format_cannot_say_is_told(tmp_path: Path, place: str, row: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        one(tmp_path, place, row)

    assert raised.value.message == message


def test_a_schema_of_a_key_reads_what_it_wrote(tmp_path: Path) -> None:
    place, (payload,) = written(
        tmp_path, "format: json, key: id, key_format: avro, key_schema: key.avsc", "{id: 12345678901}"
    )

    assert place.key_schema is not None
    assert codec_of(place.key_schema.schema, plain=True).decode(payload.key or b"") == {"id": 12345678901}
