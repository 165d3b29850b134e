"""The descriptor of a .proto file -> its text, in one fixed form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    ServiceDescriptorProto,
)

from harness.registry.protobuf_parser import MAX_NUMBER, SCALARS, json_name

_NAMES = {number: name for name, number in SCALARS.items()}
_INDENT = "  "


def print_proto(file: FileDescriptorProto) -> str:
    """Write a file whose types are resolved."""
    return "\n".join(_Printer(file).lines()) + "\n"


class _Printer:
    def __init__(self, file: FileDescriptorProto) -> None:
        self._file = file
        self._proto3 = file.syntax == "proto3"

    def lines(self) -> Iterator[str]:
        file = self._file
        yield f'syntax = "{file.syntax or "proto2"}";'
        if file.package:
            yield f"package {file.package};"
        if file.dependency:
            yield ""
        for index, name in enumerate(file.dependency):
            public = "public " if index in file.public_dependency else ""
            weak = "weak " if index in file.weak_dependency else ""
            yield f"import {public}{weak}{json.dumps(name)};"
        options = [f"option {name} = {value};" for name, value in _options(file.options)]
        if options:
            yield from ("", *options)
        for message in file.message_type:
            yield from ("", *self._message(message, message.name))
        for enum in file.enum_type:
            yield from ("", *_enum(enum))
        yield from self._extensions(file.extension, "")
        for service in file.service:
            yield from ("", *self._service(service))

    def _message(self, message: DescriptorProto, name: str, head: str = "") -> Iterator[str]:
        yield head or f"message {name} {{"
        maps = {nested.name: nested for nested in message.nested_type if nested.options.map_entry}
        groups = {f.type_name.rpartition(".")[2] for f in message.field if f.type == f.TYPE_GROUP}
        body: list[str] = [f"option {key} = {value};" for key, value in _options(message.options)]
        body += _reserved(message, last=1)
        for span in message.extension_range:
            body.append(f"extensions {_range(span.start, span.end - 1)};")
        written: set[int] = set()
        for field in message.field:
            index = field.oneof_index if field.HasField("oneof_index") and not field.proto3_optional else None
            if index is None:
                body += self._field(field, message, maps)
            elif index not in written:
                written.add(index)
                body += self._oneof(message, index, maps)
        for nested in message.nested_type:
            if nested.name not in maps and nested.name not in groups:
                body += ["", *self._message(nested, nested.name)]
        for enum in message.enum_type:
            body += ["", *_enum(enum)]
        body += self._extensions(message.extension, "")
        yield from _indented(body)
        yield "}"

    def _oneof(self, message: DescriptorProto, index: int, maps: dict[str, DescriptorProto]) -> Iterator[str]:
        declared = message.oneof_decl[index]
        yield f"oneof {declared.name} {{"
        yield from _indented(f"option {key} = {value};" for key, value in _options(declared.options))
        for field in message.field:
            if field.HasField("oneof_index") and field.oneof_index == index and not field.proto3_optional:
                yield from _indented(self._field(field, message, maps, in_oneof=True))
        yield "}"

    def _field(
        self,
        field: FieldDescriptorProto,
        message: DescriptorProto | None,
        maps: dict[str, DescriptorProto],
        *,
        in_oneof: bool = False,
    ) -> Iterator[str]:
        label = "" if in_oneof else self._label(field)
        options = _in_brackets([*_field_options(field), *_options(field.options)])
        entry = maps.get(field.type_name.rpartition(".")[2]) if field.type == field.TYPE_MESSAGE else None
        if field.type == field.TYPE_GROUP and message is not None:
            name = field.type_name.rpartition(".")[2]
            body = next(nested for nested in message.nested_type if nested.name == name)
            yield from self._message(body, name, f"{label}group {name} = {field.number}{options} {{")
            return
        if entry is not None and field.label == field.LABEL_REPEATED:
            key, value = (self._type(part) for part in entry.field)
            yield f"map<{key}, {value}> {field.name} = {field.number}{options};"
            return
        yield f"{label}{self._type(field)} {field.name} = {field.number}{options};"

    def _label(self, field: FieldDescriptorProto) -> str:
        if field.label == field.LABEL_REPEATED:
            return "repeated "
        if field.label == field.LABEL_REQUIRED:
            return "required "
        return "optional " if field.proto3_optional or not self._proto3 else ""

    def _type(self, field: FieldDescriptorProto) -> str:
        return self._short(field.type_name) if field.type_name else _NAMES[field.type]

    def _short(self, name: str) -> str:
        """Without our own package, unless what remains could mean another type."""
        package = f".{self._file.package}." if self._file.package else "."
        if name.startswith(package):
            rest = name.removeprefix(package)
            first = rest.partition(".")[0]
            if not any(_shadows(message, first) for message in self._file.message_type):
                return rest
            return name
        return name.removeprefix(".") if not self._file.package else name

    def _extensions(self, fields: Iterable[FieldDescriptorProto], indent: str) -> Iterator[str]:
        for field in fields:
            yield ""
            yield f"{indent}extend {self._short(field.extendee)} {{"
            yield from _indented(self._field(field, None, {}))
            yield f"{indent}}}"

    def _service(self, service: ServiceDescriptorProto) -> Iterator[str]:
        yield f"service {service.name} {{"
        yield from _indented(f"option {key} = {value};" for key, value in _options(service.options))
        for method in service.method:
            ask = ("stream " if method.client_streaming else "") + self._short(method.input_type)
            answer = ("stream " if method.server_streaming else "") + self._short(method.output_type)
            options = [f"option {key} = {value};" for key, value in _options(method.options)]
            head = f"rpc {method.name} ({ask}) returns ({answer})"
            lines = [f"{head} {{", *_indented(options), "}"] if options else [f"{head};"]
            yield from _indented(lines)
        yield "}"


def _shadows(message: DescriptorProto, name: str) -> bool:
    """Whether a type below a message has the name, and would be meant inside of it."""
    return any(n.name == name or _shadows(n, name) for n in message.nested_type) or any(
        e.name == name for e in message.enum_type
    )


def _enum(enum: EnumDescriptorProto) -> Iterator[str]:
    yield f"enum {enum.name} {{"
    body = [f"option {key} = {value};" for key, value in _options(enum.options)]
    body += _reserved(enum, last=0)
    body += [f"{v.name} = {v.number}{_in_brackets(_options(v.options))};" for v in enum.value]
    yield from _indented(body)
    yield "}"


def _reserved(made: Any, *, last: int) -> Iterator[str]:
    if made.reserved_range:
        spans = ", ".join(_range(span.start, span.end - last) for span in made.reserved_range)
        yield f"reserved {spans};"
    if made.reserved_name:
        yield f"reserved {', '.join(json.dumps(name) for name in made.reserved_name)};"


def _range(begin: int, end: int) -> str:
    if begin == end:
        return str(begin)
    return f"{begin} to {'max' if end >= MAX_NUMBER else end}"


def _field_options(field: FieldDescriptorProto) -> Iterator[tuple[str, str]]:
    if field.HasField("default_value"):
        text = field.type in {field.TYPE_STRING, field.TYPE_BYTES}
        yield "default", json.dumps(field.default_value) if text else field.default_value
    if field.json_name and field.json_name != json_name(field.name):
        yield "json_name", json.dumps(field.json_name)


def _options(options: Any) -> Iterator[tuple[str, str]]:
    for known, value in options.ListFields():
        if known.name not in {"uninterpreted_option", "map_entry"} and known.label != known.LABEL_REPEATED:
            yield known.name, _shown(known, value)
    for kept in options.uninterpreted_option:
        name = ".".join(f"({part.name_part})" if part.is_extension else part.name_part for part in kept.name)
        (known, value), *_ = [pair for pair in kept.ListFields() if pair[0].name != "name"]
        if known.name == "aggregate_value":
            inside = re.sub(r"\s+", " ", value)
            yield name, f"{{ {inside} }}"
        elif known.name == "string_value":
            yield name, json.dumps(value.decode(errors="replace"), ensure_ascii=False)
        else:
            yield name, str(value)


def _shown(known: Any, value: Any) -> str:
    if known.enum_type is not None:
        return str(known.enum_type.values_by_number[value].name)
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def _in_brackets(options: Iterable[tuple[str, str]]) -> str:
    inside = ", ".join(f"{name} = {value}" for name, value in options)
    return f" [{inside}]" if inside else ""


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"{_INDENT}{line}" if line else "" for line in lines)
