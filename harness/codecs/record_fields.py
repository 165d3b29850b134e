"""The fields of a record type, by path: which exist, and what they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from harness.codecs.paths import split_path
from harness.codecs.types import JSON, Type, TypeKind, with_times
from harness.errors import nearest


def field_at(record: Type, path: tuple[str, ...]) -> Type | None:
    """The type of the field at a path, or None if the record has none there."""
    type_: Type | None = record
    for name in path:
        if type_ is None:
            return None
        type_ = _inner(type_.resolved(), name)
    return type_


def _inner(type_: Type, name: str) -> Type | None:
    match type_.kind:
        case TypeKind.RECORD:
            return dict(type_.fields).get(name) or (JSON if type_.open else None)
        case TypeKind.MAP:
            return type_.of or JSON
        case TypeKind.JSON:
            return JSON
        case TypeKind.UNION:
            found = (_inner(branch.resolved(), name) for branch in type_.branches)
            return next((inner for inner in found if inner is not None), None)
        case _:
            return None


def has_field(record: Type, name: str) -> bool:
    """Whether the dotted path leads to a field."""
    return field_at(record, (name,)) is not None or field_at(record, split_path(name)) is not None


def type_of(types: Mapping[str, Type], name: str) -> Type | None:
    """The type at a dotted path, where a field of `types` or one inside of it is named."""
    if name in types:
        return types[name]
    first, *rest = split_path(name)
    return field_at(types[first], tuple(rest)) if first in types else None


def unknown_field(name: str, record: Type) -> tuple[str, str]:
    """The message and the hint for a field that a record has not."""
    known = list(_paths(record, "", 0))
    # A name without dots is one of the whole record, or one that lies deeper than its author thought.
    names = {path.rpartition(".")[2]: path for path in reversed(known)} if "." not in name else {}
    match = nearest(name, names or known)
    hint = f"did you mean `{names.get(match, match)}`?" if match else None
    return f"the schema has no field `{name}`", hint or f"fields: {', '.join(f'`{p}`' for p in known)}"


def _paths(record: Type, before: str, depth: int) -> Iterator[str]:
    for name, field in record.fields:
        yield f"{before}{name}"
        inner = field.resolved()
        if inner.kind is TypeKind.RECORD and depth < 2:
            yield from _paths(inner, f"{before}{name}.", depth + 1)


def with_encoded_times(record: Type, times: Mapping[str, str]) -> Type:
    """The record type with the fields at these paths holding encoded times."""
    for name, encoding in times.items():
        path = (name,) if name in dict(record.fields) else split_path(name)
        record = _with(record, path, encoding)
    return record


def _with(record: Type, path: tuple[str, ...], encoding: str) -> Type:
    record = record.resolved()
    first, rest = path[0], path[1:]
    fields = dict(record.fields)
    if first in fields:
        field = fields[first]
        fields[first] = _with(field, rest, encoding) if rest else with_times(field, encoding)
    return replace(record, fields=tuple(fields.items()))
