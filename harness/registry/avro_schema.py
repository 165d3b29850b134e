"""Avro schemas: a JSON text -> a tree of types, and the tree -> the texts that Confluent stores.

The two texts are the canonical one (as Java's `Schema.toString` writes it: every attribute kept, in a
fixed order) and the normalized one (full names, sorted properties), in which schemas that mean the
same are equal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.registry.refusal import InvalidSchema

PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
NAMED = frozenset({"record", "enum", "fixed"})
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ORDERS = ("ascending", "descending", "ignore")
MISSING: Any = object()
"""In place of a default: `null` is one, and none is another thing."""

# Attributes with a meaning, by kind; all others are properties and are kept.
_RESERVED = {
    "record": frozenset({"type", "name", "namespace", "doc", "fields", "aliases"}),
    "enum": frozenset({"type", "name", "namespace", "doc", "symbols", "aliases", "default"}),
    "fixed": frozenset({"type", "name", "namespace", "doc", "size", "aliases"}),
    "array": frozenset({"type", "items"}),
    "map": frozenset({"type", "values"}),
}
_OF_FIELD = frozenset({"name", "type", "doc", "default", "order", "aliases"})


@dataclass(slots=True, eq=False)
class AvroType:
    """One type; a named one that is used twice, or by itself, is one object.

    Attributes:
        kind: `record`, `enum`, `fixed`, `array`, `map`, `union` or a primitive's name.
        name: The simple name of a named type.
        namespace: Its namespace, or "".
        aliases: Full names.
        members: Branches of a union, or the one type of an array or a map.
        default: Of an enum: the symbol for what a reader does not know.
        properties: Attributes without a meaning to Avro's grammar, logical types included.
    """

    kind: str
    name: str = ""
    namespace: str = ""
    doc: str | None = None
    aliases: tuple[str, ...] = ()
    fields: list[AvroField] = field(default_factory=list)
    symbols: tuple[str, ...] = ()
    size: int = 0
    members: list[AvroType] = field(default_factory=list)
    default: str | None = None
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """The name with its namespace; the kind where there is no name."""
        if not self.name:
            return self.kind
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


@dataclass(slots=True, eq=False)
class AvroField:
    """One field of a record."""

    name: str
    type: AvroType
    doc: str | None = None
    default: Any = MISSING
    order: str = "ascending"
    aliases: tuple[str, ...] = ()
    properties: dict[str, Any] = field(default_factory=dict)


def parse_avro(text: str, references: Iterable[str] = ()) -> AvroType:
    """Read a schema; the names that it uses may be defined in the referenced ones.

    Raises:
        InvalidSchema: It is none.
    """
    reader = _Reader()
    for reference in references:
        reader.read_text(reference)
    return reader.read_text(text)


class _Reader:
    """Reads schemas that share their names."""

    def __init__(self) -> None:
        self.names: dict[str, AvroType] = {}

    def read_text(self, text: str) -> AvroType:
        """Read one schema."""
        try:
            written = json.loads(text)
        except ValueError:
            # Java's parser takes the bare name of a type, too.
            written = text.strip()
            if not re.fullmatch(r"[A-Za-z_][\w.]*", written):
                raise InvalidSchema(f"no JSON: {text[:80]}") from None
        except RecursionError:
            raise InvalidSchema("nested too deep") from None
        try:
            return self.read(written, "")
        except RecursionError:
            raise InvalidSchema("nested too deep") from None

    def read(self, written: Any, namespace: str) -> AvroType:
        """Read one type where `namespace` encloses it."""
        if isinstance(written, str):
            return self._named(written, namespace)
        if isinstance(written, list):
            return self._union(written, namespace)
        if not isinstance(written, dict):
            raise InvalidSchema(f"No type: {json.dumps(written)}")
        kind = written.get("type")
        if isinstance(kind, dict | list):
            # {"type": {"type": "int"}}: an extra pair of braces, which Java's parser takes.
            return self.read(kind, namespace)
        if not isinstance(kind, str):
            raise InvalidSchema(f"No type: {json.dumps(written)}")
        if kind in PRIMITIVES:
            properties = {k: v for k, v in written.items() if k != "type"}
            return AvroType(kind, properties=properties)
        if kind in NAMED or kind == "error":
            return self._definition(written, "record" if kind == "error" else kind, namespace)
        if kind in {"array", "map"}:
            return self._container(written, kind, namespace)
        return self._named(kind, namespace)

    def _named(self, name: str, namespace: str) -> AvroType:
        if name in PRIMITIVES:
            return AvroType(name)
        known = self.names.get(name)
        if "." not in name and namespace:
            known = self.names.get(f"{namespace}.{name}", known)
        if known is None:
            raise InvalidSchema(f'"{name}" is not a defined name. The type of a field must be a defined name')
        return known

    def _union(self, written: list[Any], namespace: str) -> AvroType:
        members = [self.read(branch, namespace) for branch in written]
        seen = set()
        for member in members:
            if member.kind == "union":
                raise InvalidSchema("Nested union: a union may not immediately contain other unions")
            if member.full_name in seen:
                raise InvalidSchema(f"Duplicate in union:{member.full_name}")
            seen.add(member.full_name)
        return AvroType("union", members=members)

    def _container(self, written: dict[str, Any], kind: str, namespace: str) -> AvroType:
        key = "items" if kind == "array" else "values"
        if key not in written:
            raise InvalidSchema(f"{kind.capitalize()} has no {key} type: {json.dumps(written)}")
        return AvroType(
            kind,
            members=[self.read(written[key], namespace)],
            properties=_properties(written, _RESERVED[kind]),
        )

    def _definition(self, written: dict[str, Any], kind: str, namespace: str) -> AvroType:
        name, space = _split(_text(written, "name"), written.get("namespace"), namespace)
        made = AvroType(
            kind,
            name=name,
            namespace=space,
            doc=_optional_text(written, "doc"),
            aliases=tuple(_qualified(alias, space) for alias in _aliases(written)),
            properties=_properties(written, _RESERVED[kind]),
        )
        if made.full_name in self.names or made.full_name in PRIMITIVES:
            raise InvalidSchema(f"Can't redefine: {made.full_name}")
        self.names[made.full_name] = made
        if kind == "record":
            made.fields = self._fields(written, space)
        elif kind == "enum":
            made.symbols = _symbols(written)
            made.default = _optional_text(written, "default")
            if made.default is not None and made.default not in made.symbols:
                raise InvalidSchema(f"The Enum Default: {made.default} is not in the enum symbol set")
        else:
            size = written.get("size")
            if not isinstance(size, int) or isinstance(size, bool) or size < 0:
                raise InvalidSchema(f"Invalid or no size: {json.dumps(written)}")
            made.size = size
        return made

    def _fields(self, written: dict[str, Any], namespace: str) -> list[AvroField]:
        listed = written.get("fields")
        if not isinstance(listed, list):
            raise InvalidSchema(f"Record has no fields: {json.dumps(written)}")
        fields: list[AvroField] = []
        for entry in listed:
            if not isinstance(entry, dict) or "type" not in entry:
                raise InvalidSchema(f"No field type: {json.dumps(entry)}")
            made = AvroField(
                name=_checked(_text(entry, "name")),
                type=self.read(entry["type"], namespace),
                doc=_optional_text(entry, "doc"),
                default=entry.get("default", MISSING),
                order=str(entry.get("order", "ascending")).lower(),
                aliases=_aliases(entry),
                properties=_properties(entry, _OF_FIELD),
            )
            if made.order not in ORDERS:
                raise InvalidSchema(f"Unknown order: {made.order}")
            if any(other.name == made.name for other in fields):
                raise InvalidSchema(f"Duplicate field {made.name} in record {written['name']}")
            fields.append(made)
        return fields


def _text(written: Mapping[str, Any], key: str) -> str:
    value = written.get(key)
    if not isinstance(value, str) or not value:
        raise InvalidSchema(f"No {key} in schema: {json.dumps(written)}")
    return value


def _optional_text(written: Mapping[str, Any], key: str) -> str | None:
    value = written.get(key)
    return value if isinstance(value, str) else None


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        raise InvalidSchema(f"Illegal initial character or illegal character in: {name}")
    return name


def _split(name: str, written: object, enclosing: str) -> tuple[str, str]:
    """The simple name and the namespace: dots in the name win over an attribute, this over what encloses."""
    space, _, simple = name.rpartition(".")
    if not space:
        space = written if isinstance(written, str) else enclosing
    for part in filter(None, space.split(".")):
        _checked(part)
    return _checked(simple), space


def _qualified(name: str, namespace: str) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"


def _aliases(written: Mapping[str, Any]) -> tuple[str, ...]:
    aliases = written.get("aliases")
    if aliases is None:
        return ()
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise InvalidSchema(f"aliases not an array of names: {json.dumps(aliases)}")
    return tuple(aliases)


def _symbols(written: Mapping[str, Any]) -> tuple[str, ...]:
    symbols = written.get("symbols")
    if not isinstance(symbols, list) or not all(isinstance(symbol, str) for symbol in symbols):
        raise InvalidSchema(f"Enum has no symbols: {json.dumps(written)}")
    for symbol in symbols:
        _checked(symbol)
        if symbols.count(symbol) > 1:
            raise InvalidSchema(f"Duplicate enum symbol: {symbol}")
    return tuple(symbols)


def _properties(written: Mapping[str, Any], reserved: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in written.items() if key not in reserved}


Define = Callable[[AvroType, str], Any]


def compact(value: object) -> str:
    """JSON without spaces, as Java writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def canonical_avro(schema: AvroType, known: Iterable[str] = ()) -> str:
    """The text that a registry stores and gives out.

    Args:
        schema: What is to be written.
        known: Full names that references define; they are only named.
    """
    return compact(_Writer(known).plain(schema, ""))


