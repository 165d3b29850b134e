"""Protobuf without protoc: a .proto text reads cells and bytes."""

from __future__ import annotations

import base64
import gc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.codecs import proto_schema, proto_text
from harness.codecs.cell_error import CellError
from harness.codecs.json_format import DecodeError
from harness.codecs.moments import Moment
from harness.codecs.proto_format import ProtoCodec
from harness.codecs.record_cells import read_record
from harness.codecs.schema_error import SchemaError
from harness.location import Location
from harness.rows import Cell

HERE = Location(Path("f.yaml"), 3, 1)
CLOCK = Moment.from_text("2026-03-01T12:00:00Z")
TEXT = """\
// A comment; with { marks }.
syntax = "proto3";
package bots.v1;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
option java_package = "com.example";

message Envelope { string id = 1; }

message Session {
  option (my.option) = { a: 1 };
  reserved 40 to 50;
  string id = 1;
  int64 count = 2 [json_name = "n"];
  uint32 small = 3;
  double rate = 4;
  float single = 5;
  bool done = 6;
  bytes raw = 7;
  Kind kind = 8;
  google.protobuf.Timestamp at = 9;
  Shop shop = 10;
  repeated string tags = 11;
  repeated Shop shops = 12;
  map<string, int32> counts = 13;
  map<int64, Shop> by_number = 14;
  oneof who { string person = 15; int64 machine = 16; }
  optional int32 maybe = 17;
  google.protobuf.StringValue wrapped = 18;
  Session parent = 19;
  /* nested */
  message Shop { string city = 1; Inner.Deep deep = 2; }
  message Inner { enum Deep { NONE = 0; DEEP = -1; } }
}
enum Kind { UNKNOWN = 0; BOT = 1 [deprecated = true]; }
service Nothing { rpc Ask (Envelope) returns (Session) { option (x) = {}; } }
"""


def codec(message: str | None = "Session") -> ProtoCodec:
    return ProtoCodec(proto_schema.read(TEXT, message))


def through(**cells: str) -> dict[str, object]:
    schema = proto_schema.read(TEXT, "Session")
    typed = {name.replace("__", "."): Cell(text, HERE) for name, text in cells.items()}
    record = read_record(typed, schema.record, CLOCK, HERE)
    own = ProtoCodec(schema)
    return own.decode(own.encode(record))


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("id", "007", "007"),
        ("count", "-9223372036854775808", -(2**63)),
        ("small", "4294967295", 2**32 - 1),
        ("rate", "0.1", 0.1),
        ("single", "0.1", 0.1),
        ("done", "true", True),
        ("raw", "\\x00ff", b"\x00\xff"),
        ("kind", "BOT", "BOT"),
        ("at", "T", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("at", "1969-12-31T23:59:59.999999Z", datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("shop__city", "Ulm", {"city": "Ulm", "deep": "NONE"}),
        ("shop__deep", "DEEP", {"city": "", "deep": "DEEP"}),
        ("tags", '["a", "b"]', ["a", "b"]),
        ("shops", '[{"city": "Ulm"}]', [{"city": "Ulm", "deep": "NONE"}]),
        ("counts", '{"a": 1}', {"a": 1}),
        ("by_number", '{"7": {"city": "Ulm"}}', {"7": {"city": "Ulm", "deep": "NONE"}}),
        ("machine", "0", 0),
        ("maybe", "0", 0),
        ("maybe", "null", None),
        ("wrapped", "", None),
    ],
)
def test_a_cell_comes_back_as_its_fields_value(field: str, text: str, value: object) -> None:
    if not text:
        assert through(id="x")[field] is value
        return
    found = through(**{field: text})[field.partition("__")[0]]

    assert found == value
    assert type(found) is type(value)


def test_what_is_absent_reads_as_its_default() -> None:
    assert through() == {
        "id": "",
        "count": 0,
        "small": 0,
        "rate": 0.0,
        "single": 0.0,
        "done": False,
        "raw": b"",
        "kind": "UNKNOWN",
        "at": None,
        "shop": None,
        "tags": [],
        "shops": [],
        "counts": {},
        "by_number": {},
        "person": None,
        "machine": None,
        "maybe": None,
        "wrapped": None,
        "parent": None,
    }


