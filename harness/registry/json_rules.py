"""Whether a JSON Schema accepts what another one accepted, by Confluent's rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from harness.registry.difference import Difference
from harness.registry.json_shape import Document, Shape

_UPPER = {
    "string": {"maxLength": "MAX_LENGTH"},
    "number": {"maximum": "MAXIMUM", "exclusiveMaximum": "EXCLUSIVE_MAXIMUM"},
    "object": {"maxProperties": "MAX_PROPERTIES"},
    "array": {"maxItems": "MAX_ITEMS", "maxContains": "MAX_CONTAINS"},
}
_LOWER = {
    "string": {"minLength": "MIN_LENGTH"},
    "number": {"minimum": "MINIMUM", "exclusiveMinimum": "EXCLUSIVE_MINIMUM"},
    "object": {"minProperties": "MIN_PROPERTIES"},
    "array": {"minItems": "MIN_ITEMS", "minContains": "MIN_CONTAINS"},
}
LENIENT = frozenset(
    {
        "ADDITIONAL_PROPERTIES_NARROWED",
        "ADDITIONAL_PROPERTIES_REMOVED",
        "UNEVALUATED_PROPERTIES_NARROWED",
        "UNEVALUATED_PROPERTIES_REMOVED",
        "REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL",
        "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL",
        "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL",
        "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
        "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    }
)
"""What only the strict policy forbids."""

_FEWER = (
    "An array or combined type at path '{path}' has fewer elements "
    "in the {{reader}} schema than the {{writer}} schema"
)
_MORE = _FEWER.replace("fewer", "more")
_CHANGED = "A type at path '{path}' is different between the {{reader}} schema and the {{writer}} schema"
_TEXTS = (
    (
        r"(REQUIRED|OPTIONAL)_PROPERTY.*_TO_OPEN|ITEM_ADDED_TO_OPEN",
        (
            "The {{reader}} schema has an open content model and has a property or item at path '{path}' "
            "which is missing in the {{writer}} schema"
        ),
    ),
    (
        r"REQUIRED_PROPERTY_ADDED_TO_UNOPEN",
        (
            "The {{reader}} schema has an unopen content model and has a required property at path '{path}' "
            "which is missing in the {{writer}} schema"
        ),
    ),
    (
        r"(PROPERTY|ITEM)_REMOVED_FROM_CLOSED",
        (
            "The {{reader}} has a closed content model and is missing a property or item present at path "
            "'{path}' in the {{writer}} schema"
        ),
    ),
    (
        r"(PROPERTY|ITEM)_REMOVED_NOT_COVERED",
        (
            "A property or item is missing in the {{reader}} schema but present at path '{path}' in the "
            "{{writer}} schema and is not covered by its partially open content model"
        ),
    ),
    (
        r"(PROPERTY|ITEM)_ADDED_NOT_COVERED",
        (
            "The {{reader}} schema has a property or item at path '{path}' which is missing in the "
            "{{writer}} schema and is not covered by its partially open content model"
        ),
    ),
    (r"(ADDITIONAL|UNEVALUATED)_\w+_NARROWED|ENUM_ARRAY_NARROWED|SUM_TYPE_NARROWED", _FEWER),
    (r"(DEPENDENCY_ARRAY|PRODUCT_TYPE|NOT_TYPE)_EXTENDED", _MORE),
    (r"TYPE_CHANGED|TYPE_NARROWED|COMBINED_TYPE|ENUM_ARRAY_CHANGED", _CHANGED),
    (
        r"\w+_CHANGED",
        "The value at path '{path}' is different between the {{reader}} and {{writer}} schema",
    ),
    (
        r"\w+_(INCREASED|EXPANDED)",
        "The value at path '{path}' in the {{reader}} schema is more than its value in the {{writer}} schema",
    ),
    (
        r"\w+_DECREASED",
        "The value at path '{path}' in the {{reader}} schema is less than its value in the {{writer}} schema",
    ),
    (
        r"",
        "The keyword at path '{path}' in the {{reader}} schema is not present in the {{writer}} schema",
    ),
)
"""What begins like the pattern is said so; the first one that fits."""


def json_differences(reader: Document, writer: Document, *, lenient: bool) -> list[Difference]:
    """Why `reader` refuses what `writer` accepted; empty if it accepts all of it."""
    comparison = _Comparison(reader, writer, LENIENT if lenient else frozenset())
    found = comparison.compare(reader.shape(reader.root), writer.shape(writer.root), "#/")
    return [_difference(kind, path) for kind, path in found]


def _difference(kind: str, path: str) -> Difference:
    template = next(text for pattern, text in _TEXTS if re.match(pattern, kind))
    said = template.replace("{{", "{").replace("}}", "}").replace("{path}", path)
    return Difference(kind, f'{{errorType:"{kind}", description:"{said}"}}')


Found = list[tuple[str, str]]
"""Pairs (error type, path)."""


class _Comparison:
    """Compares the new shape with the old one; only what breaks compatibility is told."""

    def __init__(self, new: Document, old: Document, allowed: frozenset[str]) -> None:
        self._new = new
        self._old = old
        self._allowed = allowed
        self._under_way: set[tuple[int, int]] = set()
        self._fitting: set[tuple[int, int]] = set()
        self._cut = 0

    def _told(self, kind: str, path: str) -> Found:
        return [] if kind in self._allowed else [(kind, path)]

    def compare(self, new: Shape, old: Shape, path: str) -> Found:
        pair = (id(new), id(old))
        if pair in self._fitting:
            return []
        if pair in self._under_way:
            self._cut += 1
            return []
        cut = self._cut
        self._under_way.add(pair)
        found = self._compare(new, old, path)
        self._under_way.discard(pair)
        # What hangs on a pair that is still under way is not certain yet, and is looked at again.
        if not found and cut == self._cut:
            self._fitting.add(pair)
        return found

    def _nodes(self, new: Any, old: Any, path: str) -> Found:
        """Compare what was written at two places."""
        return self.compare(self._new.shape(new), self._old.shape(old), path)

    def _compare(self, new: Shape, old: Shape, path: str) -> Found:
        if self._fits_a_part(new, old, path):
            return []
        if new.kind != old.kind:
            return [] if old.kind == "false" or new.open else self._told("TYPE_CHANGED", path)
        if new.kind == "combined":
            return self._combined(new, old, path)
        found = [*self._bounds(new, old, path)]
        compare = {
            "string": self._strings,
            "number": self._numbers,
            "object": self._objects,
            "array": self._arrays,
            "enum": self._enums,
            "const": self._consts,
            "not": self._nots,
        }.get(new.kind)
        return found + (compare(new.node, old.node, path) if compare else [])

    def _fits_a_part(self, new: Shape, old: Shape, path: str) -> bool:
        """Whether a plain shape fits one of a combined one's parts, where one is enough."""
        if new.kind == "combined" and old.kind != "combined":
            if len(new.parts) == 1 or new.criterion in {"anyOf", "oneOf"}:
                return any(not self.compare(part, old, path) for part in new.parts)
        elif (
            old.kind == "combined"
            and new.kind != "combined"
            and (len(old.parts) == 1 or old.criterion == "allOf")
        ):
            return any(not self.compare(new, part, path) for part in old.parts)
        return False

    # Values

    def _bounds(self, new: Shape, old: Shape, path: str) -> Found:
        found: Found = []
        for keywords, worse, word in ((_UPPER, -1, "DECREASED"), (_LOWER, 1, "INCREASED")):
            for keyword, name in keywords.get(new.kind, {}).items():
                now, before = _number(new.node.get(keyword)), _number(old.node.get(keyword))
                place = _join(path, keyword)
                if now is not None and before is None:
                    found += self._told(f"{name}_ADDED", place)
                elif now is not None and before is not None and (now - before) * worse > 0:
                    found += self._told(f"{name}_{word}", place)
        return found

    def _strings(self, new: Mapping[str, Any], old: Mapping[str, Any], path: str) -> Found:
        now, before = new.get("pattern"), old.get("pattern")
        if now is None or now == before:
            return []
        return self._told("PATTERN_ADDED" if before is None else "PATTERN_CHANGED", _join(path, "pattern"))

    def _numbers(self, new: Mapping[str, Any], old: Mapping[str, Any], path: str) -> Found:
        found: Found = []
        now, before = _number(new.get("multipleOf")), _number(old.get("multipleOf"))
        if now and now != before:
            place = _join(path, "multipleOf")
            if before is None:
                found += self._told("MULTIPLE_OF_ADDED", place)
            elif before and now % before == 0:
                found += self._told("MULTIPLE_OF_EXPANDED", place)
            elif before % now != 0:
                found += self._told("MULTIPLE_OF_CHANGED", place)
        if new.get("type") == "integer" and old.get("type") != "integer":
            found += self._told("TYPE_NARROWED", path)
        return found

    def _enums(self, new: Mapping[str, Any], old: Mapping[str, Any], path: str) -> Found:
        now, before = ({_frozen(value) for value in node["enum"]} for node in (new, old))
        if before <= now:
            return []
        kind = "ENUM_ARRAY_NARROWED" if now < before else "ENUM_ARRAY_CHANGED"
        return self._told(kind, _join(path, "enum"))

    def _consts(self, new: Mapping[str, Any], old: Mapping[str, Any], path: str) -> Found:
        if _frozen(new["const"]) == _frozen(old["const"]):
            return []
        return self._told("ENUM_ARRAY_CHANGED", _join(path, "const"))

    def _nots(self, new: Mapping[str, Any], old: Mapping[str, Any], path: str) -> Found:
        # What must not match may only become less, so the sides are exchanged.
        swapped = _Comparison(self._old, self._new, self._allowed)
        place = _join(path, "not")
        fits = not swapped.compare(self._old.shape(old["not"]), self._new.shape(new["not"]), place)
        return [] if fits else self._told("NOT_TYPE_EXTENDED", place)

    # Combinations

    def _combined(self, new: Shape, old: Shape, path: str) -> Found:
        if not _criterion_fits(new, old):
            return self._told("COMBINED_TYPE_CHANGED", path)
        found: Found = []
        if len(new.parts) > len(old.parts) and new.criterion == "allOf":
            found += self._told("PRODUCT_TYPE_EXTENDED", path)
        if len(new.parts) < len(old.parts) and old.criterion != "allOf":
            found += self._told("SUM_TYPE_NARROWED", path)
        place = _join(path, old.criterion)
        edges = [
            [j for j, now in enumerate(new.parts) if not self.compare(now, before, f"{place}/{i}")]
            for i, before in enumerate(old.parts)
        ]
        if _matched(edges) < min(len(new.parts), len(old.parts)):
            found += self._told("COMBINED_TYPE_SUBSCHEMAS_CHANGED", path)
        return found

    # Objects

    def _objects(self, new: Mapping[str, Any], old: Mapping[str, Any], path: str) -> Found:
        found = self._required(new, old, _join(path, "required"))
        now, before = new.get("properties", {}), old.get("properties", {})
        for key in sorted({*now, *before}):
            place = _join(path, f"properties/{key}")
            if key not in now:
                found += self._removed(before[key], _rest(new, "Properties", key), "PROPERTY", place)
            elif key not in before:
                found += self._added_property(new, old, key, place)
            else:
                found += self._nodes(now[key], before[key], place)
        found += self._dependencies(new, old, _join(path, "dependencies"))
        found += self._additional(new, old, "Properties", path)
        return found

    def _required(self, new: Mapping[str, Any], old: Mapping[str, Any], path: str) -> Found:
        found: Found = []
        for key in sorted(new.get("properties", {}).keys() & old.get("properties", {}).keys()):
            needed = key in new.get("required", ()) and key not in old.get("required", ())
            if needed and not _has_default(new["properties"][key]):
                found += self._told("REQUIRED_ATTRIBUTE_ADDED", f"{path}/{key}")
        return found

    def _added_property(self, new: Mapping[str, Any], old: Mapping[str, Any], key: str, path: str) -> Found:
        added, rest = new["properties"][key], _rest(old, "Properties", key)
        required, default = key in new.get("required", ()), _has_default(added)
        if rest is True:
            if self._new.shape(added).open:
                return []
            word = (
                ("REQUIRED_PROPERTY_WITH_DEFAULT" if default else "REQUIRED_PROPERTY") if required else None
            )
            return self._told(f"{word or 'OPTIONAL_PROPERTY'}_ADDED_TO_OPEN_CONTENT_MODEL", path)
        found: Found = []
        if rest is not False:
            uncovered = self._nodes(added, rest, path)
            if uncovered:
                kind = "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"
                found += [*uncovered, *self._told(kind, path)]
        if required and not default:
            found += self._told("REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL", path)
        return found

    def _removed(self, gone: Any, rest: Any, what: str, path: str) -> Found:
        """Something that the old schema names and the new one does not, by what the new one allows beside."""
        if rest is True:
            return []
        if rest is False:
            if self._old.shape(gone).kind == "false":
                return []
            return self._told(f"{what}_REMOVED_FROM_CLOSED_CONTENT_MODEL", path)
        uncovered = self._nodes(rest, gone, path)
        if not uncovered:
            return []
        kind = f"{what}_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"
        return [*uncovered, *self._told(kind, path)]

    def _dependencies(self, new: Mapping[str, Any], old: Mapping[str, Any], path: str) -> Found:
        found: Found = []
        now, before = _dependencies(new), _dependencies(old)
        for key, wanted in sorted(now.items(), key=lambda pair: pair[0]):
            place, had = f"{path}/{key}", before.get(key)
            if isinstance(wanted, list):
                if not isinstance(had, list):
                    found += self._told("DEPENDENCY_ARRAY_ADDED", place)
                elif not set(wanted) <= set(had):
                    word = "EXTENDED" if set(had) < set(wanted) else "CHANGED"
                    found += self._told(f"DEPENDENCY_ARRAY_{word}", place)
            elif had is None or isinstance(had, list):
                found += self._told("DEPENDENCY_SCHEMA_ADDED", place)
            else:
                found += self._nodes(wanted, had, place)
        return found

    def _additional(self, new: Mapping[str, Any], old: Mapping[str, Any], what: str, path: str) -> Found:
        """What is allowed beside what is named: less than before breaks."""
        found: Found = []
        for prefix in ("additional", "unevaluated"):
            keyword = f"{prefix}{what}"
            now, before = (_beside(node, keyword) for node in (new, old))
            place, name = _join(path, keyword), f"{prefix}_{what}".upper()
            if now is True or before is False:
                continue
            if now is False:
                found += self._told(f"{name}_REMOVED", place)
            elif before is True:
                found += self._told(f"{name}_NARROWED", place)
            else:
                found += self._nodes(now, before, place)
        return found

    # Arrays

    def _arrays(self, new: Mapping[str, Any], old: Mapping[str, Any], path: str) -> Found:
        found: Found = []
        if new.get("uniqueItems") is True and old.get("uniqueItems") is not True:
            found += self._told("UNIQUE_ITEMS_ADDED", _join(path, "uniqueItems"))
        now_all, before_all = _all_items(new), _all_items(old)
        if now_all is not None:
            place = _join(path, "items")
            if before_all is None and not _items(old):
                found += [] if self._new.shape(now_all).open else self._told("SCHEMA_ADDED", place)
            elif before_all is not None:
                found += self._nodes(now_all, before_all, place)
        now, before = _items(new), _items(old)
        for index in range(max(len(now), len(before))):
            place = _join(path, f"items/{index}")
            if index >= len(now):
                found += self._removed(before[index], _rest(new, "Items"), "ITEM", place)
            elif index >= len(before):
                found += self._added_item(now[index], _rest(old, "Items"), place)
            else:
                found += self._nodes(now[index], before[index], place)
        return found + self._additional(new, old, "Items", path)

    def _added_item(self, added: Any, rest: Any, path: str) -> Found:
        if rest is True:
            open_ = self._new.shape(added).open
            return [] if open_ else self._told("ITEM_ADDED_TO_OPEN_CONTENT_MODEL", path)
        if rest is False:
            return []
        uncovered = self._nodes(added, rest, path)
        kind = "ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"
        return [*uncovered, *self._told(kind, path)] if uncovered else []


