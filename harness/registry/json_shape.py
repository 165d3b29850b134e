"""A JSON Schema as shapes: what one place allows, with its references followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urljoin

from harness.registry.refusal import InvalidSchema

TYPES = frozenset({"null", "boolean", "object", "array", "number", "integer", "string"})
COMBINATIONS = ("allOf", "anyOf", "oneOf")
_KEYWORDS = {
    "object": frozenset(
        {
            *("properties", "required", "additionalProperties", "patternProperties", "maxProperties"),
            *("minProperties", "dependencies", "dependentRequired", "dependentSchemas"),
            "unevaluatedProperties",
        }
    ),
    "array": frozenset(
        {
            *("items", "prefixItems", "additionalItems", "maxItems", "minItems", "uniqueItems"),
            *("contains", "maxContains", "minContains", "unevaluatedItems"),
        }
    ),
    "string": frozenset({"maxLength", "minLength", "pattern"}),
    "number": frozenset({"maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum", "multipleOf"}),
}
"""The keywords that speak of one type, where no type is written."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What one place allows.

    Attributes:
        kind: A JSON type (`integer` is a `number`), `empty` (everything), `false` (nothing), `enum`,
            `const`, `not`, or `combined`.
        node: The keywords that were written there.
        criterion: Of a combined one: `allOf`, `anyOf` or `oneOf`.
        parts: Of a combined one.
    """

    kind: str
    node: Mapping[str, Any] = field(default_factory=dict)
    criterion: str = ""
    parts: tuple[Shape, ...] = ()

    @property
    def open(self) -> bool:
        """Whether it allows everything."""
        return self.kind == "empty"


EMPTY = Shape("empty")
FALSE = Shape("false")


class Document:
    """A schema document with those that it refers to."""

    def __init__(self, root: Any, others: Mapping[str, Any]) -> None:
        self.root = root
        self._places: dict[str, Any] = {"": root, **others}
        for base, document in list(self._places.items()):
            self._places.update(_named(document, base))
        self._shapes: dict[int, Shape] = {}
        self._bases: dict[int, str] = {}
        for base, document in [("", root), *others.items()]:
            for node, at in _nodes(document, base):
                self._bases[id(node)] = at
        for node in list(_nodes(root, "")):
            self._check(node[0])

    def shape(self, node: Any) -> Shape:
        """What a node allows."""
        if isinstance(node, bool):
            return EMPTY if node else FALSE
        if id(node) not in self._shapes:
            # A combination that refers to itself adds nothing to what its other parts say.
            self._shapes[id(node)] = EMPTY
            self._shapes[id(node)] = self._made(self._followed(node))
        return self._shapes[id(node)]

    def _followed(self, node: Any) -> Any:
        seen = set()
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            if id(node) in seen:
                raise InvalidSchema(f"$ref '{node['$ref']}' leads to itself")
            seen.add(id(node))
            node = self._target(node["$ref"], self._bases.get(id(node), ""))
        return node

    def _target(self, reference: str, base: str) -> Any:
        whole, _, fragment = reference.partition("#")
        at = base if not whole else whole if whole in self._places else urljoin(base, whole)
        if fragment and not fragment.startswith("/"):
            at, fragment = f"{at}#{fragment}", ""
        if at not in self._places:
            raise InvalidSchema(f"Unresolved $ref '{reference}'")
        node = self._places[at]
        for step in fragment.split("/")[1:]:
            key = unquote(step).replace("~1", "/").replace("~0", "~")
            try:
                node = node[int(key)] if isinstance(node, list) else node[key]
            except (KeyError, IndexError, ValueError, TypeError):
                raise InvalidSchema(f"Unresolved $ref '{reference}'") from None
        return node

    def _made(self, node: Any) -> Shape:
        if isinstance(node, bool):
            return EMPTY if node else FALSE
        parts = list(self._parts(node))
        if not parts:
            return Shape("empty", node)
        return parts[0] if len(parts) == 1 else Shape("combined", node, "allOf", tuple(parts))

    def _parts(self, node: Mapping[str, Any]) -> Iterator[Shape]:
        written = node.get("type")
        if isinstance(written, list):
            yield Shape("combined", node, "anyOf", tuple(Shape(_kind(t), _as_type(node, t)) for t in written))
        elif written is not None:
            yield Shape(_kind(written), node)
        else:
            for kind, keywords in _KEYWORDS.items():
                if keywords & node.keys():
                    yield Shape(kind, node)
        if "const" in node:
            yield Shape("const", node)
        if "enum" in node:
            yield Shape("enum", node)
        for criterion in COMBINATIONS:
            if criterion in node:
                parts = tuple(self.shape(one) for one in node[criterion])
                yield Shape("combined", node, criterion, parts)
        if "not" in node:
            yield Shape("not", node)

    def _check(self, node: Any) -> None:
        if not isinstance(node, dict):
            return
        written = node.get("type", [])
        for one in written if isinstance(written, list) else [written]:
            if one not in TYPES:
                raise InvalidSchema(f"unknown type: [{one}]")
        for key in ("properties", "patternProperties", "definitions", "$defs"):
            if not isinstance(node.get(key, {}), dict):
                raise InvalidSchema(f"`{key}` must be an object")
        for key in (*COMBINATIONS, "required", "enum"):
            if not isinstance(node.get(key, []), list):
                raise InvalidSchema(f"`{key}` must be an array")
        self._followed(node)


def _kind(written: str) -> str:
    return "number" if written == "integer" else written


def _as_type(node: Mapping[str, Any], written: str) -> dict[str, Any]:
    return {**node, "type": written}


_HOLD_ONE = (
    *("additionalProperties", "additionalItems", "items", "contains", "not", "if", "then", "else"),
    *("propertyNames", "unevaluatedItems", "unevaluatedProperties"),
)
_HOLD_LISTS = (*COMBINATIONS, "prefixItems", "items")
_HOLD_MAPS = ("properties", "patternProperties", "definitions", "$defs", "dependencies", "dependentSchemas")


def _nodes(node: Any, base: str) -> Iterator[tuple[Any, str]]:
    """Every schema of a document, and the address to which its references are relative."""
    if not isinstance(node, dict | bool):
        raise InvalidSchema("a JSON Schema is an object or a boolean")
    if isinstance(node, bool):
        return
    if isinstance(node.get("$id"), str):
        base = urljoin(base, node["$id"]).removesuffix("#")
    yield node, base
    for inner in _held(node):
        yield from _nodes(inner, base)


def _held(node: Mapping[str, Any]) -> Iterator[Any]:
    for key in _HOLD_ONE:
        if isinstance(node.get(key), dict | bool):
            yield node[key]
    for key in _HOLD_LISTS:
        if isinstance(node.get(key), list):
            yield from node[key]
    for key in _HOLD_MAPS:
        if isinstance(node.get(key), dict):
            # A dependency may be a list of names, which holds no schema.
            yield from (inner for inner in node[key].values() if not isinstance(inner, list))


def _named(document: Any, base: str) -> Iterator[tuple[str, Any]]:
    for node, at in _nodes(document, base):
        if isinstance(node.get("$id"), str):
            yield at, node
        if isinstance(node.get("$anchor"), str):
            yield f"{at}#{node['$anchor']}", node
