"""The default of an Avro field: JSON in the schema, a typed value here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.codecs.avro_logical import LOGICAL
from harness.codecs.schema_error import SchemaError
from harness.codecs.types import NUMBERS, Type, TypeKind

Path = tuple[str | int, ...]


def value(default: object, type_: Type, field: str, path: Path) -> object:
    """The typed value of a field's default.

    Raises:
        SchemaError: It is none of the field's type.
    """
    try:
        return _value(default, type_.resolved())
    except _NoValueError:
        hint = "null is a default only where the union has `null`" if default is None else None
        raise SchemaError(f"the default of `{field}` is no {type_}", hint, path=path) from None


class _NoValueError(ValueError):
    """The default is none of the type."""


def _value(default: object, type_: Type) -> object:  # noqa: PLR0911  (one case per type)
    if default is None and (type_.nullable or type_.kind is TypeKind.NULL):
        return None
    match type_.kind:
        case TypeKind.UNION:
            return _first_branch(default, type_)
        case TypeKind.BOOLEAN if isinstance(default, bool):
            return default
        case TypeKind.TEXT if isinstance(default, str):
            return default
        case TypeKind.ENUM if default in type_.symbols:
            return default
        case TypeKind.ARRAY if isinstance(default, list) and type_.of:
            return [_value(item, type_.of.resolved()) for item in default]
        case TypeKind.MAP if isinstance(default, dict) and type_.of:
            return {name: _value(item, type_.of.resolved()) for name, item in default.items()}
        case TypeKind.RECORD if isinstance(default, dict):
            return _record(default, type_)
        case _ if type_.tag in ("float", "double"):
            return _float(default)
        case _ if type_.tag in ("int", "long"):
            return _whole(default, type_)
        case TypeKind.BYTES | TypeKind.DECIMAL | TypeKind.UUID:
            return _text(default, type_)
        case _:
            raise _NoValueError


def _first_branch(default: object, type_: Type) -> object:
    for branch in type_.branches:
        try:
            return _value(default, branch.resolved())
        except _NoValueError:
            continue
    raise _NoValueError


def _record(default: Mapping[str, Any], type_: Type) -> dict[str, object]:
    record = {}
    for name, field in type_.fields:
        if name in default:
            record[name] = _value(default[name], field.resolved())
        elif not type_.absent or name not in type_.absent:
            raise _NoValueError
    return record


def _float(default: object) -> float:
    if isinstance(default, bool) or not isinstance(default, int | float):
        raise _NoValueError
    return float(default)


def _whole(default: object, type_: Type) -> object:
    if isinstance(default, bool) or not isinstance(default, int):
        raise _NoValueError
    if type_.bounds and not type_.bounds[0] <= default <= type_.bounds[1]:
        raise _NoValueError
    return default if type_.kind in NUMBERS else LOGICAL[type_.tag, type_.name].read(default, {})


def _text(default: object, type_: Type) -> object:
    """Text, and bytes that are written as text: one character per byte."""
    if not isinstance(default, str):
        raise _NoValueError
    base = "fixed" if type_.size is not None else type_.tag
    if base == "string":
        return LOGICAL[base, type_.name].read(default, {})
    try:
        data = default.encode("latin-1")
    except UnicodeEncodeError:
        raise _NoValueError from None
    if type_.size is not None and len(data) != type_.size:
        raise _NoValueError
    if type_.kind is TypeKind.BYTES:
        return data
    word = "decimal" if type_.kind is TypeKind.DECIMAL else type_.name
    return LOGICAL[base, word].read(data, {"scale": type_.scale})
