"""Tables of readers and writers, and why the one cannot read what the other wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.registry.avro import Avro

INT_ENUM = ["A", "B"]


def record(*fields: Any, name: str = "R", **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": list(fields), **more}


def one(type_: Any, **more: Any) -> dict[str, Any]:
    return {"name": "f", "type": type_, **more}


def enum(*symbols: str, **more: Any) -> dict[str, Any]:
    return {"type": "enum", "name": "E", "symbols": list(symbols), **more}


def fixed(size: int, name: str = "F", **more: Any) -> dict[str, Any]:
    return {"type": "fixed", "name": name, "size": size, **more}


def node(value: Any) -> dict[str, Any]:
    """A linked list."""
    following = {"name": "next", "type": ["null", "Node"], "default": None}
    return record({"name": "value", "type": value}, following, name="Node")


def kinds(reader: Any, writer: Any) -> list[str]:
    return [d.kind for d in avro(reader).differences(avro(writer), lenient=False)]


def avro(schema: Any) -> Avro:
    return Avro(json.dumps(schema), ())


MISMATCH, BRANCH, DEFAULT = "TYPE_MISMATCH", "MISSING_UNION_BRANCH", "READER_FIELD_MISSING_DEFAULT_VALUE"
PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
PROMOTIONS = {
    *(("long", "int"), ("float", "int"), ("float", "long")),
    *(("double", "int"), ("double", "long"), ("double", "float")),
    *(("bytes", "string"), ("string", "bytes")),
}


@pytest.mark.parametrize("reader", PRIMITIVES)
@pytest.mark.parametrize("writer", PRIMITIVES)
def test_primitives_are_promoted_one_way_only(reader: str, writer: str) -> None:
    fits = reader == writer or (reader, writer) in PROMOTIONS

    assert kinds(reader, writer) == ([] if fits else [MISMATCH])


@pytest.mark.parametrize(
    ("reader", "writer", "expected"),
    [
        # Fields
        (record(one("int"), {"name": "g", "type": "int"}), record(one("int")), [DEFAULT]),
        (record(one("int"), {"name": "g", "type": "int", "default": 0}), record(one("int")), []),
        (record(one(["null", "int"])), record(), [DEFAULT]),
        (record(one(["null", "int"], default=None)), record(), []),
        (record(), record(one("int")), []),
        (record(one("int")), record({"name": "g", "type": "int"}), [DEFAULT]),
        (record(one("int", aliases=["g"])), record({"name": "g", "type": "int"}), []),
        (record({"name": "g", "type": "int"}), record(one("int", aliases=["g"])), [DEFAULT]),
        (record(one("string")), record(one("int")), [MISMATCH]),
        (record(one("string"), {"name": "g", "type": "int"}), record(one("int")), [MISMATCH, DEFAULT]),
        (record(one(enum("A", default="A"))), record(), []),
        # Names
        (record(name="S"), record(), ["NAME_MISMATCH"]),
        (record(name="S", aliases=["R"]), record(), []),
        (record(name="a.R"), record(name="b.R"), []),
        (record(name="a.S", aliases=["R"]), record(name="b.R"), ["NAME_MISMATCH"]),
        (record(one(record(name="B"))), record(one(record(name="A"))), ["NAME_MISMATCH"]),
        (record(one(record(name="B", aliases=["A"]))), record(one(record(name="A"))), []),
        # Enums
        (enum("A", "B"), enum("A"), []),
        (enum("A"), enum("A", "B"), ["MISSING_ENUM_SYMBOLS"]),
        (enum("A", default="A"), enum("A", "B"), []),
        (enum("A"), enum("A", "B", default="A"), ["MISSING_ENUM_SYMBOLS"]),
        (enum("B", "A"), enum("A", "B"), []),
        ({**enum("A"), "name": "G"}, enum("A"), ["NAME_MISMATCH"]),
        (enum("A"), "string", [MISMATCH]),
        # Fixed
        (fixed(4), fixed(8), ["FIXED_SIZE_MISMATCH"]),
        (fixed(4, "G"), fixed(4), ["NAME_MISMATCH"]),
        (fixed(4, "G"), fixed(8), ["NAME_MISMATCH", "FIXED_SIZE_MISMATCH"]),
        (fixed(4), "bytes", [MISMATCH]),
        ("bytes", fixed(4), [MISMATCH]),
        # Arrays and maps
        ({"type": "array", "items": "long"}, {"type": "array", "items": "int"}, []),
        ({"type": "array", "items": "int"}, {"type": "array", "items": "long"}, [MISMATCH]),
        ({"type": "map", "values": "long"}, {"type": "map", "values": "int"}, []),
        ({"type": "map", "values": "int"}, {"type": "array", "items": "int"}, [MISMATCH]),
        # Unions
        (["null", "int"], ["int", "null"], []),
        (["null", "int"], "int", []),
        (["null", "long"], "int", []),
        (["null", "string"], "int", [BRANCH]),
        ("int", ["null", "int"], [MISMATCH]),
        ("int", ["int"], []),
        ("long", ["int", "long"], []),
        (["null", "int"], ["null", "int", "string"], [BRANCH]),
        (["null", "int", "string"], ["null", "int"], []),
        (["int"], ["string", "boolean"], [BRANCH, BRANCH]),
        ([record(one("int")), "null"], [record(one("int"), name="S"), "null"], [BRANCH]),
        # Logical types: only the type below counts, so a decimal may change what it means.
        (
            {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
            {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 1},
            [],
        ),
        ({"type": "long", "logicalType": "timestamp-millis"}, "long", []),
        (
            {"type": "int", "logicalType": "date"},
            {"type": "long", "logicalType": "timestamp-millis"},
            [MISMATCH],
        ),
        # Recursion
        (node("int"), node("int"), []),
        (node("long"), node("int"), []),
        (node("int"), node("string"), [MISMATCH]),
        (record(one(node("int"))), record(one(node("string"))), [MISMATCH]),
    ],
)
def test_a_reader_and_a_writer(reader: Any, writer: Any, expected: list[str]) -> None:
    assert kinds(reader, writer) == expected


def test_the_message_names_the_place() -> None:
    reader, writer = avro(record(one(record(one("int"), name="S")))), avro(record(one(record(name="S"))))

    (difference,) = reader.differences(writer, lenient=False)

    assert difference.said("new", "old") == (
        "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'f' at path "
        "'/fields/0/type/fields/0' in the new schema has no default value and is missing in the old schema', "
        "additionalInfo:'f'}"
    )


def test_a_schema_that_uses_a_type_many_times_is_compared_quickly() -> None:
    # Each record holds the next one twice: compared anew each time, that would be 2 to the 40th.
    schema: Any = "int"
    for depth in range(40):
        fields = [{"name": "a", "type": schema}]
        name = schema["name"] if isinstance(schema, dict) else schema
        schema = record(*fields, {"name": "b", "type": name}, name=f"R{depth}")

    assert kinds(schema, schema) == []
