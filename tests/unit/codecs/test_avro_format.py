"""Avro: what the schema says a field holds, in both directions, and never an exception for broken bytes."""

from __future__ import annotations

import contextlib
import io
import json
import math
import struct
import time as time_module
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.codecs import avro_schema
from harness.codecs.avro_format import AvroCodec
from harness.codecs.cell_error import CellError
from harness.codecs.json_format import DecodeError
from harness.codecs.moments import Moment
from harness.codecs.record_cells import read_record
from harness.codecs.record_fields import with_encoded_times
from harness.codecs.schema_error import SchemaError
from harness.codecs.types import Type
from harness.location import Location
from harness.rows import Cell

HERE = Location(Path("f.yaml"), 3, 1)
CLOCK = Moment.from_text("2026-03-01T12:00:00Z")


def cell(text: str, *, quoted: bool = False) -> Cell:
    return Cell(text, HERE, quoted)


def schema_of(**fields: Any) -> str:
    """A record with one field per type; a tuple is a type and its default."""
    listed = [
        {"name": name, "type": type_[0], "default": type_[1]}
        if isinstance(type_, tuple)
        else {"name": name, "type": type_}
        for name, type_ in fields.items()
    ]
    return json.dumps({"type": "record", "name": "R", "namespace": "a.b", "fields": listed})


def through(text: str, record: dict[str, Any]) -> dict[str, object]:
    codec = AvroCodec(avro_schema.read(text))
    return codec.decode(codec.encode(record))


def typed(type_: object, text: str, *, quoted: bool = False) -> object:
    """The value that a cell comes back as, through a field of that Avro type."""
    schema = avro_schema.read(schema_of(f=type_))
    record = read_record({"f": cell(text, quoted=quoted)}, schema.record, CLOCK, HERE)
    codec = AvroCodec(schema)
    return codec.decode(codec.encode(record))["f"]


def logical(base: str, word: str, **more: int) -> dict[str, object]:
    return {"type": base, "logicalType": word, **more}


FIXED = {"type": "fixed", "name": "F", "size": 4}
ENUM = {"type": "enum", "name": "Status", "symbols": ["NEW", "DONE", "NULL"]}
ADDRESS = {
    "type": "record",
    "name": "Address",
    "fields": [{"name": "city", "type": "string"}, {"name": "zip", "type": "string", "default": "-"}],
}


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("string", "007", "007"),
        ("int", "007", 7),
        ("long", "9007199254740993", 9007199254740993),
        ("double", "0.1", 0.1),
        ("float", "0.1", 0.1),
        ("boolean", "true", True),
        ("bytes", "\\x00ff", b"\x00\xff"),
        (FIXED, "\\x00ff00ff", b"\x00\xff\x00\xff"),
        (ENUM, "DONE", "DONE"),
        (ENUM, "NULL", "NULL"),
        (logical("bytes", "decimal", precision=40, scale=2), "-0.10", Decimal("-0.10")),
        (logical("bytes", "decimal", precision=40, scale=2), "1" * 38 + ".25", Decimal("1" * 38 + ".25")),
        ({**FIXED, "logicalType": "decimal", "precision": 8, "scale": 2}, "12.5", Decimal("12.50")),
        (logical("int", "date"), "T", date(2026, 3, 1)),
        (logical("int", "time-millis"), "12:30:00.001", time(12, 30, 0, 1000)),
        (logical("long", "time-micros"), "12:30:00.000001", time(12, 30, 0, 1)),
        (logical("long", "timestamp-millis"), "T+5s", datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)),
        (
            logical("long", "timestamp-micros"),
            "1969-12-31T23:59:59.999999Z",
            datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        ),
        (logical("long", "local-timestamp-millis"), "T", datetime(2026, 3, 1, 12)),  # noqa: DTZ001  (local)
        (logical("string", "uuid"), "123E4567-e89b-42d3-a456-426614174000",
         UUID("123e4567-e89b-42d3-a456-426614174000")),
        ({**FIXED, "size": 12, "logicalType": "duration"}, "\\x" + "01" * 12, b"\x01" * 12),
        (logical("long", "timestamp-fortnights"), "5", 5),
        (logical("bytes", "decimal", precision=2, scale=3), "\\x05", b"\x05"),
        ({"type": "array", "items": "int"}, "[1, 2]", [1, 2]),
        ({"type": "map", "values": ["null", "long"]}, '{"a": 1, "b": null}', {"a": 1, "b": None}),
        (ADDRESS, '{"city": "Ulm"}', {"city": "Ulm", "zip": "-"}),
        (["null", "string"], "null", None),
        (["string", "null"], "x", "x"),
        (["null", logical("int", "date")], "2026-03-01", date(2026, 3, 1)),
        (["string", "long"], "7", 7),
        (["string", "long"], "7b", "7b"),
        (["null", "long", logical("int", "date")], "2026-03-01", date(2026, 3, 1)),
        (["null", logical("int", "date"), "long"], "7", 7),
        (["float", "double"], "0.5", 0.5),
        (["null", ENUM, "string"], "DONE", "DONE"),
        (["null", ADDRESS, {"type": "map", "values": "int"}], '{"k": 1}', {"k": 1}),
        (["null", {"type": "array", "items": "long"}, {"type": "map", "values": "int"}], "[1]", [1]),
    ],
)  # fmt: skip
def test_a_cell_comes_back_as_its_field_types_value(type_: object, text: str, value: object) -> None:
    found = typed(type_, text)

    assert found == value
    assert type(found) is type(value)


