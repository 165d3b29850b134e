"""Protobuf without a registry: a .proto file or a compiled set, and bytes that do not name their message."""

from __future__ import annotations

import contextlib

import pytest
from google.protobuf import timestamp_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from hypothesis import given
from hypothesis import strategies as st

from harness.codecs import proto_text
from harness.codecs.json_format import DecodeError
from harness.codecs.proto_schema import read_set
from harness.codecs.schema import Language, codec_of, read_descriptors, read_schema
from harness.codecs.schema_error import SchemaError, UnknownMessage

TEXT = """
syntax = "proto3";
package roo;
message AppEvent { string screen = 1; }
message WebEvent { string user_id = 1; int32 seconds = 2; Device device = 3; }
message Device { string os = 1; }
"""
RECORD = {"user_id": "u1", "seconds": 3, "device": {"os": "ios"}}


def compiled(*texts: str) -> bytes:
    """What protoc makes of files: what others import comes first."""
    files: list[FileDescriptorProto] = []
    for number, text in enumerate(texts):
        file = proto_text.read(text, {})
        file.name = f"file{number}.proto"
        files.append(file)
    data: bytes = FileDescriptorSet(file=files).SerializeToString()
    return data


def test_a_message_is_its_bytes_alone() -> None:
    codec = codec_of(read_schema(Language.PROTOBUF, TEXT, "WebEvent"), plain=True)

    data = codec.encode({"user_id": "u1", "seconds": 3})

    assert data == b"\x0a\x02u1\x10\x03"
    assert codec.decode(data) == {"user_id": "u1", "seconds": 3, "device": None}


def test_behind_an_id_the_same_message_is_named() -> None:
    schema = read_schema(Language.PROTOBUF, TEXT, "WebEvent")

    assert codec_of(schema).encode(RECORD) != codec_of(schema, plain=True).encode(RECORD)


@pytest.mark.parametrize("message", ["roo.WebEvent", "WebEvent"])
def test_a_compiled_set_is_as_good_as_its_text(message: str) -> None:
    schema = read_descriptors(compiled('syntax = "proto3"; message Other { int32 a = 1; }', TEXT), message)
    codec = codec_of(schema, plain=True)

    assert codec.decode(codec.encode(RECORD)) == RECORD
    assert codec.encode(RECORD) == codec_of(
        read_schema(Language.PROTOBUF, TEXT, "WebEvent"), plain=True
    ).encode(RECORD)


def test_the_first_message_of_the_last_file_is_meant() -> None:
    schema = read_descriptors(compiled('syntax = "proto3"; message Other { int32 a = 1; }', TEXT))

    assert [name for name, _ in schema.record.fields] == ["screen"]


def test_a_message_of_an_imported_file_can_be_meant() -> None:
    schema = read_descriptors(compiled('syntax = "proto3"; message Other { int32 a = 1; }', TEXT), "Other")
    codec = codec_of(schema, plain=True)

    assert codec.decode(codec.encode({"a": 5})) == {"a": 5}


def test_well_known_types_need_not_be_in_the_set() -> None:
    file = FileDescriptorProto(
        name="a.proto", syntax="proto3", dependency=["google/protobuf/timestamp.proto"]
    )
    message = file.message_type.add(name="A")
    message.field.add(
        name="at", number=1, label=1, type=11, type_name=f".{timestamp_pb2.Timestamp.DESCRIPTOR.full_name}"
    )

    schema = read_descriptors(FileDescriptorSet(file=[file]).SerializeToString())

    assert str(dict(schema.record.fields)["at"]) == "Timestamp"


@pytest.mark.parametrize(
    ("data", "message", "error"),
    [
        (b"", None, "this is no descriptor set"),
        (b"no descriptors at all", None, "this is no descriptor set"),
        (compiled('syntax = "proto3";'), None, "the file has no message"),
        (compiled(TEXT), "Sesion", "there is no message `Sesion`"),
        (
            FileDescriptorSet(
                file=[FileDescriptorProto(name="a", dependency=["b.proto"])]
            ).SerializeToString(),
            None,
            "the set imports `b.proto` and does not hold it",
        ),
    ],
)
def test_what_is_no_set_is_told(data: bytes, message: str | None, error: str) -> None:
    with pytest.raises(SchemaError) as raised:
        read_set(data, message)

    assert raised.value.message == error


def test_an_unknown_message_is_told_with_those_that_are_there() -> None:
    with pytest.raises(UnknownMessage) as raised:
        read_set(compiled(TEXT), "WebEvnt")

    assert raised.value.hint == "did you mean `WebEvent`?"


@given(st.binary())
def test_any_bytes_are_a_set_or_a_clean_error(data: bytes) -> None:
    with contextlib.suppress(SchemaError):
        read_set(data, None)


@given(st.binary())
def test_any_bytes_are_a_message_or_a_clean_error(data: bytes) -> None:
    codec = codec_of(read_schema(Language.PROTOBUF, TEXT, "WebEvent"), plain=True)
    with contextlib.suppress(DecodeError):
        assert codec.decode(data).keys() == RECORD.keys()
