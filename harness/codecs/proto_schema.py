"""A .proto file as types: what the fields of its messages hold."""

from __future__ import annotations

import base64
import binascii
import importlib
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError as BrokenMessage

from harness.codecs import proto_text
from harness.codecs.paths import ABSENT
from harness.codecs.schema_error import SchemaError, UnknownMessage, UnknownName
from harness.codecs.types import (
    BOOLEAN,
    BYTES,
    FLOAT,
    INSTANT,
    INTEGER,
    SINGLE,
    TEXT,
    Reference,
    Type,
    TypeKind,
)
from harness.errors import did_you_mean

TIMESTAMP = "google.protobuf.Timestamp"
WRAPPERS = frozenset(
    f"google.protobuf.{name}Value"
    for name in ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
)
"""Messages of one `value` that stand for a scalar that may be null."""
WELL_KNOWN = ("any", "duration", "empty", "field_mask", "struct", "timestamp", "wrappers")

_INT32, _INT64 = (-(2**31), 2**31 - 1), (-(2**63), 2**63 - 1)
_UINT32, _UINT64 = (0, 2**32 - 1), (0, 2**64 - 1)
_SCALARS = {
    1: ("double", FLOAT, None),
    2: ("float", SINGLE, None),
    3: ("int64", INTEGER, _INT64),
    4: ("uint64", INTEGER, _UINT64),
    5: ("int32", INTEGER, _INT32),
    6: ("fixed64", INTEGER, _UINT64),
    7: ("fixed32", INTEGER, _UINT32),
    8: ("bool", BOOLEAN, None),
    9: ("string", TEXT, None),
    12: ("bytes", BYTES, None),
    13: ("uint32", INTEGER, _UINT32),
    15: ("sfixed32", INTEGER, _INT32),
    16: ("sfixed64", INTEGER, _INT64),
    17: ("sint32", INTEGER, _INT32),
    18: ("sint64", INTEGER, _INT64),
}


@dataclass(frozen=True, slots=True, eq=False)
class ProtoSchema:
    """A file of messages.

    Attributes:
        pool: What holds the descriptors; Protobuf's library crashes where it is gone before they are.
        file: Its descriptor in Protobuf's library.
        message: The descriptor of the message that is meant.
        record: Its type.
    """

    pool: DescriptorPool
    file: Any
    message: Any
    record: Type


def read(text: str, message: str | None, references: Mapping[str, str] | None = None) -> ProtoSchema:
    """The schema that a text is.

    Args:
        text: The text of a .proto file, or its descriptor in base64, as some clients register it.
        message: The message that is meant; None: the first.
        references: Texts of the files that it imports, by name.

    Raises:
        SchemaError: It is no .proto file, or the message is not in it.
    """
    pool = DescriptorPool()
    known: dict[str, str] = {}
    file = _add(text, "schema.proto", references or {}, pool, known)
    return _schema(pool, file, _messages(file), message)


def check(text: str, references: Mapping[str, str] | None = None) -> None:
    """Read a file that others import; it may have no message.

    Raises:
        SchemaError: It is no .proto file.
    """
    _add(text, "schema.proto", references or {}, DescriptorPool(), {})


def read_set(data: bytes, message: str | None) -> ProtoSchema:
    """The schema in a compiled set of files, the last of which is the one that was compiled.

    Args:
        data: What `protoc --descriptor_set_out` writes.
        message: The message that is meant, of any of its files; None: the first of the last file.

    Raises:
        SchemaError: It is no such set, or the message is not in it.
    """
    try:
        files = list(FileDescriptorSet.FromString(data).file)
    except BrokenMessage:
        files = []
    if not files or not all(file.name for file in files):
        raise SchemaError(
            "this is no descriptor set", "`protoc --include_imports --descriptor_set_out` writes one"
        )
    pool = DescriptorPool()
    for file in files:
        for other in file.dependency:
            _add_missing(other, {one.name for one in files}, pool)
        _into(pool, file)
    names = [*_messages(files[-1]), *(name for file in files[:-1] for name in _messages(file))]
    return _schema(pool, files[-1], names, message)


def _add_missing(name: str, there: Container[str], pool: DescriptorPool) -> None:
    stem = name.removeprefix("google/protobuf/").removesuffix(".proto")
    if name in there:
        return
    if stem not in WELL_KNOWN:
        raise SchemaError(f"the set imports `{name}` and does not hold it", "give protoc `--include_imports`")
    _add_well_known(stem, pool)


def _add_well_known(stem: str, pool: DescriptorPool) -> FileDescriptorProto:
    found = importlib.import_module(f"google.protobuf.{stem}_pb2").DESCRIPTOR
    file = FileDescriptorProto.FromString(found.serialized_pb)
    pool.Add(file)
    return file