def test_a_quoted_cell_is_text_where_the_union_has_text() -> None:
    assert typed(["null", "long", "string"], "7", quoted=True) == "7"
    assert typed(["null", "long", "string"], "7") == 7
    assert typed(["null", "string"], "null", quoted=True) == "null"


def test_which_branch_was_written_can_be_read_by_anybody() -> None:
    schema = schema_of(f=["null", "long", logical("int", "date"), ENUM, "string"])
    parsed = fastavro.parse_schema(json.loads(schema))

    def branch(text: str) -> int:
        found = avro_schema.read(schema)
        data = AvroCodec(found).encode(read_record({"f": cell(text)}, found.record, CLOCK, HERE))
        fastavro.schemaless_reader(io.BytesIO(data), parsed, None)
        return data[0] // 2

    assert [branch(text) for text in ("null", "5", "T", "DONE", "other")] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("type_", "text", "message"),
    [
        ("int", "2147483648", "`2147483648` is out of the bounds of int (`f` is int)"),
        ("int", "null", "null is no int, and the schema has no null there (`f` is int)"),
        ("string", "null", "null is no string, and the schema has no null there (`f` is string)"),
        ("boolean", "yes", "`yes` is no boolean (`f` is boolean)"),
        (ENUM, "NWE", "`NWE` is no a.b.Status (`f` is a.b.Status)"),
        (FIXED, "\\x00", "1 bytes are no a.b.F, which has 4 (`f` is a.b.F)"),
        (logical("bytes", "decimal", precision=4, scale=2), "1.234",
         "`1.234` has more than 2 digits behind the point (`f` is decimal(4, 2))"),
        (logical("long", "timestamp-millis"), "2026-03-01T12:00:00.000001Z",
         "`2026-03-01T12:00:00.000001Z` is finer than timestamp-millis (`f` is timestamp-millis)"),
        (logical("long", "timestamp-millis"), "2026-03-01T12:00:00",
         "`2026-03-01T12:00:00` has no offset, and the field is an instant (`f` is timestamp-millis)"),
        (["null", "long", "boolean"], "x", "`x` is none of long or boolean (`f` is long or boolean)"),
    ],
)  # fmt: skip
def test_what_a_field_cannot_hold_is_an_error_with_field_and_type(
    type_: object, text: str, message: str
) -> None:
    with pytest.raises(CellError) as raised:
        typed(type_, text)

    assert raised.value.message == message
    assert raised.value.location == HERE


def test_nested_columns_make_nested_records() -> None:
    schema = avro_schema.read(schema_of(id="int", address=["null", ADDRESS]))
    record = read_record(
        {"id": cell("1"), "address.city": cell("Ulm"), "address.zip": cell("89073")},
        schema.record,
        CLOCK,
        HERE,
    )

    codec = AvroCodec(schema)
    assert codec.decode(codec.encode(record)) == {"id": 1, "address": {"city": "Ulm", "zip": "89073"}}


