"""The text of .proto files, their descriptors, and Confluent's rules on them."""

from __future__ import annotations

import base64

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, struct_pb2, timestamp_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from harness.registry.protobuf import Protobuf
from harness.registry.refusal import InvalidSchema

EVERYTHING = """
// A comment.
syntax = "proto3";
package a.b;
import "google/protobuf/timestamp.proto";
option java_package = "x." "y";
option (my.opt).foo = { a: 1 b: "}" };
message Order {
  reserved 5, 7 to 9, 100 to max; reserved "foo", 'bar';
  string id = 1 [deprecated = true, (v.rule) = "x", json_name = "ID"];
  optional int32 n = 2;
  repeated Item items = 3;
  map<string, Item.Kind> kinds = 4;
  oneof pay { string card = 10; Item item = 11; }
  google.protobuf.Timestamp at = 12; /* another
  comment */
  message Item {
    enum Kind { option allow_alias = true; UNKNOWN = 0; A = 1; B = 1 [deprecated = true]; }
    Kind kind = 1;
    .a.b.Order parent = 2;
  }
  string message = 13; string optional = 14; bytes map = 15;
}
enum Top { ZERO = 0; NEG = -1; reserved 4 to 6; }
service S { rpc Get (Order) returns (stream Order.Item) { option deprecated = true; } }
"""
PROTO2 = """
message M {
  required string a = 1 [default = "x\\"y"];
  optional sint64 b = 2 [default = -7];
  repeated group G = 3 { optional int32 c = 1; }
  extensions 100 to 199;
}
extend M { optional int32 e = 100; }
"""


def descriptor(schema: Protobuf) -> FileDescriptorProto:
    return FileDescriptorProto.FromString(base64.b64decode(schema.formatted("serialized")))


@pytest.mark.parametrize("text", [EVERYTHING, PROTO2])
def test_what_is_printed_means_the_same(text: str) -> None:
    schema = Protobuf(text, ())

    again = Protobuf(schema.text, ())

    assert again.text == schema.text
    assert descriptor(again) == descriptor(schema)


@pytest.mark.parametrize("text", [EVERYTHING, PROTO2])
def test_a_descriptor_in_base64_is_the_same_schema(text: str) -> None:
    schema = Protobuf(text, ())

    assert Protobuf(schema.formatted("serialized"), ()).text == schema.text


@pytest.mark.parametrize("text", [EVERYTHING, PROTO2])
def test_protobuf_itself_takes_the_descriptor(text: str) -> None:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)

    file = pool.AddSerializedFile(descriptor(Protobuf(text, ())).SerializeToString())

    assert file is not None or pool.FindFileByName("default")


@pytest.mark.parametrize("module", [descriptor_pb2, struct_pb2, timestamp_pb2])
def test_files_of_protobuf_itself_come_back_whole(module: object) -> None:
    written = FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)  # type: ignore[attr-defined]

    schema = Protobuf(base64.b64encode(written.SerializeToString()).decode(), ())

    # Through the text, where nothing but the text can carry anything.
    again = descriptor(Protobuf(schema.text, ()))
    assert [m.name for m in again.message_type] == [m.name for m in written.message_type]
    assert [[f.SerializeToString() for f in m.field] for m in again.message_type] == [
        [f.SerializeToString() for f in m.field] for m in written.message_type
    ]


def test_the_innermost_name_is_meant() -> None:
    text = """syntax = "proto3"; package p;
    message A { message A { int32 x = 1; } A inner = 1; .p.A outer = 2; }"""

    first, second = descriptor(Protobuf(Protobuf(text, ()).text, ())).message_type[0].field

    assert (first.type_name, second.type_name) == (".p.A.A", ".p.A")


def test_normalized_files_have_fields_by_number() -> None:
    left = Protobuf('syntax = "proto3"; message A { int32 b = 2; int32 a = 1; }', ())
    right = Protobuf('syntax = "proto3"; message A { int32 a = 1; int32 b = 2; }', ())

    assert left.text != right.text
    assert left.normalized == right.normalized


@pytest.mark.parametrize(
    "body",
    [
        *("message", "message A {", "message A { int32 a; }", "message A { int32 a = x; }", "hello world"),
        *("message A { int32 a = 0; }", "message A { int32 a = 19000; }", "message A { Nope a = 1; }"),
        "message A { int32 a = 1; int32 b = 1; }",
        "message A { int32 a = 1; int32 a = 2; }",
        "message A { reserved 1; int32 a = 1; }",
        'message A { reserved "a"; int32 a = 1; }',
        'import "nowhere.proto"; message A {}',
        'option java_multiple_files = "x"; message A {}',
        *("", "message A { string s = 1 [default = ; }", "message A { § }", "message A {" * 3_000),
    ],
)
def test_what_is_no_file_is_refused(body: str) -> None:
    with pytest.raises(InvalidSchema):
        Protobuf(f'syntax = "proto3";\n{body}', ())


def kinds(reader: str, writer: str, syntax: str = "proto3") -> list[str]:
    new, old = (Protobuf(f'syntax = "{syntax}"; {text}', ()) for text in (reader, writer))
    return [difference.kind for difference in new.differences(old, lenient=False)]


