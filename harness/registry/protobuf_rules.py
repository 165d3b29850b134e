"""Whether a Protobuf schema reads what another one wrote, by Confluent's rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

from harness.registry.difference import Difference

_F = FieldDescriptorProto
WIRE_KINDS = {
    **dict.fromkeys((_F.TYPE_INT32, _F.TYPE_INT64, _F.TYPE_UINT32, _F.TYPE_UINT64), "number"),
    **dict.fromkeys((_F.TYPE_BOOL, _F.TYPE_ENUM), "number"),
    **dict.fromkeys((_F.TYPE_SINT32, _F.TYPE_SINT64), "zigzag"),
    **dict.fromkeys((_F.TYPE_STRING, _F.TYPE_BYTES), "text"),
    **dict.fromkeys((_F.TYPE_FIXED32, _F.TYPE_SFIXED32), "fixed32"),
    **dict.fromkeys((_F.TYPE_FIXED64, _F.TYPE_SFIXED64), "fixed64"),
    _F.TYPE_FLOAT: "float",
    _F.TYPE_DOUBLE: "double",
}
"""Scalars of one kind have one form on the wire, so one may become another."""

_TEXTS = {
    "PACKAGE_CHANGED": "The package at '{path}' in the {{reader}} schema does not match the package "
    "in the {{writer}} schema",
    "MESSAGE_REMOVED": "The {{reader}} schema is missing a MESSAGE type at path '{path}' "
    "in the {{writer}} schema",
    "FIELD_KIND_CHANGED": "The type of a field at path '{path}' in the {{reader}} schema does not match "
    "the {{writer}} schema",
    "FIELD_SCALAR_KIND_CHANGED": "The kind of a SCALAR field at path '{path}' in the {{reader}} schema "
    "does not match its kind in the {{writer}} schema",
    "FIELD_NAMED_TYPE_CHANGED": "The type of a MESSAGE field at path '{path}' in the {{reader}} schema "
    "does not match its type in the {{writer}} schema",
    "FIELD_NUMERIC_LABEL_CHANGED": "The label for a NUMERIC field at path '{path}' in the {{reader}} schema "
    "does not match its label in the {{writer}} schema",
    "REQUIRED_FIELD_ADDED": "A required field  at path '{path}' in the {{reader}} schema is missing "
    "in the {{writer}} schema",
    "REQUIRED_FIELD_REMOVED": "The {{reader}} schema is missing a required field at path: '{path}' "
    "in the {{writer}} schema",
    "ONEOF_FIELD_REMOVED": "The {{reader}} schema is missing a oneof field at path '{path}' "
    "in the {{writer}} schema",
    "MULTIPLE_FIELDS_MOVED_TO_ONEOF": "Multiple fields in the oneof at path '{path}' in the {{reader}} "
    "schema are outside a oneof in the {{writer}} schema",
    "FIELD_MOVED_TO_EXISTING_ONEOF": "A field in the oneof at path '{path}' in the {{reader}} schema "
    "is outside an existing oneof in the {{writer}} schema",
}


@dataclass(frozen=True)
class Scope:
    """A file and those that it refers to."""

    file: FileDescriptorProto
    others: list[FileDescriptorProto]

    @cached_property
    def messages(self) -> dict[str, tuple[DescriptorProto, str, bool]]:
        """Full name -> the message, its name within its package, and whether the file itself has it."""
        found: dict[str, tuple[DescriptorProto, str, bool]] = {}
        for file in (*self.others, self.file):
            prefix = f".{file.package}." if file.package else "."
            for local, message in _named(file.message_type, ""):
                found[prefix + local] = (message, local, file is self.file)
        return found


def protobuf_differences(reader: Scope, writer: Scope) -> list[Difference]:
    """Why `reader` cannot read what `writer` wrote; empty if it can."""
    comparison = _Comparison(reader, writer)
    if reader.file.package != writer.file.package:
        comparison.add("PACKAGE_CHANGED", "#/")
    comparison.messages(reader.file.message_type, writer.file.message_type, "#")
    return comparison.found


class _Comparison:
    def __init__(self, reader: Scope, writer: Scope) -> None:
        self._reader = reader
        self._writer = writer
        self._seen: set[tuple[str, str]] = set()
        self.found: list[Difference] = []

    def add(self, kind: str, path: str) -> None:
        text = _TEXTS[kind].format(path=path)
        self.found.append(Difference(kind, f'{{errorType:"{kind}", description:"{text}"}}'))

    def messages(self, new: Iterable[DescriptorProto], old: Iterable[DescriptorProto], path: str) -> None:
        now = {message.name: message for message in new}
        for before in old:
            if before.options.map_entry:
                continue
            place = f"{path}/{before.name}"
            if before.name in now:
                self._message(now[before.name], before, place)
            else:
                self.add("MESSAGE_REMOVED", place)

    def _message(self, new: DescriptorProto, old: DescriptorProto, path: str) -> None:
        now, before = ({field.number: field for field in m.field} for m in (new, old))
        self._oneofs(new, old, path)
        lost = _lost_oneofs(new, old)
        for number in sorted({*now, *before}):
            place = f"{path}/{number}"
            if number not in now:
                gone = before[number]
                home = _oneof(gone, old)
                if home is not None and home not in lost:
                    self.add("ONEOF_FIELD_REMOVED", f"{path}/{home}/{number}")
                elif gone.label == _F.LABEL_REQUIRED:
                    self.add("REQUIRED_FIELD_REMOVED", place)
            elif number not in before:
                if now[number].label == _F.LABEL_REQUIRED:
                    self.add("REQUIRED_FIELD_ADDED", place)
            else:
                home = _oneof(now[number], new)
                self._field(
                    (now[number], new), (before[number], old), f"{path}/{home}/{number}" if home else place
                )
        self.messages(new.nested_type, old.nested_type, path)

    def _oneofs(self, new: DescriptorProto, old: DescriptorProto, path: str) -> None:
        """Fields that could be set together and no more can: what was written would lose one of them."""
        before = {field.number: _oneof(field, old) for field in old.field}
        for declared in new.oneof_decl:
            members = [f.number for f in new.field if _oneof(f, new) == declared.name and f.number in before]
            groups = {before[number] or number for number in members}
            if len(groups) > 1:
                alone = sum(before[number] is None for number in members)
                kind = "MULTIPLE_FIELDS_MOVED_TO_ONEOF" if alone > 1 else "FIELD_MOVED_TO_EXISTING_ONEOF"
                self.add(kind, f"{path}/{declared.name}")

    def _field(
        self,
        new: tuple[FieldDescriptorProto, DescriptorProto],
        old: tuple[FieldDescriptorProto, DescriptorProto],
        path: str,
    ) -> None:
        (now, _), (before, _) = new, old
        now_entry, before_entry = self._entry(self._reader, now), self._entry(self._writer, before)
        if now_entry is not None and before_entry is not None:
            for one, other in zip(now_entry.field, before_entry.field, strict=True):
                self._type(one, other, path)
        elif (now_entry is None) != (before_entry is None) or _composed(now) != _composed(before):
            self.add("FIELD_KIND_CHANGED", path)
        else:
            self._type(now, before, path)
            if not _composed(now) and WIRE_KINDS[now.type] == WIRE_KINDS[before.type] != "text":
                labels = (_label(now, self._reader.file), _label(before, self._writer.file))
                if None not in labels and labels[0] != labels[1]:
                    self.add("FIELD_NUMERIC_LABEL_CHANGED", path)

    def _type(self, now: FieldDescriptorProto, before: FieldDescriptorProto, path: str) -> None:
        if _composed(now) != _composed(before):
            self.add("FIELD_KIND_CHANGED", path)
        elif not _composed(now):
            if WIRE_KINDS[now.type] != WIRE_KINDS[before.type]:
                self.add("FIELD_SCALAR_KIND_CHANGED", path)
        else:
            self._named_type(now.type_name, before.type_name, path)

    def _named_type(self, now: str, before: str, path: str) -> None:
        new, old = self._reader.messages.get(now), self._writer.messages.get(before)
        if new is None or old is None:
            if now != before:
                self.add("FIELD_NAMED_TYPE_CHANGED", path)
            return
        if new[1] != old[1]:
            self.add("FIELD_NAMED_TYPE_CHANGED", path)
        elif not (new[2] and old[2]) and (now, before) not in self._seen:
            # What a reference defines is not compared with the file's own messages, so here.
            self._seen.add((now, before))
            count = len(self.found)
            self._message(new[0], old[0], f"#/{new[1].replace('.', '/')}")
            if len(self.found) > count:
                self.add("FIELD_NAMED_TYPE_CHANGED", path)

    @staticmethod
    def _entry(scope: Scope, field: FieldDescriptorProto) -> DescriptorProto | None:
        """The hidden message of a map field."""
        found = scope.messages.get(field.type_name) if field.type == _F.TYPE_MESSAGE else None
        return found[0] if found is not None and found[0].options.map_entry else None


def _named(messages: Iterable[DescriptorProto], prefix: str) -> Iterator[tuple[str, DescriptorProto]]:
    for message in messages:
        yield prefix + message.name, message
        yield from _named(message.nested_type, f"{prefix}{message.name}.")


def _oneof(field: FieldDescriptorProto, message: DescriptorProto) -> str | None:
    """The oneof that a field stands in; the one behind proto3's `optional` is none."""
    if not field.HasField("oneof_index") or field.proto3_optional:
        return None
    return str(message.oneof_decl[field.oneof_index].name)


def _lost_oneofs(new: DescriptorProto, old: DescriptorProto) -> set[str]:
    """Oneofs that went with all their fields, as any field may."""
    kept = {declared.name for declared in new.oneof_decl}
    left = {field.number for field in new.field}
    alive = {_oneof(field, old) for field in old.field if field.number in left}
    return {declared.name for declared in old.oneof_decl if declared.name not in kept | alive}


def _composed(field: FieldDescriptorProto) -> bool:
    return field.type in {_F.TYPE_MESSAGE, _F.TYPE_GROUP}


def _label(field: FieldDescriptorProto, file: FileDescriptorProto) -> int | None:
    """The label as it is written; a proto3 field and one of a oneof may have none."""
    if field.proto3_optional or field.label != _F.LABEL_OPTIONAL:
        return int(field.label)
    return None if file.syntax == "proto3" or field.HasField("oneof_index") else int(field.label)