def test_an_absent_field_takes_the_default_of_the_schema() -> None:
    text = schema_of(
        id="int",
        text=("string", "x"),
        raw=("bytes", "\u00ff\u0000"),
        day=(logical("int", "date"), 1),
        price=(logical("bytes", "decimal", precision=4, scale=2), "\u0001"),
        state=(["null", ENUM], None),
        list=({"type": "array", "items": "string"}, ["a"]),
        map=({"type": "map", "values": "int"}, {"k": 1}),
        home=(ADDRESS, {"city": "Ulm"}),
        rate=("double", 1),
        late=(["long", "null"], 5),
    )

    assert through(text, {"id": 1}) == {
        "id": 1,
        "text": "x",
        "raw": b"\xff\x00",
        "day": date(1970, 1, 2),
        "price": Decimal("0.01"),
        "state": None,
        "list": ["a"],
        "map": {"k": 1},
        "home": {"city": "Ulm", "zip": "-"},
        "rate": 1.0,
        "late": 5,
    }


def test_an_absent_field_without_a_default_names_itself_and_the_three_spellings() -> None:
    codec = AvroCodec(avro_schema.read(schema_of(id="int", address=ADDRESS)))

    with pytest.raises(CellError) as raised:
        codec.encode({"id": 1, "address": {"zip": "1"}})

    assert raised.value.message == "`address.city` is absent, and `a.b.Address` has no default for it"
    assert raised.value.hint == 'write `null`, `""` or a value'


def test_an_encoded_time_is_written_as_its_base_type() -> None:
    schema = avro_schema.read(schema_of(at=["null", "long"], text="string"))
    type_ = with_encoded_times(schema.record, {"at": "epoch_ms", "text": "iso"})
    record = read_record({"at": cell("T+5s"), "text": cell("T")}, type_, CLOCK, HERE)

    codec = AvroCodec(schema)
    at = int(CLOCK.instant.timestamp() * 1000) + 5000
    assert codec.decode(codec.encode(record, type_)) == {"at": at, "text": "2026-03-01T12:00:00Z"}


@pytest.mark.parametrize(
    ("type_", "raw", "value"),
    [
        (logical("int", "date"), 2**31 - 1, 2**31 - 1),
        (logical("long", "timestamp-millis"), 2**62, 2**62),
        (logical("int", "time-millis"), -1, -1),
        (logical("string", "uuid"), "no uuid", "no uuid"),
        (logical("bytes", "decimal", precision=3, scale=2), b"\x7f\xff\xff", Decimal("83886.07")),
    ],
)
def test_a_value_that_is_none_of_its_logical_type_is_seen_as_it_is(
    type_: object, raw: object, value: object
) -> None:
    base = json.loads(schema_of(f=type_))
    base["fields"][0]["type"] = base["fields"][0]["type"]["type"]
    file = io.BytesIO()
    fastavro.schemaless_writer(file, fastavro.parse_schema(base), {"f": raw})

    found = AvroCodec(avro_schema.read(schema_of(f=type_))).decode(file.getvalue())

    assert found == {"f": value}


def test_a_schema_may_use_names_of_other_schemas() -> None:
    text = schema_of(home="geo.Address", work=["null", "geo.Address"])
    address = {**ADDRESS, "namespace": "geo"}

    codec = AvroCodec(avro_schema.read(text, {"geo.Address": json.dumps(address)}))

    record = {"home": {"city": "Ulm", "zip": "1"}, "work": {"city": "Rom", "zip": "2"}}
    assert codec.decode(codec.encode(record)) == record


LIST = json.dumps(
    {
        "type": "record",
        "name": "L",
        "fields": [{"name": "n", "type": "int"}, {"name": "next", "type": ["null", "L"], "default": None}],
    }
)


def test_a_type_inside_of_itself_works() -> None:
    assert through(LIST, {"n": 1, "next": {"n": 2}}) == {"n": 1, "next": {"n": 2, "next": None}}


@pytest.mark.parametrize("levels", [300, 5_000, 1_000_000])
def test_bytes_that_nest_endlessly_are_undecodable_and_no_crash(levels: int) -> None:
    with pytest.raises(DecodeError, match="nested deeper than 200"):
        AvroCodec(avro_schema.read(LIST)).decode(b"\x02\x02" * levels)


