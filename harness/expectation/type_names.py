"""The types of a schema's fields in the words of `columns:`, and whether a field is of a type so named."""

from __future__ import annotations

import re
from dataclasses import replace

from harness.codecs.types import Type, TypeKind, TypeNameError, parse_type

_MAP = re.compile(r"map\s*<\s*(?:[^<>,]+,)?(.+)>", re.IGNORECASE | re.DOTALL)
_32_BITS = (-(2**31), 2**31 - 1)
_LONG = ("bigint", "long")


def type_name(type_: Type) -> str:
    """The name of a type; one that can be null ends with `?`."""
    mark = "?" if type_.nullable and type_.kind is not TypeKind.NULL else ""
    return _base(type_.resolved()) + mark


def is_named(type_: Type, name: str) -> bool:
    """Whether a type is the one of that name; `?` behind it demands that null is a value of it.

    Raises:
        TypeNameError: The name is none that says all of a type.
    """
    name = name.strip()
    if name.endswith("?"):
        return type_.nullable and is_named(type_, name.removesuffix("?"))
    type_ = type_.resolved()
    if match := _MAP.fullmatch(name):
        return type_.kind is TypeKind.MAP and type_.of is not None and is_named(type_.of, match[1])
    wanted = parse_type(name)
    word = name.partition("(")[0].strip().lower()
    if wanted.kind is TypeKind.ARRAY:
        inner = name[name.index("<") + 1 : name.rindex(">")]
        return type_.kind is TypeKind.ARRAY and type_.of is not None and is_named(type_.of, inner)
    if wanted.kind is not type_.kind:
        return False
    if type_.kind is TypeKind.INTEGER and type_.bounds is not None:
        return (type_.bounds != _32_BITS) == (word in _LONG)
    if type_.kind is TypeKind.FLOAT:
        return type_.single == (word in ("float", "real"))
    if wanted.precision is not None:
        return (type_.precision, type_.scale or 0) == (wanted.precision, wanted.scale or 0)
    return True


def _base(type_: Type) -> str:
    match type_.kind:
        case TypeKind.INTEGER:
            return "int" if type_.bounds == _32_BITS else "bigint"
        case TypeKind.FLOAT:
            return "float" if type_.single else "double"
        case TypeKind.ARRAY:
            return f"array<{type_name(type_.of) if type_.of else 'json'}>"
        case TypeKind.MAP:
            return f"map<text, {type_name(type_.of) if type_.of else 'json'}>"
        case TypeKind.RECORD:
            return "row<" + ", ".join(f"{name} {type_name(field)}" for name, field in type_.fields) + ">"
        case TypeKind.UNION:
            return " or ".join(_base(branch.resolved()) for branch in type_.branches)
        case TypeKind.DECIMAL:
            return str(replace(type_, encoding=None, name=""))
        case _:
            return str(type_.kind.value)


__all__ = ["TypeNameError", "is_named", "type_name"]
