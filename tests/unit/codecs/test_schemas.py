"""Schemas of every language: right ones as types, wrong ones as one fact at its place."""

from __future__ import annotations

import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.codecs import json_schema_text
from harness.codecs.json_format import DecodeError
from harness.codecs.record_fields import field_at, has_field, unknown_field
from harness.codecs.schema import Language, codec_of, read_schema
from harness.codecs.schema_error import SchemaError
from harness.codecs.types import Type, TypeKind

AVRO: dict[str, Any] = {
    "type": "record",
    "name": "Card",
    "namespace": "bank",
    "doc": "a card",
    "fields": [
        {"name": "id", "type": "string", "default": "x"},
        {"name": "n", "type": ["null", {"type": "int", "logicalType": "date"}, "string"], "default": None},
        {"name": "d", "type": {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}},
        {"name": "f", "type": {"type": "fixed", "name": "F", "size": 2}, "default": "ab"},
        {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["A", "B"]}, "default": "A"},
        {"name": "a", "type": {"type": "array", "items": "F"}, "default": []},
        {"name": "m", "type": {"type": "map", "values": "bank.E"}, "default": {"k": "B"}},
        {"name": "next", "type": ["null", "Card"], "default": None},
    ],
}
OBJECT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "n": {"type": ["null", "integer"]},
        "e": {"enum": ["A", None]},
        "a": {"type": "array", "items": {"$ref": "#/definitions/X"}},
        "m": {"type": "object", "additionalProperties": {"type": "number"}},
        "u": {"anyOf": [{"type": "null"}, {"type": "string"}, {"type": "boolean"}]},
    },
    "required": ["id"],
    "definitions": {"X": {"type": "object", "properties": {"x": {"$ref": "#"}}}},
}


def paths(node: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [before]
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, item in items:
        found += paths(item, (*before, key))
    return found


def replaced(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(node)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


WORDS = st.sampled_from(
    [
        "string",
        "int",
        "null",
        "record",
        "array",
        "Card",
        "F",
        "bank.E",
        "date",
        "#",
        "#/definitions/X",
        "",
        "a b",
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**12) | st.floats(allow_nan=False) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "name", "fields", "items", "values", "$ref", "properties", "default", "size"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None)
@given(st.data())
@pytest.mark.parametrize(("language", "schema"), [(Language.AVRO, AVRO), (Language.JSON, OBJECT)])
def test_no_schema_whatever_its_fault_raises_anything_else(
    language: Language, schema: dict[str, Any], data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(paths(schema)))
    text = json.dumps(replaced(schema, path, data.draw(ANYTHING)))

    with contextlib.suppress(SchemaError, DecodeError):
        codec_of(read_schema(language, text)).decode(b"\x00{}")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_every_path_has_a_place_in_the_text(data: st.DataObject) -> None:
    text = json.dumps(AVRO, indent=2)

    path = data.draw(st.sampled_from(paths(AVRO)))

    found, _ = json.JSONDecoder().raw_decode(text, json_schema_text.position(text, path))
    expected: Any = AVRO
    for key in path:
        expected = expected[key]
    assert found == expected


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_proto_text_raises_anything_else(data: st.DataObject) -> None:
    text = (
        'syntax = "proto3"; package a; message M { optional string id = 1; map<string, E> m = 2; '
        "oneof o { int32 x = 3; M y = 4; } enum E { A = 0; } } "
    )
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 8)))
    words = st.sampled_from(
        ["", "{", "}", ";", "= 0", "= -1", "x", "string", '"', "map<", "999999999999", "é"]
    )

    with contextlib.suppress(SchemaError):
        read_schema(Language.PROTOBUF, text[:start] + data.draw(words) + text[end:])