@pytest.mark.parametrize("items", ["null", {"type": "record", "name": "Nothing", "fields": []}])
def test_a_list_of_nothing_without_end_is_undecodable(items: object) -> None:
    codec = AvroCodec(avro_schema.read(schema_of(f={"type": "array", "items": items})))

    with pytest.raises(DecodeError, match="items without bytes"):
        codec.decode(b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f\x00")
    assert len(codec.decode(b"\x06\x00")["f"]) == 3  # type: ignore[arg-type]


def test_a_long_record_of_a_type_inside_of_itself_is_read() -> None:
    tree = {"type": "record", "name": "T", "fields": [{"name": "text", "type": "string"}]}
    more = {"name": "more", "type": {"type": "map", "values": {"type": "array", "items": ["null", "T"]}}}
    tree["fields"] += [more, {"name": "e", "type": ENUM}, {"name": "f", "type": [FIXED, "double", "int"]}]  # type: ignore[operator]
    leaf = {"text": "x" * 20_000, "more": {}, "e": "NEW", "f": 0.5}
    record = {**leaf, "more": {"a": [leaf, None], "b": []}, "f": b"abcd"}

    assert through(json.dumps(tree), record) == record


def test_a_record_that_never_ends_is_no_schema() -> None:
    inner = {"type": "record", "name": "B", "fields": [{"name": "a", "type": "A"}]}
    text = json.dumps({"type": "record", "name": "A", "fields": [{"name": "b", "type": inner}]})

    with pytest.raises(SchemaError) as raised:
        avro_schema.read(text)

    assert raised.value.message == "a `A` is always inside of itself, so none ever ends"


@pytest.mark.parametrize("data", [b"", b"\x02", b"\x00\x00\x00", b"\xff" * 20, b"\x06ab"])
def test_broken_bytes_are_undecodable(data: bytes) -> None:
    with pytest.raises(DecodeError):
        AvroCodec(avro_schema.read(schema_of(f=["null", "string"]))).decode(data)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    text = schema_of(
        a=["null", ADDRESS],
        b={"type": "array", "items": ["int", "string"]},
        c=logical("long", "timestamp-micros"),
        d=ENUM,
        e={"type": "map", "values": logical("bytes", "decimal", precision=9, scale=2)},
    )
    codec = AvroCodec(avro_schema.read(text))

    with contextlib.suppress(DecodeError):
        codec.decode(data)


Case = tuple[Any, st.SearchStrategy[Any]]

INSTANTS = st.datetimes(timezones=st.just(UTC))
MILLIS = INSTANTS.map(lambda t: t.replace(microsecond=t.microsecond // 1000 * 1000))
SINGLES = st.floats(width=32, allow_nan=False).map(lambda v: v)


def decimals(precision: int, scale: int) -> st.SearchStrategy[Decimal]:
    most = 10**precision - 1
    return st.integers(-most, most).map(lambda n: Decimal(n).scaleb(-scale))


SIMPLE: list[Callable[[int], Case]] = [
    lambda _: ("string", st.text()),
    lambda _: ("int", st.integers(-(2**31), 2**31 - 1)),
    lambda _: ("long", st.integers(-(2**63), 2**63 - 1)),
    lambda _: ("double", st.floats(allow_nan=False)),
    lambda _: ("boolean", st.booleans()),
    lambda _: ("bytes", st.binary()),
    lambda n: ({"type": "fixed", "name": f"F{n}", "size": 3}, st.binary(min_size=3, max_size=3)),
    lambda n: ({"type": "enum", "name": f"E{n}", "symbols": ["A", "B"]}, st.sampled_from(["A", "B"])),
    lambda _: (logical("bytes", "decimal", precision=25, scale=4), decimals(25, 4)),
    lambda n: (
        {"type": "fixed", "name": f"X{n}", "size": 8, "logicalType": "decimal", "precision": 18, "scale": 2},
        decimals(18, 2),
    ),
    lambda _: (logical("int", "date"), st.dates()),
    lambda _: (logical("long", "time-micros"), st.times()),
    lambda _: (logical("long", "timestamp-micros"), INSTANTS),
    lambda _: (logical("long", "timestamp-millis"), MILLIS),
    lambda _: (logical("long", "local-timestamp-micros"), st.datetimes()),
    lambda _: (logical("string", "uuid"), st.uuids()),
]


def branch_name(type_: Any) -> str:
    if isinstance(type_, str):
        return type_
    return str(type_["name"] if "name" in type_ else type_["type"])


@st.composite
def cases(draw: st.DrawFn, depth: int = 0) -> Case:
    """An Avro type, and values of it."""
    number = draw(st.integers(0, 10**9))
    if depth >= 2 or draw(st.booleans()):
        return draw(st.sampled_from(SIMPLE))(number)
    form = draw(st.sampled_from(["array", "map", "record", "optional", "union"]))
    if form == "record":
        inner = [draw(cases(depth + 1)) for _ in range(draw(st.integers(0, 3)))]
        fields = [{"name": f"f{i}", "type": type_} for i, (type_, _) in enumerate(inner)]
        values = {f"f{i}": strategy for i, (_, strategy) in enumerate(inner)}
        return {"type": "record", "name": f"R{number}", "fields": fields}, st.fixed_dictionaries(values)
    type_, strategy = draw(cases(depth + 1))
    if form == "array":
        return {"type": "array", "items": type_}, st.lists(strategy, max_size=3)
    if form == "map":
        return {"type": "map", "values": type_}, st.dictionaries(st.text(), strategy, max_size=3)
    if isinstance(type_, list):
        return type_, strategy
    if form == "optional":
        return ["null", type_], st.none() | strategy
    other, more = draw(st.sampled_from(SIMPLE))(number + 1)
    if branch_name(other) == branch_name(type_):
        return [type_, "null"], st.none() | strategy
    return ["null", type_, other], st.none() | strategy | more


def unique(type_: Any) -> bool:
    names: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for item in node:
                walk(item)
        elif isinstance(node, dict):
            names.extend(
                [node["name"]]
                if "name" in node and "type" in node and node["type"] in ("record", "enum", "fixed")
                else []
            )
            for item in node.values():
                walk(item)

    walk(type_)
    return len(names) == len(set(names))


def same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_is_encoded_is_decoded_for_every_schema(data: st.DataObject) -> None:
    type_, values = data.draw(cases().filter(lambda case: unique(case[0])))
    value = data.draw(values)

    found = through(schema_of(f=type_), {"f": value})

    assert same(found["f"], value)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_fastavro_reads_the_same_values(data: st.DataObject) -> None:
    type_, values = data.draw(cases().filter(lambda case: unique(case[0])))
    value = data.draw(values)
    text = schema_of(f=type_)

    written = AvroCodec(avro_schema.read(text)).encode({"f": value})
    read = fastavro.schemaless_reader(io.BytesIO(written), fastavro.parse_schema(json.loads(text)), None)

    assert isinstance(read, dict)
    assert same(read["f"], value)


@settings(deadline=None)
@given(st.floats(width=32))
def test_a_float_comes_back_as_the_shortest_number_of_its_bits(value: float) -> None:
    found = through(schema_of(f="float"), {"f": value})["f"]

    assert isinstance(found, float)
    assert struct.pack("f", found) == struct.pack("f", value) or math.isnan(value)


def test_ten_thousand_records_take_no_second() -> None:
    text = schema_of(
        id="string", n="long", at=logical("long", "timestamp-millis"), a=["null", "string"], d="double"
    )
    codec = AvroCodec(avro_schema.read(text))
    record = {"id": "a", "n": 1, "at": datetime.now(UTC).replace(microsecond=0), "a": "x", "d": 0.5}

    began = time_module.process_time()
    for _ in range(10_000):
        codec.decode(codec.encode(record))

    assert time_module.process_time() - began < 1


def test_types_say_their_names() -> None:
    record = avro_schema.read(
        schema_of(a=logical("bytes", "decimal", precision=8, scale=2), b=["null", "int"], c=["int", "string"])
    ).record

    assert [str(type_) for _, type_ in record.fields] == ["decimal(8, 2)", "int", "int or string"]
    assert isinstance(record, Type)
