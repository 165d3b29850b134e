"""The schema that a sink's records are written with, and how its types are named."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from harness.codecs.schema import Language, read_schema
from harness.codecs.types import Type, TypeNameError
from harness.errors import ExpectationError
from harness.expectation import written_schema
from harness.expectation.type_names import is_named, type_name
from harness.expectation.written_schema import WrittenSchema
from harness.result import Failure
from harness.scenario.model import ExpectSchema
from tests.unit.expectation.conftest import Expect

TYPES: dict[str, tuple[object, str]] = {
    "a_text": ("string", "text"),
    "an_int": ("int", "int"),
    "a_long": ("long", "bigint"),
    "a_float": ("float", "float"),
    "a_double": ("double", "double"),
    "a_boolean": ("boolean", "boolean"),
    "a_decimal": (
        {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2},
        "decimal(10, 2)",
    ),
    "an_instant": ({"type": "long", "logicalType": "timestamp-millis"}, "timestamp_ltz"),
    "a_local_time": ({"type": "long", "logicalType": "local-timestamp-millis"}, "timestamp"),
    "a_date": ({"type": "int", "logicalType": "date"}, "date"),
    "a_uuid": ({"type": "string", "logicalType": "uuid"}, "uuid"),
    "some_bytes": ("bytes", "bytes"),
    "a_list": ({"type": "array", "items": "string"}, "array<text>"),
    "a_map": ({"type": "map", "values": "int"}, "map<text, int>"),
    "a_null": (["null", "string"], "text?"),
}


def avro(**fields: object) -> Type:
    named = [{"name": name, "type": type_} for name, type_ in fields.items()]
    text = json.dumps({"type": "record", "name": "R", "fields": named})
    return read_schema(Language.AVRO, text, None).record


@pytest.fixture
def hold(expect: Expect) -> Callable[..., Failure | None]:
    def hold(text: str, *, version: int | None = 2, **fields: object) -> Failure | None:
        expected = expect(f"expect: schema, of: typed, {text}")
        assert isinstance(expected, ExpectSchema)
        found = WrittenSchema(
            record=avro(**fields), subject="t-value", version=version, looked_at="the schema of t[0]@3"
        )
        return written_schema.hold(expected, found)

    return hold


@pytest.mark.parametrize("field", TYPES)
def test_every_type_has_a_name_that_it_answers_to(field: str) -> None:
    type_ = dict(avro(**{field: TYPES[field][0]}).fields)[field]

    assert type_name(type_) == TYPES[field][1]
    assert is_named(type_, TYPES[field][1])


@pytest.mark.parametrize("field", TYPES)
def test_no_type_answers_to_the_name_of_another(field: str) -> None:
    type_ = dict(avro(**{field: TYPES[field][0]}).fields)[field]
    others = {name for _, name in TYPES.values()} - {TYPES[field][1], TYPES[field][1].removesuffix("?")}

    assert [name for name in sorted(others) if is_named(type_, name)] == []


def test_a_field_that_can_be_null_answers_with_and_without_the_mark_and_one_that_cannot_only_without() -> (
    None
):
    fields = dict(avro(a=["null", "int"], b="int").fields)

    assert [is_named(fields[name], text) for name in "ab" for text in ("int", "int?")] == [
        *(True, True),
        *(True, False),
    ]


@pytest.mark.parametrize("name", ["decimal(10, 3)", "decimal(9, 2)", "decimal(12)"])
def test_a_decimal_of_other_digits_is_another_type(name: str) -> None:
    assert not is_named(dict(avro(a=TYPES["a_decimal"][0]).fields)["a"], name)
    assert is_named(dict(avro(a=TYPES["a_decimal"][0]).fields)["a"], "decimal")


def test_a_row_has_no_name() -> None:
    inner = {"type": "record", "name": "I", "fields": [{"name": "x", "type": "int"}]}

    with pytest.raises(TypeNameError):
        is_named(dict(avro(a=inner).fields)["a"], "row<x int>")


@pytest.mark.parametrize(
    "text", ["version: 2", "version: <at least 2>", "fields: [id]", "fields: {id: text, n: int}"]
)
def test_what_is_so_is_no_failure(hold: Callable[..., Failure | None], text: str) -> None:
    assert hold(text, id="string", n="int", more="int") is None


@pytest.mark.parametrize(
    ("text", "differing"),
    [
        ("version: 3", [("version", "3", "2")]),
        ("fields: [id, amuont]", [("amuont", "there", "(absent)")]),
        ("fields: {id: int}", [("id", "int", "text")]),
        ('fields: {n: "bigint"}, version: 1', [("version", "1", "2"), ("n", "bigint", "int")]),
    ],
)
def test_what_is_not_so_is_told_with_the_fields_that_are_there(
    hold: Callable[..., Failure | None], text: str, differing: list[tuple[str, str, str]]
) -> None:
    failure = hold(text, id="string", n="int")

    assert failure is not None
    (row,) = failure.rows
    assert [(f.field, f.expected, f.actual) for f in row.fields] == differing
    assert failure.detail == "the schema of t[0]@3\nits fields: id text, n int"


def test_a_schema_that_its_subject_does_not_have_has_no_version(hold: Callable[..., Failure | None]) -> None:
    failure = hold("version: 1", version=None, id="string")

    assert failure is not None
    assert failure.rows[0].fields[0].actual == "(absent)"


def test_fields_inside_of_a_row_are_named_by_their_path(hold: Callable[..., Failure | None]) -> None:
    inner = {"type": "record", "name": "I", "fields": [{"name": "x", "type": "int"}]}

    assert hold("fields: {a.x: int}", a=inner) is None
    assert hold("fields: {a.y: int}", a=inner) is not None
    with pytest.raises(ExpectationError, match="says not all of a type"):
        hold('fields: {a: "row<x int>"}', a=inner)