@pytest.mark.parametrize(
    ("path", "value", "message", "at"),
    [
        (("fields",), None, "the record `bank.Card` needs `fields`, a list", ()),
        (("fields", 0, "type"), "strng", "`strng` is no type", ("fields", 0, "type")),
        (("fields", 0, "default"), 5, "the default of `id` is no string", ("fields", 0, "default")),
        (("fields", 0, "name"), "a b", "`a b` is no name in Avro", ("fields", 0, "name")),
        (("fields", 3, "type", "size"), "2", "the fixed `bank.F` needs `size`, a whole number",
         ("fields", 3, "type")),
        (("fields", 3, "default"), "abc", "the default of `f` is no bank.F", ("fields", 3, "default")),
        (("fields", 4, "type", "symbols", 1), "A", "the symbol `A` is there twice",
         ("fields", 4, "type", "symbols", 1)),
        (("fields", 5, "type"), {"type": "array"}, "a schema of `array` needs `items`",
         ("fields", 5, "type")),
        (("fields", 7, "type"), [["null"]], "a union stands directly inside of a union",
         ("fields", 7, "type", 0)),
        (("fields", 7, "type"), [], "a union of nothing", ("fields", 7, "type")),
        (("fields", 7, "default"), "x", "the default of `next` is no bank.Card", ("fields", 7, "default")),
        ((), "string", "the schema is of `string`, and rows need a record", ()),
    ],
)  # fmt: skip
def test_what_is_wrong_in_avro_has_its_place(
    path: tuple[Any, ...], value: object, message: str, at: tuple[Any, ...]
) -> None:
    with pytest.raises(SchemaError) as raised:
        read_schema(Language.AVRO, json.dumps(replaced(AVRO, path, value)))

    assert (raised.value.message, raised.value.path) == (message, at)


def test_the_place_of_a_path_is_its_character() -> None:
    text = '{ "a": [1, {"b": "x"}],\n  "c": {"d": [ ]} }'

    def at(*path: str | int) -> str:
        return text[json_schema_text.position(text, path) :][:5]

    assert at("a", 1, "b") == '"x"}]'
    assert at("c", "d") == "[ ]} "
    assert at("a", 0) == '1, {"'
    assert at("c", "nowhere") == at("c")
    assert at("a", 7) == at("a")
    assert at("c", "d", 0) == at("c", "d")


def kinds(language: Language, schema: dict[str, Any]) -> dict[str, tuple[TypeKind, bool]]:
    record = read_schema(language, json.dumps(schema)).record
    return {name: (type_.resolved().kind, type_.nullable) for name, type_ in record.fields}


def test_avro_fields_have_their_kinds() -> None:
    assert kinds(Language.AVRO, AVRO) == {
        "id": (TypeKind.TEXT, False),
        "n": (TypeKind.UNION, True),
        "d": (TypeKind.DECIMAL, False),
        "f": (TypeKind.BYTES, False),
        "e": (TypeKind.ENUM, False),
        "a": (TypeKind.ARRAY, False),
        "m": (TypeKind.MAP, False),
        "next": (TypeKind.RECORD, True),
    }


def test_json_properties_have_their_kinds() -> None:
    assert kinds(Language.JSON, OBJECT) == {
        "id": (TypeKind.UUID, False),
        "n": (TypeKind.INTEGER, True),
        "e": (TypeKind.ENUM, True),
        "a": (TypeKind.ARRAY, False),
        "m": (TypeKind.MAP, False),
        "u": (TypeKind.UNION, True),
    }


def record() -> Type:
    return read_schema(Language.AVRO, json.dumps(AVRO)).record


def test_paths_lead_through_records_and_maps() -> None:
    assert has_field(record(), "next.next.next.id")
    assert has_field(record(), "m.anything")
    assert not has_field(record(), "next.nxt")
    assert not has_field(record(), "id.x")
    assert field_at(record(), ("next", "d")) == field_at(record(), ("d",))


def test_an_unknown_field_names_the_nearest_even_where_it_lies_deeper() -> None:
    shop = {"type": "record", "name": "Shop", "fields": [{"name": "city", "type": "string"}]}
    schema = {
        "type": "record",
        "name": "R",
        "fields": [{"name": "id", "type": "int"}, {"name": "s", "type": shop}],
    }
    found = read_schema(Language.AVRO, json.dumps(schema)).record

    assert unknown_field("ctiy", found)[1] == "did you mean `s.city`?"
    assert unknown_field("s.cty", found)[1] == "did you mean `s.city`?"
    assert unknown_field("zzz", found)[1] == "fields: `id`, `s`, `s.city`"
