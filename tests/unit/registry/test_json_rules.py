"""Tables of new and old JSON Schemas, and what Confluent's rules have against the new one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.registry.json_schema import JsonSchema
from harness.registry.refusal import InvalidSchema

S, W, N = {"type": "string"}, {"type": "integer"}, {"type": "number"}


def schema(value: Any) -> JsonSchema:
    return JsonSchema(json.dumps(value), ())


def kinds(new: Any, old: Any, *, lenient: bool = False) -> list[str]:
    return [difference.kind for difference in schema(new).differences(schema(old), lenient=lenient)]


def opened(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def closed(**properties: Any) -> dict[str, Any]:
    return {**opened(**properties), "additionalProperties": False}


def partly(rest: Any, **properties: Any) -> dict[str, Any]:
    return {**opened(**properties), "additionalProperties": rest}


def array(items: Any, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


def chain(value: Any) -> dict[str, Any]:
    node = opened(value=value, next={"$ref": "#/$defs/node"})
    return {"$ref": "#/$defs/node", "$defs": {"node": node}}


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        # Types
        *(
            (N, W, []),
            (W, N, ["TYPE_NARROWED"]),
            (S, W, ["TYPE_CHANGED"]),
            ({}, S, []),
            (S, {}, ["TYPE_CHANGED"]),
        ),
        *((True, S, []), (S, False, []), (False, S, ["TYPE_CHANGED"])),
        ({"type": ["string", "null"]}, S, []),
        (S, {"type": ["string", "null"]}, ["TYPE_CHANGED"]),
        ({"type": ["string", "null"]}, {"type": ["null", "string"]}, []),
        ({"type": ["string", "null", "integer"]}, {"type": ["null", "string"]}, []),
        ({"type": ["string"]}, {"type": ["null", "string"]}, ["SUM_TYPE_NARROWED"]),
        # Properties
        (opened(a=S, b=W), opened(a=S), ["OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"]),
        ({**opened(a=S), "required": ["a"]}, opened(), ["REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"]),
        (
            {**opened(a={**S, "default": ""}), "required": ["a"]},
            opened(),
            ["REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL"],
        ),
        (opened(a={}), opened(), []),
        (opened(a=S), opened(a=S, b=W), []),
        (closed(a=S, b=W), closed(a=S), []),
        (closed(a=S), closed(a=S, b=W), ["PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL"]),
        (closed(a=S), closed(a=S, b=False), []),
        ({**closed(a=S), "required": ["a"]}, closed(), ["REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL"]),
        ({**closed(a={**S, "default": ""}), "required": ["a"]}, closed(), []),
        (partly(S, a=S), partly(S), []),
        (
            partly(S, a=W),
            partly(S),
            ["TYPE_CHANGED", "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"],
        ),
        (partly(S), partly(S, a=S), []),
        (
            partly(S),
            partly(S, a=W),
            ["TYPE_CHANGED", "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"],
        ),
        (opened(a=W), opened(a=S), ["TYPE_CHANGED"]),
        # What is allowed beside them
        (closed(), opened(), ["ADDITIONAL_PROPERTIES_REMOVED"]),
        (opened(), closed(), []),
        (partly(S), opened(), ["ADDITIONAL_PROPERTIES_NARROWED"]),
        (opened(), partly(S), []),
        (partly(W), partly(S), ["TYPE_CHANGED"]),
        # Required
        ({**opened(a=S), "required": ["a"]}, opened(a=S), ["REQUIRED_ATTRIBUTE_ADDED"]),
        ({**opened(a={**S, "default": ""}), "required": ["a"]}, opened(a={**S, "default": ""}), []),
        (opened(a=S), {**opened(a=S), "required": ["a"]}, []),
        # Bounds
        ({**S, "maxLength": 5}, S, ["MAX_LENGTH_ADDED"]),
        ({**S, "maxLength": 5}, {**S, "maxLength": 9}, ["MAX_LENGTH_DECREASED"]),
        ({**S, "maxLength": 9}, {**S, "maxLength": 5}, []),
        (S, {**S, "maxLength": 5}, []),
        ({**S, "minLength": 5}, {**S, "minLength": 1}, ["MIN_LENGTH_INCREASED"]),
        ({**S, "pattern": "a"}, S, ["PATTERN_ADDED"]),
        ({**S, "pattern": "a"}, {**S, "pattern": "b"}, ["PATTERN_CHANGED"]),
        ({**N, "maximum": 5}, {**N, "maximum": 5.5}, ["MAXIMUM_DECREASED"]),
        ({**N, "exclusiveMinimum": 5}, N, ["EXCLUSIVE_MINIMUM_ADDED"]),
        ({**N, "multipleOf": 4}, {**N, "multipleOf": 2}, ["MULTIPLE_OF_EXPANDED"]),
        ({**N, "multipleOf": 2}, {**N, "multipleOf": 4}, []),
        ({**N, "multipleOf": 3}, {**N, "multipleOf": 2}, ["MULTIPLE_OF_CHANGED"]),
        ({**opened(), "maxProperties": 1}, opened(), ["MAX_PROPERTIES_ADDED"]),
        # Enums
        ({"enum": [1, 2]}, {"enum": [1]}, []),
        ({"enum": [1]}, {"enum": [1, 2]}, ["ENUM_ARRAY_NARROWED"]),
        ({"enum": [1, 3]}, {"enum": [1, 2]}, ["ENUM_ARRAY_CHANGED"]),
        ({"enum": [True]}, {"enum": [1]}, ["ENUM_ARRAY_CHANGED"]),
        ({"const": 1}, {"const": 2}, ["ENUM_ARRAY_CHANGED"]),
        # Combinations
        ({"oneOf": [S, W]}, S, []),
        (S, {"oneOf": [S, W]}, ["TYPE_CHANGED"]),
        ({"oneOf": [S, W, N]}, {"oneOf": [W, S]}, []),
        ({"oneOf": [S]}, {"oneOf": [S, W]}, ["SUM_TYPE_NARROWED"]),
        ({"oneOf": [S, {"type": "null"}]}, {"oneOf": [S, W]}, ["COMBINED_TYPE_SUBSCHEMAS_CHANGED"]),
        ({"anyOf": [S, W]}, {"oneOf": [S, W]}, []),
        ({"oneOf": [S, W]}, {"anyOf": [S, W]}, ["COMBINED_TYPE_CHANGED"]),
        ({"allOf": [S, {"pattern": "a"}]}, {"allOf": [S]}, ["PRODUCT_TYPE_EXTENDED"]),
        (S, {"allOf": [S, {"pattern": "a"}]}, []),
        ({"not": {**S, "maxLength": 1}}, {"not": S}, []),
        ({"not": S}, {"not": {**S, "maxLength": 1}}, ["NOT_TYPE_EXTENDED"]),
        # Arrays
        (array(N), array(W), []),
        (array(W), array(S), ["TYPE_CHANGED"]),
        (array(S, uniqueItems=True), array(S), ["UNIQUE_ITEMS_ADDED"]),
        (array([S, W], additionalItems=False), array([S], additionalItems=False), []),
        (
            array([S], additionalItems=False),
            array([S, W], additionalItems=False),
            ["ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL"],
        ),
        (array([S, W]), array([S]), ["ITEM_ADDED_TO_OPEN_CONTENT_MODEL"]),
        (array([S]), array([S, W]), []),
        # Dependencies
        ({**opened(), "dependencies": {"a": ["b"]}}, opened(), ["DEPENDENCY_ARRAY_ADDED"]),
        (opened(), {**opened(), "dependencies": {"a": ["b"]}}, []),
        # References and recursion
        (chain(N), chain(W), []),
        (chain(S), chain(W), ["TYPE_CHANGED"]),
    ],
)
def test_a_new_schema_after_an_old_one(new: Any, old: Any, expected: list[str]) -> None:
    assert sorted(set(kinds(new, old))) == sorted(expected)


@pytest.mark.parametrize("new", [opened(a=S, b=W), closed(a=S)])
def test_the_lenient_policy_takes_open_content_models_as_meant(new: Any) -> None:
    assert kinds(new, opened(a=S))
    assert kinds(new, opened(a=S), lenient=True) == []


def test_titles_and_defaults_may_change() -> None:
    assert kinds({**S, "title": "x", "default": "y", "description": "z"}, S) == []


def test_the_message_names_the_place() -> None:
    (found,) = schema(closed(a=W)).differences(schema(closed(a=S)), lenient=False)

    assert found.said("new", "old") == (
        '{errorType:"TYPE_CHANGED", description:"A type at path \'#/properties/a\' is different between the '
        'new schema and the old schema"}'
    )


def test_references_to_other_documents_are_followed() -> None:
    def holder(type_: str) -> JsonSchema:
        other = json.dumps({"$id": "http://x/other.json", "type": type_})
        return JsonSchema('{"properties": {"a": {"$ref": "other.json"}}}', (("other.json", other),))

    assert holder("string").differences(holder("string"), lenient=False) == []
    assert [d.kind for d in holder("string").differences(holder("integer"), lenient=False)] == [
        "TYPE_CHANGED"
    ]


def test_normalized_texts_have_their_keys_in_order() -> None:
    left, right = JsonSchema('{"b": 1, "a": 2}', ()), JsonSchema('{"a": 2, "b": 1}', ())

    assert left.text == '{"b":1,"a":2}'
    assert left.normalized == right.normalized


@pytest.mark.parametrize(
    "text",
    [
        *("{", "1", "[]", '{"type": "text"}', '{"properties": []}', '{"allOf": {}}', '{"required": "a"}'),
        *('{"$ref": "#/nope"}', '{"$ref": "other.json"}', '{"$ref": "#"}', '{"items": {"$ref": "#/x"}}'),
        "[" * 100_000,
        '{"not":' * 5_000,
        '{"properties": {"a": 1}}',
    ],
)
def test_what_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(InvalidSchema):
        JsonSchema(text, ())
