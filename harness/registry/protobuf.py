"""Protobuf as one of the registry's schema types: a .proto text, or a descriptor in base64."""

from __future__ import annotations

import base64
import binascii
import importlib
import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.message import DecodeError

from harness.registry.difference import Difference
from harness.registry.parsed import Named, Parsed
from harness.registry.protobuf_parser import parse_proto
from harness.registry.protobuf_printer import print_proto
from harness.registry.protobuf_rules import Scope, protobuf_differences
from harness.registry.refusal import InvalidSchema

GIVEN = ("confluent/", "google/type/")
"""Files that Confluent's registry brings; what they define is taken as it is named."""
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")


class Protobuf:
    """A .proto file that was understood."""

    def __init__(self, text: str, references: tuple[Named, ...]) -> None:
        self._others = {name: read_file(other) for name, other in references}
        self.file = read_file(text)
        _check(self.file)
        self._kinds = dict(_kinds(self.file))
        for other in (*self._others.values(), *_given(self.file, self._others)):
            self._kinds.update(_kinds(other))
        self._resolve()
        self.text = print_proto(self.file)

    @cached_property
    def normalized(self) -> str:
        """With imports by name, and fields and constants by number."""
        file = FileDescriptorProto()
        file.CopyFrom(self.file)
        if not file.public_dependency and not file.weak_dependency:
            _reorder(file.dependency, sorted(file.dependency))
        for message in _messages(file.message_type):
            _reorder(message.field, sorted(message.field, key=lambda field: field.number))
        for enum in [*file.enum_type, *(e for m in _messages(file.message_type) for e in m.enum_type)]:
            _reorder(enum.value, sorted(enum.value, key=lambda value: (value.number < 0, value.number)))
        return print_proto(file)

    def formatted(self, form: str) -> str:
        """`serialized`: the descriptor in base64, as Confluent's deserializers ask for it."""
        if form != "serialized":
            return self.text
        file = FileDescriptorProto()
        file.CopyFrom(self.file)
        if not file.name:
            file.name = "default"
        return base64.b64encode(file.SerializeToString(deterministic=True)).decode()

    def differences(self, written: Parsed, *, lenient: bool) -> list[Difference]:
        """Why data of `written` cannot be read with this schema; empty if they can."""
        del lenient
        assert isinstance(written, Protobuf)
        return protobuf_differences(self._scope, written._scope)  # noqa: SLF001 - of the same class

    @cached_property
    def _scope(self) -> Scope:
        return Scope(self.file, list(self._others.values()))

    def _resolve(self) -> None:
        """Give every type its full name, and every field the kind of its type."""
        package = self.file.package
        lenient = any(name.startswith(GIVEN) for name in self.file.dependency)
        for scope, field in _fields(self.file.message_type, package):
            self._resolve_field(field, scope, lenient=lenient)
        for extension in self.file.extension:
            self._resolve_field(extension, package, lenient=lenient)
        for service in self.file.service:
            for method in service.method:
                method.input_type = self._full(method.input_type, package, lenient=lenient)
                method.output_type = self._full(method.output_type, package, lenient=lenient)

    def _resolve_field(self, field: FieldDescriptorProto, scope: str, *, lenient: bool) -> None:
        if field.extendee:
            field.extendee = self._full(field.extendee, scope, lenient=lenient)
        if not field.type_name:
            return
        field.type_name = self._full(field.type_name, scope, lenient=lenient)
        if field.type != FieldDescriptorProto.TYPE_GROUP:
            field.type = self._kinds.get(field.type_name, FieldDescriptorProto.TYPE_MESSAGE)

    def _full(self, name: str, scope: str, *, lenient: bool) -> str:
        """The full name with a dot before it; the innermost scope that knows the name wins."""
        if name.startswith("."):
            if name in self._kinds or lenient:
                return name
            raise InvalidSchema(f'"{name}" is not defined.')
        parts = scope.split(".") if scope else []
        for depth in range(len(parts), -1, -1):
            candidate = "." + ".".join([*parts[:depth], name])
            if candidate in self._kinds:
                return candidate
        if lenient:
            return f".{name}"
        raise InvalidSchema(f'"{name}" is not defined.')


