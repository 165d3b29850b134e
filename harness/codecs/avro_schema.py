"""An Avro schema as types: what its fields hold, and the same schema as fastavro reads it.

Logical types are ours: fastavro gets them under names of our own (`avro_logical.py`), and only where
the specification says that they count; else a field is of its base type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.codecs import avro_default, json_schema_text
from harness.codecs.avro_logical import LOGICAL, SINGLE_FLOAT, logical_name
from harness.codecs.schema_error import SchemaError, UnknownName
from harness.codecs.types import (
    BOOLEAN,
    BYTES,
    FLOAT,
    INTEGER,
    SINGLE,
    TEXT,
    Reference,
    Type,
    TypeKind,
)
from harness.errors import did_you_mean, nearest

Path = tuple[str | int, ...]

_INT = (-(2**31), 2**31 - 1)
_LONG = (-(2**63), 2**63 - 1)
_PRIMITIVES = {
    "null": Type(TypeKind.NULL, name="null", tag="null"),
    "boolean": replace(BOOLEAN, name="boolean", tag="boolean", nullable=False),
    "int": replace(INTEGER, name="int", tag="int", nullable=False, bounds=_INT),
    "long": replace(INTEGER, name="long", tag="long", nullable=False, bounds=_LONG),
    "float": replace(SINGLE, name="float", tag="float", nullable=False),
    "double": replace(FLOAT, name="double", tag="double", nullable=False),
    "bytes": replace(BYTES, name="bytes", tag="bytes", nullable=False),
    "string": replace(TEXT, name="string", tag="string", nullable=False),
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FULL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_COMPLEX = ("record", "enum", "array", "map", "fixed")
_DEEPEST = 100


@dataclass(frozen=True, slots=True, eq=False)
class AvroSchema:
    """A record schema.

    Attributes:
        record: Its type.
        document: The schema for fastavro: names in full, our logical types, no defaults.
        unbounded: Few bytes could be a value without end: a type of it is inside of itself, or is a list of
            items that take no bytes.
    """

    record: Type
    document: object
    unbounded: bool


def read(text: str, references: Mapping[str, str] | None = None) -> AvroSchema:
    """The schema that a text is.

    Args:
        text: The schema, as a file or a registry has it.
        references: Texts of other schemas whose names it uses, by full name.

    Raises:
        SchemaError: It is no Avro schema, or not of a record.
    """
    data = json_schema_text.read(text)
    others = {name: json_schema_text.read(other) for name, other in (references or {}).items()}
    reader = _Reader(others)
    type_, document = reader.type(data, "", ())
    if type_.kind is not TypeKind.RECORD:
        raise SchemaError(f"the schema is of `{type_}`, and rows need a record")
    return AvroSchema(type_, document, reader.unbounded)


def check(text: str, references: Mapping[str, str] | None = None) -> None:
    """Read a schema that others refer to: of a record or of anything else that has a name.

    Raises:
        SchemaError: It is no Avro schema.
    """
    others = {name: json_schema_text.read(other) for name, other in (references or {}).items()}
    _Reader(others).type(json_schema_text.read(text), "", ())


def full_name(data: object) -> str | None:
    """The full name of the type that a schema's data describes, if it has one."""
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        return None
    name, space = data["name"], data.get("namespace")
    return f"{space}.{name}" if isinstance(space, str) and space and "." not in name else str(name)