def _into(pool: DescriptorPool, file: FileDescriptorProto) -> None:
    try:
        pool.Add(file)
        pool.FindFileByName(file.name)
    except (TypeError, KeyError) as error:
        raise SchemaError(f"this is no schema: {str(error).strip().splitlines()[-1]}") from None


def _schema(
    pool: DescriptorPool, file: FileDescriptorProto, names: list[str], message: str | None
) -> ProtoSchema:
    if not names:
        raise SchemaError("the file has no message")
    if message is not None and message not in names:
        short = {name.removeprefix(f"{file.package}."): name for name in names}
        if message not in short:
            raise UnknownMessage(
                f"there is no message `{message}`", did_you_mean(message, short, what="there are")
            )
        message = short[message]
    descriptor = pool.FindMessageTypeByName(message or names[0])
    return ProtoSchema(pool, descriptor.file, descriptor, _record(descriptor, {}))


def _add(
    text: str, name: str, references: Mapping[str, str], pool: DescriptorPool, known: dict[str, str]
) -> FileDescriptorProto:
    """Put a file and all that it imports into the pool."""
    file = _from_base64(text)
    imports = [(one, 0) for one in file.dependency] if file else proto_text.imports_of(text)
    for other, position in imports:
        if other in references:
            _add(references[other], other, references, pool, known)
            continue
        stem = other.removeprefix("google/protobuf/").removesuffix(".proto")
        if stem not in WELL_KNOWN:
            hint = "files beside it and the well-known types (`google/protobuf/...`) can be imported"
            raise UnknownName(f"`{other}` cannot be imported", hint, names=(other,), position=position)
        known |= _names(_add_well_known(stem, pool))
    file = file or proto_text.read(text, known)
    file.name = name
    known |= _names(file)
    _into(pool, file)
    return file


def _from_base64(text: str) -> FileDescriptorProto | None:
    try:
        return FileDescriptorProto.FromString(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, BrokenMessage):
        return None


def _names(file: FileDescriptorProto) -> dict[str, str]:
    found = {}

    def add(scope: str, messages: Any, enums: Any) -> None:
        prefix = f"{scope}." if scope else ""
        found.update({f"{prefix}{enum.name}": "enum" for enum in enums})
        for message in messages:
            found[f"{prefix}{message.name}"] = "message"
            add(f"{prefix}{message.name}", message.nested_type, message.enum_type)

    add(file.package, file.message_type, file.enum_type)
    return found


def _messages(file: FileDescriptorProto) -> list[str]:
    """The full names of the messages, those inside of others behind them."""
    found: list[str] = []

    def add(scope: str, messages: list[DescriptorProto]) -> None:
        plain = [message for message in messages if not message.options.map_entry]
        names = [f"{scope}.{message.name}" if scope else message.name for message in plain]
        found.extend(names)
        for name, message in zip(names, plain, strict=True):
            add(name, list(message.nested_type))

    add(file.package, list(file.message_type))
    return found


def _record(message: Any, opened: dict[str, Reference]) -> Type:
    if message.full_name in opened:
        return Type(TypeKind.REFERENCE, name=message.name, target=opened[message.full_name])
    reference = opened[message.full_name] = Reference(message.name)
    fields = {found.name: _field(found, opened) for found in message.fields}
    type_ = Type(
        TypeKind.RECORD,
        fields=tuple(fields.items()),
        absent=dict.fromkeys(fields, ABSENT),
        name=message.name,
    )
    reference.define(type_)
    return type_


def _field(found: Any, opened: dict[str, Reference]) -> Type:
    if is_map(found):
        return Type(
            TypeKind.MAP, of=_single(found.message_type.fields_by_name["value"], opened), nullable=False
        )
    single = _single(found, opened)
    if is_repeated(found):
        return Type(TypeKind.ARRAY, of=replace(single, nullable=False), nullable=False)
    return replace(single, nullable=found.has_presence)


def is_repeated(found: Any) -> bool:
    """Whether a field holds a list (or a map)."""
    return bool(found.label == found.LABEL_REPEATED)


def is_map(found: Any) -> bool:
    """Whether a field is a map."""
    return found.message_type is not None and bool(found.message_type.GetOptions().map_entry)


def _single(found: Any, opened: dict[str, Reference]) -> Type:
    if found.enum_type is not None:
        symbols = tuple(value.name for value in found.enum_type.values)
        return Type(TypeKind.ENUM, symbols=symbols, name=found.enum_type.name, nullable=False)
    if found.message_type is None:
        name, type_, bounds = _SCALARS[found.type]
        return replace(type_, name=name, bounds=bounds, nullable=False)
    full = found.message_type.full_name
    if full == TIMESTAMP:
        return replace(INSTANT, name="Timestamp")
    if full in WRAPPERS:
        return replace(_single(found.message_type.fields_by_name["value"], opened), nullable=True)
    return _record(found.message_type, opened)
