from __future__ import annotations

import json

import pytest

from harness.registry.avro import Avro
from harness.registry.parsed import parse
from harness.registry.refusal import InvalidSchema


def test_the_stored_text_has_java_s_order_and_keeps_everything() -> None:
    written = """{"fields": [{"type": {"logicalType": "date", "type": "int"}, "x": 1, "default": 0,
        "name": "a", "doc": "d", "aliases": ["z"], "order": "descending"}], "name": "n.R", "type": "record",
        "aliases": ["n.Q"], "doc": "D", "p": [1]}"""

    assert Avro(written, ()).text == (
        '{"type":"record","name":"R","namespace":"n","doc":"D","fields":[{"name":"a","type":'
        '{"type":"int","logicalType":"date"},"doc":"d","default":0,"order":"descending","aliases":["z"],"x":1}],'
        '"p":[1],"aliases":["Q"]}'
    )


def test_a_name_is_written_out_once() -> None:
    written = {
        "type": "record",
        "name": "a.R",
        "fields": [
            {"name": "one", "type": {"type": "fixed", "name": "b.F", "size": 2}},
            {"name": "two", "type": "b.F"},
            {"name": "self", "type": ["null", "R"]},
        ],
    }

    fields = json.loads(Avro(json.dumps(written), ()).text)["fields"]

    assert fields[0]["type"] == {"type": "fixed", "name": "F", "namespace": "b", "size": 2}
    assert [fields[1]["type"], fields[2]["type"]] == ["b.F", ["null", "R"]]


def test_what_is_stored_reads_as_itself() -> None:
    written = (
        '{"type":"record","name":"R","namespace":"n","fields":[{"name":"m","type":{"type":"map","values":'
        '{"type":"enum","name":"E","symbols":["A"],"default":"A"}}},{"name":"d","type":["null",'
        '{"type":"bytes","logicalType":"decimal","precision":4,"scale":1}],"default":null}]}'
    )

    assert Avro(written, ()).text == written


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (
            '{"type":"record","name":"R","namespace":"n","fields":[]}',
            '{"name":"n.R","type":"record","fields":[]}',
        ),
        ('{"type":"int"}', '"int"'),
        (
            '{"type":"bytes","logicalType":"decimal","precision":4,"scale":0}',
            '{"precision":4,"type":"bytes","logicalType":"decimal"}',
        ),
        (
            '{"type":"fixed","name":"F","size":1,"b":1,"a":2}',
            '{"type":"fixed","name":"F","size":1,"a":2,"b":1}',
        ),
        (
            '{"type":"enum","name":"E","symbols":["A"],"aliases":["y","x"]}',
            '{"type":"enum","name":"E","symbols":["A"],"aliases":["x","y"]}',
        ),
    ],
)
def test_what_means_the_same_is_normalized_alike(left: str, right: str) -> None:
    assert Avro(left, ()).normalized == Avro(right, ()).normalized


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ('["null","int"]', '["int","null"]'),
        ('{"type":"record","name":"R","fields":[],"doc":"x"}', '{"type":"record","name":"R","fields":[]}'),
    ],
)
def test_what_means_another_thing_stays_apart(left: str, right: str) -> None:
    assert Avro(left, ()).normalized != Avro(right, ()).normalized


def test_references_are_named_and_can_be_written_out() -> None:
    reference = '{"type":"fixed","name":"F","size":2}'

    schema = Avro('{"type":"array","items":"F"}', (("F", reference),))

    assert schema.text == '{"type":"array","items":"F"}'
    assert json.loads(schema.formatted("resolved"))["items"] == json.loads(reference)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[", "1", "null x", '{"type": "record"}', '{"type": "nosuch"}', '{"name": "R"}'),
        '{"type": "record", "name": "R"}',
        '{"type": "record", "name": "1R", "fields": []}',
        '{"type": "record", "name": "R", "fields": [{"name": "a"}]}',
        '{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}',
        '{"type": "record", "name": "R", "fields": [{"name": "a", "type": "int", "order": "up"}]}',
        '{"type": "enum", "name": "E", "symbols": ["A", "A"]}',
        '{"type": "enum", "name": "E", "symbols": ["A"], "default": "B"}',
        '{"type": "fixed", "name": "F", "size": -1}',
        *('{"type": "array"}', '["int", "int"]', '["int", ["null"]]'),
        "[" * 100_000,
        '{"type":"array","items":' * 5_000,
    ],
)
def test_what_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(InvalidSchema):
        parse("AVRO", text, ())