def _join(path: str, step: str) -> str:
    return f"{path.removesuffix('/')}/{step}"


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Decimal(str(value))


def _frozen(value: Any) -> Any:
    """Comparable: JSON's 1 and true are two things, its 1 and 1.0 one."""
    if isinstance(value, dict):
        return ("object", frozenset((key, _frozen(inner)) for key, inner in value.items()))
    if isinstance(value, list):
        return ("array", tuple(_frozen(inner) for inner in value))
    return (isinstance(value, bool), value)


def _has_default(node: Any) -> bool:
    return isinstance(node, dict) and "default" in node


def _beside(node: Mapping[str, Any], keyword: str) -> Any:
    """True where everything is allowed, False where nothing is, else the schema."""
    if keyword == "additionalItems" and "prefixItems" in node:
        keyword = "items"
    value = node.get(keyword, True)
    return True if value == {} else value


def _rest(node: Mapping[str, Any], what: str, key: str = "") -> Any:
    """What is allowed for a name or place that is not named: True, False or a schema."""
    for pattern, schema in node.get(f"pattern{what}", {}).items():
        try:
            if re.search(pattern, key):
                return schema
        except re.error:
            continue
    additional = _beside(node, f"additional{what}")
    if additional is not True:
        return additional
    if node.get(f"pattern{what}"):
        return False
    return _beside(node, f"unevaluated{what}")


