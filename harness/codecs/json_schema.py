"""A JSON Schema as types, and JSON that is typed by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.codecs import json_format, json_schema_text
from harness.codecs.cell_error import CellError
from harness.codecs.json_format import wire
from harness.codecs.paths import ABSENT
from harness.codecs.schema_error import SchemaError
from harness.codecs.typed import typed
from harness.codecs.types import (
    BOOLEAN,
    BYTES,
    DATE,
    DECIMAL,
    INSTANT,
    INTEGER,
    JSON,
    TEXT,
    TIME,
    UUID,
    Reference,
    Type,
    TypeKind,
)
from harness.errors import did_you_mean

Path = tuple[str | int, ...]

_NULL = Type(TypeKind.NULL)
_SIMPLE = {"string": TEXT, "integer": INTEGER, "number": DECIMAL, "boolean": BOOLEAN, "null": _NULL}
_TYPES = (*_SIMPLE, "object", "array")
_TEXTS = {"date-time": INSTANT, "date": DATE, "time": TIME, "uuid": UUID}
_DEEPEST = 100


@dataclass(frozen=True, slots=True, eq=False)
class JsonSchema:
    """A schema of an object.

    Attributes:
        title: What it calls itself.
    """

    record: Type
    title: str | None = None


def read(text: str, references: Mapping[str, str] | None = None) -> JsonSchema:
    """The schema that a text is.

    Args:
        text: The schema, as a file or a registry has it.
        references: Texts of other schemas, by what `$ref` calls them.

    Raises:
        SchemaError: It is no JSON Schema, or not of an object.
    """
    data = json_schema_text.read(text)
    others = {name: json_schema_text.read(other) for name, other in (references or {}).items()}
    type_ = _Reader(data, others).type(data, ()).resolved()
    if type_.kind is not TypeKind.RECORD:
        raise SchemaError(f"the schema is of {type_}, and rows need an object", 'as in `"type": "object"`')
    title = data.get("title") if isinstance(data, dict) else None
    return JsonSchema(type_, title if isinstance(title, str) else None)


class JsonCodec:
    """JSON, typed by a schema."""

    def __init__(self, schema: JsonSchema) -> None:
        self._record = schema.record

    def encode(self, record: Mapping[str, object], type_: Type | None = None) -> bytes:
        """The JSON of a record; what it lacks is left out.

        Raises:
            CellError: A field is absent that the schema requires.
        """
        type_ = type_ or self._record
        _check_required(record, type_, "")
        return json_format.encode_value(wire(record, type_))

    def decode(self, data: bytes) -> dict[str, object]:
        """The record that these bytes hold, typed.

        Raises:
            DecodeError: They are no JSON object.
        """
        record = typed(json_format.decode(data), self._record)
        assert isinstance(record, dict)
        return record


def _check_required(value: object, type_: Type, path: str) -> None:
    type_ = type_.resolved()
    if isinstance(value, list) and type_.of is not None:
        for index, item in enumerate(value):
            _check_required(item, type_.of, f"{path}[{index}]")
    if not isinstance(value, Mapping) or type_.kind is not TypeKind.RECORD:
        return
    for name, inner in type_.fields:
        here = f"{path}.{name}" if path else name
        if name in value:
            _check_required(value[name], inner, here)
        elif type_.absent is not None and name not in type_.absent:
            raise CellError(
                f"`{here}` is absent, and the schema requires it", 'write `null`, `""` or a value'
            )


@dataclass(slots=True)
class _Reader:
    root: object
    others: Mapping[str, object]
    _references: dict[str, Reference] = field(default_factory=dict)
    _depth: int = 0

    def type(self, node: object, path: Path) -> Type:
        """The type of the values that a schema allows."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise SchemaError("the schema is nested too deep", path=path)
        try:
            return self._type(node, path)
        finally:
            self._depth -= 1

    def _type(self, node: object, path: Path) -> Type:
        if isinstance(node, bool):
            return JSON
        if not isinstance(node, dict):
            raise SchemaError("a schema is an object", path=path)
        if "$ref" in node:
            return self._referred(node["$ref"], (*path, "$ref"))
        for key in ("oneOf", "anyOf"):
            if isinstance(node.get(key), list):
                return self._one_of(node[key], (*path, key))
        if "enum" in node:
            return self._enum(node["enum"], (*path, "enum"))
        kind = node.get("type", "object" if "properties" in node else None)
        if isinstance(kind, list):
            return _union([self._typed(one, node, path) for one in kind])
        return JSON if kind is None else self._typed(kind, node, path)

    def _typed(self, kind: object, node: Mapping[str, Any], path: Path) -> Type:
        if kind == "object":
            return self._object(node, path)
        if kind == "array":
            items = node.get("items")
            inner = self.type(items, (*path, "items")) if isinstance(items, dict) else JSON
            return Type(TypeKind.ARRAY, of=inner, nullable=False)
        if not isinstance(kind, str) or kind not in _SIMPLE:
            raise SchemaError(
                f"`{kind}` is no type", did_you_mean(str(kind), _TYPES, what="types"), path=(*path, "type")
            )
        simple = _SIMPLE[kind]
        if kind == "string":
            simple = (
                BYTES
                if node.get("contentEncoding") == "base64"
                else _TEXTS.get(str(node.get("format")), TEXT)
            )
        return replace(simple, nullable=kind == "null")

    def _object(self, node: Mapping[str, Any], path: Path) -> Type:
        properties, more = node.get("properties", {}), node.get("additionalProperties")
        if not isinstance(properties, dict):
            raise SchemaError("`properties` is an object", path=(*path, "properties"))
        if not properties:
            inner = self.type(more, (*path, "additionalProperties")) if isinstance(more, dict) else JSON
            return Type(TypeKind.MAP, of=inner, nullable=False)
        required = node.get("required", [])
        if not isinstance(required, list):
            raise SchemaError("`required` is a list of names", path=(*path, "required"))
        for index, name in enumerate(required):
            if not isinstance(name, str) or name not in properties:
                hint = did_you_mean(str(name), properties, what="properties")
                raise SchemaError(
                    f"`{name}` is required and no property", hint, path=(*path, "required", index)
                )
        fields = {name: self.type(inner, (*path, "properties", name)) for name, inner in properties.items()}
        return Type(
            TypeKind.RECORD,
            fields=tuple(fields.items()),
            absent={name: ABSENT for name in fields if name not in required},
            nullable=False,
            open=more is True or isinstance(more, dict),
        )

    def _enum(self, values: object, path: Path) -> Type:
        if not isinstance(values, list) or not values:
            raise SchemaError("`enum` is a list of values", path=path)
        nullable = None in values
        words = tuple(value for value in values if value is not None)
        if not all(isinstance(word, str) for word in words):
            return replace(JSON, nullable=nullable)
        return Type(TypeKind.ENUM, symbols=words, nullable=nullable)

    def _one_of(self, nodes: list[object], path: Path) -> Type:
        return _union([self.type(node, (*path, index)) for index, node in enumerate(nodes)])

    def _referred(self, name: object, path: Path) -> Type:
        if not isinstance(name, str):
            raise SchemaError("`$ref` is a text", path=path)
        known = self._references.get(name)
        if known is None:
            known = self._references[name] = Reference(name)
            try:
                known.define(self.type(self._find(name, path), path))
            except SchemaError:
                raise
            except ValueError as error:
                raise SchemaError(str(error), path=path) from None
        return Type(TypeKind.REFERENCE, nullable=False, target=known)

    def _find(self, name: str, path: Path) -> object:
        place, _, pointer = name.partition("#")
        node = self.others.get(place) if place else self.root
        if place and place not in self.others:
            raise SchemaError(f"`{name}` is not in this schema", path=path)
        for part in pointer.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(node, dict) or key not in node:
                hint = did_you_mean(key, node, what="there are") if isinstance(node, dict) else None
                raise SchemaError(f"`{name}` leads nowhere", hint, path=path)
            node = node[key]
        return node


def _union(types: list[Type]) -> Type:
    """One of several types; null among them is no type of its own."""
    values = tuple(type_ for type_ in types if type_.kind is not TypeKind.NULL)
    nullable = len(values) < len(types) or any(type_.nullable for type_ in values)
    if not values:
        return _NULL
    if len(values) == 1:
        return replace(values[0], nullable=nullable)
    return Type(TypeKind.UNION, branches=values, nullable=nullable)