def normalized_avro(schema: AvroType, known: Iterable[str] = ()) -> str:
    """The text in which schemas that mean the same are equal."""
    return compact(_Writer(known).normal(schema))


class _Writer:
    """Writes each name in full once, and by name alone from then on."""

    def __init__(self, known: Iterable[str]) -> None:
        self.written = set(known)

    def plain(self, schema: AvroType, namespace: str) -> Any:
        """As Java's `Schema.toString`."""
        if schema.kind == "union":
            return [self.plain(member, namespace) for member in schema.members]
        if schema.kind in {"array", "map"}:
            key = "items" if schema.kind == "array" else "values"
            inner = self.plain(schema.members[0], namespace)
            return {"type": schema.kind, key: inner, **schema.properties}
        if schema.kind in PRIMITIVES:
            return {"type": schema.kind, **schema.properties} if schema.properties else schema.kind
        if schema.full_name in self.written:
            return schema.name if schema.namespace == namespace else schema.full_name
        self.written.add(schema.full_name)
        out: dict[str, Any] = {"type": schema.kind, "name": schema.name}
        if schema.namespace != namespace:
            out["namespace"] = schema.namespace
        if schema.doc is not None:
            out["doc"] = schema.doc
        if schema.kind == "record":
            out["fields"] = [self._plain_field(entry, schema.namespace) for entry in schema.fields]
        elif schema.kind == "enum":
            out["symbols"] = list(schema.symbols)
            if schema.default is not None:
                out["default"] = schema.default
        else:
            out["size"] = schema.size
        out.update(schema.properties)
        if schema.aliases:
            out["aliases"] = [_relative(alias, schema.namespace) for alias in schema.aliases]
        return out

    def _plain_field(self, entry: AvroField, namespace: str) -> dict[str, Any]:
        out: dict[str, Any] = {"name": entry.name, "type": self.plain(entry.type, namespace)}
        if entry.doc is not None:
            out["doc"] = entry.doc
        if entry.default is not MISSING:
            out["default"] = entry.default
        if entry.order != "ascending":
            out["order"] = entry.order
        if entry.aliases:
            out["aliases"] = list(entry.aliases)
        return {**out, **entry.properties}

    def normal(self, schema: AvroType) -> Any:
        """With full names and a fixed order of everything whose order has no meaning."""
        if schema.kind == "union":
            return [self.normal(member) for member in schema.members]
        properties = _sorted(schema.properties)
        if schema.kind in {"array", "map"}:
            key = "items" if schema.kind == "array" else "values"
            return {"type": schema.kind, key: self.normal(schema.members[0]), **properties}
        if schema.kind in PRIMITIVES:
            return {"type": schema.kind, **properties} if properties else schema.kind
        if schema.full_name in self.written:
            return schema.full_name
        self.written.add(schema.full_name)
        out: dict[str, Any] = {"name": schema.full_name, "type": schema.kind}
        if schema.kind == "record":
            out["fields"] = [self._normal_field(entry) for entry in schema.fields]
        elif schema.kind == "enum":
            out["symbols"] = list(schema.symbols)
        else:
            out["size"] = schema.size
        if schema.doc:
            out["doc"] = schema.doc
        if schema.aliases:
            out["aliases"] = sorted(schema.aliases)
        if schema.default is not None:
            out["default"] = schema.default
        return {**out, **properties}

    def _normal_field(self, entry: AvroField) -> dict[str, Any]:
        out: dict[str, Any] = {"name": entry.name, "type": self.normal(entry.type), "order": entry.order}
        if entry.doc is not None:
            out["doc"] = entry.doc
        if entry.aliases:
            out["aliases"] = sorted(entry.aliases)
        if entry.default is not MISSING:
            out["default"] = entry.default
        return {**out, **_sorted(entry.properties)}


def _relative(alias: str, namespace: str) -> str:
    return alias.removeprefix(f"{namespace}.") if alias.rpartition(".")[0] == namespace else alias


def _sorted(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties by name, those of a logical type first; a scale of 0 says nothing."""
    first = ("logicalType", "precision", "scale")
    ordered = [*(key for key in first if key in properties), *sorted(properties.keys() - {*first})]
    decimal = properties.get("logicalType") == "decimal"
    return {
        key: properties[key] for key in ordered if not (decimal and key == "scale" and not properties[key])
    }