@lru_cache(256)
def _descriptor(text: str) -> bytes:
    """A file's serialized descriptor; a text that is no .proto may be one already, in base64."""
    try:
        return bytes(parse_proto(text).SerializeToString())
    except InvalidSchema:
        if not _BASE64.fullmatch(text):
            raise
        try:
            decoded = base64.b64decode("".join(text.split()), validate=True)
            return bytes(FileDescriptorProto.FromString(decoded).SerializeToString())
        except (binascii.Error, DecodeError):
            raise InvalidSchema("neither a .proto text nor a descriptor in base64") from None


def read_file(text: str) -> FileDescriptorProto:
    """A file from its text or its descriptor in base64.

    Raises:
        InvalidSchema: It is neither.
    """
    file = FileDescriptorProto.FromString(_descriptor(text))
    # Where things stood in a source, and what the file was called, mean nothing to a reader.
    file.ClearField("source_code_info")
    file.ClearField("name")
    if file.syntax == "proto2":
        file.ClearField("syntax")
    return file


def _kinds(file: FileDescriptorProto) -> Iterator[tuple[str, FieldDescriptorProto.Type.ValueType]]:
    prefix = f".{file.package}." if file.package else "."

    def below(messages: Iterable[DescriptorProto], prefix: str) -> Iterator[tuple[str, Any]]:
        for message in messages:
            yield prefix + message.name, FieldDescriptorProto.TYPE_MESSAGE
            inner = f"{prefix}{message.name}."
            yield from ((inner + enum.name, FieldDescriptorProto.TYPE_ENUM) for enum in message.enum_type)
            yield from below(message.nested_type, inner)

    yield from ((prefix + enum.name, FieldDescriptorProto.TYPE_ENUM) for enum in file.enum_type)
    yield from below(file.message_type, prefix)


def _given(
    file: FileDescriptorProto, others: dict[str, FileDescriptorProto]
) -> Iterator[FileDescriptorProto]:
    """The well-known files among the imports.

    Raises:
        InvalidSchema: An import is neither referenced nor known.
    """
    for holder in (file, *others.values()):
        for name in holder.dependency:
            if name in others or name.startswith(GIVEN):
                continue
            known = re.fullmatch(r"google/protobuf/(\w+)\.proto", name)
            try:
                found = importlib.import_module(f"google.protobuf.{known[1]}_pb2") if known else None
            except ImportError:
                found = None
            if found is None:
                raise InvalidSchema(f'unable to resolve import "{name}"')
            yield FileDescriptorProto.FromString(found.DESCRIPTOR.serialized_pb)


def _messages(messages: Iterable[DescriptorProto]) -> Iterator[DescriptorProto]:
    for message in messages:
        yield message
        yield from _messages(message.nested_type)


def _fields(messages: Iterable[DescriptorProto], scope: str) -> Iterator[tuple[str, FieldDescriptorProto]]:
    for message in messages:
        inner = f"{scope}.{message.name}" if scope else message.name
        yield from ((inner, field) for field in (*message.field, *message.extension))
        yield from _fields(message.nested_type, inner)


def _check(file: FileDescriptorProto) -> None:
    """Raise if a message uses a number or a name twice."""
    for message in _messages(file.message_type):
        for what, used in (
            ("number", [field.number for field in message.field]),
            ("name", [field.name for field in message.field]),
        ):
            twice = next((value for value in used if used.count(value) > 1), None)
            if twice is not None:
                raise InvalidSchema(f"multiple fields of {message.name} share {what} {twice}")
        for field in message.field:
            if any(span.start <= field.number < span.end for span in message.reserved_range):
                raise InvalidSchema(
                    f"field {field.name} of {message.name} uses reserved number {field.number}"
                )
            if field.name in message.reserved_name:
                raise InvalidSchema(f"field {field.name} of {message.name} uses a reserved name")
    if not file.message_type and not file.enum_type and not file.extension and not file.service:
        raise InvalidSchema("no message, enum, extension or service")


def _reorder(container: Any, items: list[Any]) -> None:
    copies = [
        item if isinstance(item, str) else type(item).FromString(item.SerializeToString()) for item in items
    ]
    del container[:]
    container.extend(copies)