@dataclass(slots=True)
class _Reader:
    others: Mapping[str, object]
    unbounded: bool = False
    _names: dict[str, Type] = field(default_factory=dict)
    _opened: set[str] = field(default_factory=set)
    _depth: int = 0

    def type(self, node: object, space: str, path: Path) -> tuple[Type, Any]:
        """The type that a node is, and the node for fastavro."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise SchemaError("the schema is nested too deep", path=path)
        try:
            if isinstance(node, str):
                return self._named(node, space, path)
            if isinstance(node, list):
                return self._union(node, space, path)
            if isinstance(node, dict):
                return self._complex(node, space, path)
        finally:
            self._depth -= 1
        raise SchemaError("a type is a name, an object or a list", path=path)

    def _named(self, name: str, space: str, path: Path) -> tuple[Type, Any]:
        if name in _PRIMITIVES:
            return _PRIMITIVES[name], SINGLE_FLOAT if name == "float" else name
        for full in (name,) if "." in name or not space else (f"{space}.{name}", name):
            if full in self._names:
                type_ = self._names[full]
                self.unbounded |= type_.target is not None
                return type_, full
            if full in self.others and full not in self._opened:
                self._opened.add(full)
                return self.type(self.others[full], "", path)
        if name in _COMPLEX:
            raise SchemaError(f"`{name}` is described in an object", _example(name), path=path)
        base = next((base for base, word in LOGICAL if word == name), None)
        if base is not None:
            hint = f'it is a logical type, as in `{{"type": "{base}", "logicalType": "{name}"}}`'
            raise SchemaError(f"`{name}` is no type", hint, path=path)
        known = (*_PRIMITIVES, *_COMPLEX, *self._names)
        match = nearest(name, known)
        hint = f"did you mean `{match}`?" if match else did_you_mean(name, _PRIMITIVES, what="types")
        names = (name,) if "." in name or not space else (f"{space}.{name}", name)
        raise UnknownName(f"`{name}` is no type", hint, names=names, path=path)

    def _union(self, node: list[Any], space: str, path: Path) -> tuple[Type, Any]:
        branches: list[Type] = []
        documents = []
        for index, item in enumerate(node):
            if isinstance(item, list):
                raise SchemaError("a union stands directly inside of a union", path=(*path, index))
            branch, document = self.type(item, space, (*path, index))
            if any(branch.tag == other.tag for other in branches):
                raise SchemaError(f"the union has `{branch.tag}` twice", path=(*path, index))
            branches.append(branch)
            documents.append(document)
        if not branches:
            raise SchemaError("a union of nothing", path=path)
        values = tuple(
            replace(branch, in_union=True) for branch in branches if branch.kind is not TypeKind.NULL
        )
        nullable = len(values) < len(branches)
        if not values:
            return replace(_PRIMITIVES["null"], in_union=True), documents
        if len(values) == 1:
            return replace(values[0], nullable=nullable), documents
        return Type(TypeKind.UNION, branches=values, nullable=nullable), documents

    def _complex(self, node: dict[str, Any], space: str, path: Path) -> tuple[Type, Any]:
        kind = node.get("type")
        if kind is None:
            raise SchemaError("a schema needs `type`", path=path)
        if not isinstance(kind, str):
            return self.type(kind, space, (*path, "type"))
        if kind == "error":
            kind = "record"
        build: Callable[[dict[str, Any], str, Path], tuple[Type, Any]] | None = {
            "record": self._record,
            "enum": self._enum,
            "fixed": self._fixed,
            "array": self._array,
            "map": self._map,
        }.get(kind)
        if build is not None:
            return build(node, space, path)
        type_, document = self._named(kind, space, (*path, "type"))
        return _logical(node, type_, document) if kind in _PRIMITIVES else (type_, document)

    def _record(self, node: dict[str, Any], space: str, path: Path) -> tuple[Type, Any]:
        name, inner = self._name(node, space, path)
        reference = Reference(name)
        self._names[name] = Type(TypeKind.REFERENCE, name=name, tag=name, nullable=False, target=reference)
        listed = node.get("fields")
        if not isinstance(listed, list):
            raise SchemaError(f"the record `{name}` needs `fields`, a list", path=path)
        fields: dict[str, Type] = {}
        absent: dict[str, object] = {}
        documents = []
        for index, item in enumerate(listed):
            here = (*path, "fields", index)
            field_name = _field_name(item, fields, here)
            if "type" not in item:
                raise SchemaError(f"the field `{field_name}` needs `type`", path=here)
            type_, document = self.type(item["type"], inner, (*here, "type"))
            fields[field_name] = type_
            documents.append({"name": field_name, "type": document})
            if "default" in item:
                absent[field_name] = item["default"]
        type_ = Type(
            TypeKind.RECORD, fields=tuple(fields.items()), absent=absent, name=name, tag=name, nullable=False
        )
        reference.define(type_)
        self._names[name] = type_
        if _never_ends(type_, {name}):
            raise SchemaError(f"a `{name}` is always inside of itself, so none ever ends", path=path)
        for index, (field_name, field_type) in enumerate(fields.items()):
            if field_name in absent:
                here = (*path, "fields", index, "default")
                absent[field_name] = avro_default.value(absent[field_name], field_type, field_name, here)
        return type_, {"type": "record", "name": name, "fields": documents}

    def _enum(self, node: dict[str, Any], space: str, path: Path) -> tuple[Type, Any]:
        name, _ = self._name(node, space, path)
        symbols = node.get("symbols")
        if not isinstance(symbols, list) or not symbols:
            raise SchemaError(f"the enum `{name}` needs `symbols`, a list", path=path)
        for index, symbol in enumerate(symbols):
            here = (*path, "symbols", index)
            if not isinstance(symbol, str) or not _NAME.fullmatch(symbol):
                raise SchemaError(f"`{symbol}` is no symbol", "letters, digits and `_`", path=here)
            if symbol in symbols[:index]:
                raise SchemaError(f"the symbol `{symbol}` is there twice", path=here)
        type_ = Type(TypeKind.ENUM, symbols=tuple(symbols), name=name, tag=name, nullable=False)
        self._names[name] = type_
        return type_, {"type": "enum", "name": name, "symbols": symbols}

    def _fixed(self, node: dict[str, Any], space: str, path: Path) -> tuple[Type, Any]:
        name, _ = self._name(node, space, path)
        size = node.get("size")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise SchemaError(f"the fixed `{name}` needs `size`, a whole number", path=path)
        base = replace(_PRIMITIVES["bytes"], size=size, name=name, tag=name)
        type_, document = _logical(node, base, {"type": "fixed", "name": name, "size": size})
        self._names[name] = type_
        return type_, document

    def _array(self, node: dict[str, Any], space: str, path: Path) -> tuple[Type, Any]:
        items, document = self._inner(node, "items", space, path)
        self.unbounded |= _takes_no_bytes(items)
        type_ = Type(TypeKind.ARRAY, of=items, tag="array", nullable=False)
        return type_, {"type": "array", "items": document}

    def _map(self, node: dict[str, Any], space: str, path: Path) -> tuple[Type, Any]:
        values, document = self._inner(node, "values", space, path)
        type_ = Type(TypeKind.MAP, of=values, tag="map", nullable=False)
        return type_, {"type": "map", "values": document}

    def _inner(self, node: dict[str, Any], key: str, space: str, path: Path) -> tuple[Type, Any]:
        if key not in node:
            raise SchemaError(f"a schema of `{node['type']}` needs `{key}`", path=path)
        return self.type(node[key], space, (*path, key))

    def _name(self, node: dict[str, Any], space: str, path: Path) -> tuple[str, str]:
        """The full name of a type, and the namespace of what is inside of it."""
        name = node.get("name")
        if not isinstance(name, str):
            raise SchemaError(f"a schema of `{node['type']}` needs `name`", path=path)
        given = node.get("namespace", space)
        if not isinstance(given, str) or not _FULL_NAME.fullmatch(name):
            raise SchemaError(f"`{name}` is no name in Avro", "letters, digits and `_`", path=(*path, "name"))
        full = name if "." in name or not given else f"{given}.{name}"
        if full in self._names:
            raise SchemaError(f"`{full}` is described twice", path=(*path, "name"))
        return full, full.rpartition(".")[0]


def _takes_no_bytes(type_: Type) -> bool:
    if type_.kind is TypeKind.RECORD:
        return all(_takes_no_bytes(field_type) for _, field_type in type_.fields)
    return (type_.kind is TypeKind.NULL and not type_.in_union) or type_.size == 0


def _never_ends(type_: Type, inside: set[str]) -> bool:
    """Whether a value of a record needs another one of it, with no union, list or map that could end that."""
    for _, field_type in type_.fields:
        if field_type.nullable or field_type.kind not in (TypeKind.RECORD, TypeKind.REFERENCE):
            continue
        if field_type.name in inside:
            return True
        if field_type.kind is TypeKind.RECORD and _never_ends(field_type, inside):
            return True
    return False


def _logical(node: Mapping[str, Any], base: Type, document: Any) -> tuple[Type, Any]:
    """The type with its logical type, where that counts."""
    word = node.get("logicalType")
    logical = LOGICAL.get((_base_name(base), word)) if isinstance(word, str) else None
    type_ = logical.type(node, base) if logical else None
    if type_ is None:
        return base, document
    assert isinstance(word, str)
    bare = document if isinstance(document, dict) else {"type": document}
    extra = {key: node[key] for key in ("precision", "scale") if key in node}
    return type_, {**bare, **extra, "logicalType": logical_name(word)}


def _base_name(base: Type) -> str:
    return "fixed" if base.size is not None else base.name


def _field_name(item: object, fields: Mapping[str, Type], path: Path) -> str:
    if not isinstance(item, dict):
        raise SchemaError("a field is an object", 'as in `{"name": "id", "type": "string"}`', path=path)
    name = item.get("name")
    if not isinstance(name, str):
        raise SchemaError("a field needs `name`", path=path)
    if not _NAME.fullmatch(name):
        raise SchemaError(f"`{name}` is no name in Avro", "letters, digits and `_`", path=(*path, "name"))
    if name in fields:
        raise SchemaError(f"the field `{name}` is there twice", path=(*path, "name"))
    return name


def _example(name: str) -> str:
    examples = {
        "array": '`{"type": "array", "items": "string"}`',
        "map": '`{"type": "map", "values": "string"}`',
        "fixed": '`{"type": "fixed", "name": "Hash", "size": 16}`',
        "enum": '`{"type": "enum", "name": "Status", "symbols": ["NEW"]}`',
        "record": '`{"type": "record", "name": "Address", "fields": [...]}`',
    }
    return f"as in {examples[name]}"