def test_a_message_inside_of_itself_works() -> None:
    parent = through(id="a", parent='{"id": "b", "parent": {"id": "c"}}')["parent"]

    assert isinstance(parent, dict)
    assert parent["parent"]["id"] == "c"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"small": "-1"}, "`-1` is out of the bounds of uint32 (`small` is uint32)"),
        ({"kind": "BTO"}, "`BTO` is no Kind (`kind` is Kind)"),
        ({"id": "null"}, "null is no string, and the schema has no null there (`id` is string)"),
        ({"person": "a", "machine": "1"}, "`person` and `machine` are of one oneof, `who`"),
        ({"by_number": '{"x": {}}'}, "`x` is no key of `by_number`"),
    ],
)
def test_what_a_field_cannot_hold_is_an_error(cells: dict[str, str], message: str) -> None:
    with pytest.raises(CellError) as raised:
        through(**cells)

    assert raised.value.message == message


def test_the_message_is_named_by_its_indexes() -> None:
    assert codec("Envelope").encode({"id": "a"}) == b"\x00\x0a\x01a"
    assert codec("Session").encode({"id": "a"}) == b"\x02\x02\x0a\x01a"
    assert codec("Session.Shop").encode({"city": "a"}) == b"\x04\x02\x00\x0a\x01a"


def test_any_message_of_the_file_is_read_by_its_indexes() -> None:
    assert codec(None).decode(codec("Session.Shop").encode({"city": "a"})) == {"city": "a", "deep": "NONE"}


@pytest.mark.parametrize(
    "data", [b"", b"\x02", b"\x00\x0a\x05a", b"\x02\x63", b"\x01", b"\xff" * 12, b"\x00\x0a\x01\xff"]
)
def test_broken_bytes_are_undecodable(data: bytes) -> None:
    with pytest.raises(DecodeError):
        codec().decode(data)


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    own = codec()
    try:
        record = own.decode(data)
    except DecodeError:
        return
    assert record


def test_a_descriptor_in_base64_is_read_too() -> None:
    file = proto_text.read('syntax = "proto3"; message A { string id = 1; }', {})
    text = base64.b64encode(file.SerializeToString()).decode()

    assert isinstance(file, FileDescriptorProto)
    assert [name for name, _ in proto_schema.read(text, None).record.fields] == ["id"]


def test_proto2_has_defaults_and_presence() -> None:
    text = "message A { required string id = 1; optional int32 n = 2 [default = 5]; repeated int32 m = 3; }"
    own = ProtoCodec(proto_schema.read(text, None))

    assert own.decode(own.encode({"id": "a", "m": [1, 2]})) == {"id": "a", "n": None, "m": [1, 2]}


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ("mesage A {}", "`mesage` cannot stand here", 0),
        ("message A { strng id = 1; }", "`strng` is no type", 12),
        ("message A { string id = 1; string id = 2; }", "the field `id` is there twice", 34),
        ("message A { string id = 1; int32 n = 1; }", "the number 1 is there twice", 37),
        ("message A { string id = x; }", "`x` is no whole number", 24),
        ("message A { string id = 1 }", "`;` is missing before `}`", 26),
        ("message A {", "the file ends too early", 10),
        ("message A { ~ }", "`~` cannot stand here", 12),
        ('import "other.proto"; message A {}', "`other.proto` cannot be imported", 7),
        ('syntax = "proto3"; enum E { A = 0; }', "the file has no message", None),
    ],
)
def test_a_wrong_file_says_what_and_where(text: str, message: str, at: int | None) -> None:
    with pytest.raises(SchemaError) as raised:
        proto_schema.read(text, None)

    assert raised.value.message == message
    assert raised.value.position == at


def test_an_unknown_message_names_the_nearest() -> None:
    with pytest.raises(SchemaError) as raised:
        proto_schema.read(TEXT, "Sesion")

    assert raised.value.message == "there is no message `Sesion`"
    assert raised.value.hint == "did you mean `Session`?"


def test_messages_outlive_the_collection_of_other_schemas() -> None:
    """Protobuf's library ends the process where a class or a pool was collected too early."""
    for number in range(30):
        own = codec()
        for other in range(10):
            proto_schema.read(TEXT.replace("Session", f"S{number}x{other}"), None)
        gc.collect()
        record = {"id": "a", "at": datetime(2026, 3, 1, tzinfo=UTC), "shop": {"city": "Ulm"}}
        assert own.decode(own.encode(record))["at"] == record["at"]