def _dependencies(node: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for keyword in ("dependencies", "dependentRequired", "dependentSchemas"):
        found.update(node.get(keyword, {}))
    return found


def _items(node: Mapping[str, Any]) -> list[Any]:
    """The schemas of single places."""
    if isinstance(node.get("prefixItems"), list):
        return list(node["prefixItems"])
    return list(node["items"]) if isinstance(node.get("items"), list) else []


def _all_items(node: Mapping[str, Any]) -> Any:
    """The one schema of all places, or None."""
    if "prefixItems" in node or isinstance(node.get("items"), list):
        return None
    return node.get("items")


def _criterion_fits(new: Shape, old: Shape) -> bool:
    if new.criterion in {old.criterion, "anyOf"}:
        return True
    if len(old.parts) == 1 and (len(new.parts) == 1 or new.criterion == "oneOf"):
        return True
    return len(new.parts) == 1 and old.criterion == "allOf"


def _matched(edges: list[list[int]]) -> int:
    """How many of the left side can be given a right one of their own."""
    taken: dict[int, int] = {}

    def place(left: int, tried: set[int]) -> bool:
        for right in edges[left]:
            if right not in tried:
                tried.add(right)
                if right not in taken or place(taken[right], tried):
                    taken[right] = left
                    return True
        return False

    return sum(place(left, set()) for left in range(len(edges)))