def field(type_: str) -> str:
    return f"enum E {{ Z = 0; }} message N {{}} message O {{}} message M {{ {type_} a = 1; }}"


NUMBER, KIND, NAMED = "FIELD_SCALAR_KIND_CHANGED", "FIELD_KIND_CHANGED", "FIELD_NAMED_TYPE_CHANGED"


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        *(("int32", other, []) for other in ("int64", "uint32", "uint64", "bool", "E")),
        *(("int32", other, [NUMBER]) for other in ("sint32", "fixed32", "float", "double", "string")),
        *(("sint32", "sint64", []), ("fixed32", "sfixed32", []), ("fixed64", "sfixed64", [])),
        *(("fixed32", "fixed64", [NUMBER]), ("string", "bytes", []), ("float", "double", [NUMBER])),
        *(("N", "int32", [KIND]), ("int32", "N", [KIND]), ("N", "O", [NAMED]), ("N", "N", [])),
        *(
            ("map<string, int32>", "map<string, int64>", []),
            ("map<string, int32>", "map<string, string>", [NUMBER]),
        ),
        *(("map<string, N>", "map<string, O>", [NAMED]), ("map<string, N>", "N", [KIND])),
        *(("map<string, N>", "map<string, int32>", [KIND]), ("repeated int32", "int32", [])),
        *(("repeated int32", "optional int32", ["FIELD_NUMERIC_LABEL_CHANGED"]),),
        ("repeated string", "optional string", []),
    ],
)
def test_a_field_changes_its_type(new: str, old: str, expected: list[str]) -> None:
    assert kinds(field(new), field(old)) == expected


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        ("message A { int32 a = 1; int32 b = 2; }", "message A { int32 a = 1; }", []),
        ("message A { int32 a = 1; }", "message A { int32 a = 1; int32 b = 2; }", []),
        ("message A { int32 b = 1; }", "message A { int32 a = 1; }", []),
        ("message A {} message B {}", "message A {}", []),
        ("message A {}", "message A {} message B {}", ["MESSAGE_REMOVED"]),
        ("message B {} message A {}", "message A {} message B {}", []),
        ("message A {}", "message A { message B {} }", ["MESSAGE_REMOVED"]),
        ("message A {}", "message A { map<int32, int32> m = 1; }", []),
        ("message A {}", "message A {} enum E { Z = 0; }", []),
        ("enum E { Z = 0; } message A {}", "enum E { Z = 0; Y = 1; } message A {}", []),
        ("package p; message A {}", "package q; message A {}", ["PACKAGE_CHANGED"]),
        # oneof
        ("message A { oneof x { int32 a = 1; } }", "message A { int32 a = 1; }", []),
        (
            "message A { oneof x { int32 a = 1; int32 b = 2; } }",
            "message A { int32 a = 1; int32 b = 2; }",
            ["MULTIPLE_FIELDS_MOVED_TO_ONEOF"],
        ),
        (
            "message A { oneof x { int32 a = 1; int32 b = 2; } }",
            "message A { oneof x { int32 a = 1; } int32 b = 2; }",
            ["FIELD_MOVED_TO_EXISTING_ONEOF"],
        ),
        ("message A { oneof x { int32 a = 1; int32 b = 2; } }", "message A { oneof x { int32 a = 1; } }", []),
        (
            "message A { oneof x { int32 a = 1; } }",
            "message A { oneof x { int32 a = 1; int32 b = 2; } }",
            ["ONEOF_FIELD_REMOVED"],
        ),
        ("message A {}", "message A { oneof x { int32 a = 1; int32 b = 2; } }", []),
        ("message A { int32 a = 1; }", "message A { oneof x { int32 a = 1; } }", []),
        (
            "message A { oneof y { string a = 1; } }",
            "message A { oneof x { int32 a = 1; } }",
            ["FIELD_SCALAR_KIND_CHANGED"],
        ),
        # Recursion
        ("message A { A a = 1; int64 b = 2; }", "message A { A a = 1; int32 b = 2; }", []),
    ],
)
def test_a_message_changes(new: str, old: str, expected: list[str]) -> None:
    assert kinds(new, old) == expected


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        ("message A { required int32 a = 1; }", "message A {}", ["REQUIRED_FIELD_ADDED"]),
        ("message A {}", "message A { required int32 a = 1; }", ["REQUIRED_FIELD_REMOVED"]),
        ("message A { optional int32 a = 1; }", "message A {}", []),
    ],
)
def test_required_fields_of_proto2(new: str, old: str, expected: list[str]) -> None:
    assert kinds(new, old, "proto2") == expected


def test_what_a_reference_defines_is_compared() -> None:
    def holder(type_: str) -> Protobuf:
        other = f'syntax = "proto3"; package r; message R {{ {type_} x = 1; }}'
        return Protobuf(
            'syntax = "proto3"; import "r.proto"; message H { r.R r = 1; }', (("r.proto", other),)
        )

    assert holder("int64").differences(holder("int32"), lenient=False) == []
    found = [d.kind for d in holder("string").differences(holder("int32"), lenient=False)]
    assert found == ["FIELD_SCALAR_KIND_CHANGED", "FIELD_NAMED_TYPE_CHANGED"]
