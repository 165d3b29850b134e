"""Rows in .parquet and .avro files: machines wrote them, and no digit of a value is lost."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import duckdb
import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.codecs import types
from harness.codecs.cells import read_cell
from harness.codecs.moments import Moment
from harness.codecs.numbers import as_single
from harness.codecs.types import Type, TypeKind
from harness.errors import Problem
from harness.location import Location
from harness.rows import Rows, Word
from harness.scenario.problems import Problems
from harness.scenario.rows import rowfile
from harness.scenario.rows.cells import Cells
from harness.scenario.rows.typed_cells import cell_of
from harness.scenario.yaml.nodes import Scalar, Style

steady = settings(deadline=None, derandomize=True)
CLOCK = Moment.from_text("2026-03-01T12:00:00Z")
HERE = Location(Path("a.parquet"), 1, 1)


def load(path: Path) -> tuple[Rows | None, tuple[Problem, ...]]:
    problems = Problems()
    here = Location(path.parent / "x.scenario.yaml")
    rows = rowfile.read(Scalar(path.name, here, Style.PLAIN, here), path.parent, Cells(problems))
    return rows, problems.found()


def good(path: Path) -> Rows:
    rows, problems = load(path)
    assert problems == ()
    assert rows is not None
    return rows


def parquet(folder: Path, select: str, name: str = "a.parquet") -> Path:
    path = folder / name
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path


def avro(folder: Path, fields: list[object], *records: dict[str, object], codec: str = "null") -> Path:
    path = folder / "a.avro"
    with path.open("wb") as file:
        fastavro.writer(file, {"type": "record", "name": "A", "fields": fields}, records, codec=codec)
    return path


# Values and cells

FLOATS = st.floats(allow_nan=False) | st.sampled_from([math.inf, -math.inf])
LEAVES: list[tuple[Type, st.SearchStrategy[object]]] = [
    (types.TEXT, st.text()),
    (
        types.TEXT,
        st.sampled_from(["null", "<any>", "${n}", "T", '"x"', "", " x ", "NULL", "1"]),
    ),
    (types.BOOLEAN, st.booleans()),
    (types.INTEGER, st.integers(-(10**40), 10**40)),
    (types.DECIMAL, st.decimals(allow_nan=False, allow_infinity=False)),
    (types.FLOAT, FLOATS),
    (types.SINGLE, st.floats(width=32, allow_nan=False).map(as_single)),
    (types.INSTANT, st.datetimes(timezones=st.just(UTC))),
    (types.LOCAL_TIMESTAMP, st.datetimes()),
    (types.DATE, st.dates()),
    (types.TIME, st.times()),
    (types.BYTES, st.binary()),
    (types.UUID, st.uuids()),
    (types.JSON, st.integers() | st.text() | st.booleans()),
    (Type(TypeKind.ENUM, symbols=("A", "null", "B")), st.sampled_from(["A", "null", "B"])),
]


def containers(inner: tuple[Type, st.SearchStrategy[object]]) -> st.SearchStrategy[tuple[Type, object]]:
    type_, values = inner
    record = Type(TypeKind.RECORD, fields=(("x", type_), ("a.b", type_)))
    return st.one_of(
        values.map(lambda value: (type_, value)),
        st.none().map(lambda value: (type_, value)),
        st.lists(values | st.none(), max_size=3).map(lambda value: (Type(TypeKind.ARRAY, of=type_), value)),
        st.dictionaries(st.text(), values, max_size=3).map(lambda v: (Type(TypeKind.MAP, of=type_), v)),
        st.fixed_dictionaries({"x": values, "a.b": values | st.none()}).map(lambda value: (record, value)),
    )


@steady
@given(st.sampled_from(LEAVES).flatmap(containers))
def test_every_value_is_a_cell_that_its_type_reads_back(case: tuple[Type, object]) -> None:
    type_, value = case
    found = read_cell(cell_of(value, HERE), type_, CLOCK)

    assert repr(found) == repr(value) if isinstance(value, float) else found == value


def test_text_of_a_machine_is_text_whatever_it_looks_like() -> None:
    cell = cell_of("<any>", HERE)

    assert (cell.text, cell.quoted, cell.word) == ("<any>", True, None)
    assert not cell_of("null", HERE).is_null


def test_a_value_that_no_field_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="a value of the kind complex"):
        cell_of(1j, HERE)
    with pytest.raises(ValueError, match="a map whose keys are of the kind int"):
        cell_of({1: 2}, HERE)


# Parquet

SELECTED = [
    ("1::UTINYINT", types.INTEGER, 1),
    ("9223372036854775807::BIGINT", types.INTEGER, 2**63 - 1),
    ("'<any>'", types.TEXT, "<any>"),
    ("12.50::DECIMAL(8, 2)", types.DECIMAL, Decimal("12.50")),
    ("0.1::FLOAT", types.FLOAT, 0.1),
    ("0.1::DOUBLE", types.FLOAT, 0.1),
    ("'NaN'::DOUBLE", types.FLOAT, math.nan),
    ("TIMESTAMPTZ '2026-03-01 12:00:00.000001+02'", types.INSTANT, datetime(2026, 3, 1, 10, 0, 0, 1, UTC)),
    ("TIMESTAMP '2026-03-01 12:00:00'", types.LOCAL_TIMESTAMP, datetime(2026, 3, 1, 12)),  # noqa: DTZ001
    ("TIMESTAMP_NS '2026-03-01 12:00:00.000001'", types.LOCAL_TIMESTAMP, datetime(2026, 3, 1, 12, 0, 0, 1)),  # noqa: DTZ001
    ("DATE '2028-02-29'", types.DATE, date(2028, 2, 29)),
    ("TIME '12:30:00.5'", types.TIME, time(12, 30, 0, 500_000)),
    ("'\\x00\\xFF'::BLOB", types.BYTES, b"\x00\xff"),
    ("true", types.BOOLEAN, True),
    ("NULL::INTEGER", types.INTEGER, None),
    ("UUID '123e4567-e89b-42d3-a456-426614174000'", types.UUID, UUID("123e4567-e89b-42d3-a456-426614174000")),
    ("['a', NULL]", Type(TypeKind.ARRAY, of=types.TEXT), ["a", None]),
    ("[TIMESTAMPTZ '2026-03-01 12:00:00Z']", Type(TypeKind.ARRAY, of=types.INSTANT), [CLOCK.instant]),
    ("MAP {'k': 0.1::FLOAT}", Type(TypeKind.MAP, of=types.FLOAT), {"k": 0.1}),
    (
        "{'a b': 1, 'at': {'x': TIMESTAMPTZ '2026-03-01 12:00:00Z'}}",
        Type(
            TypeKind.RECORD,
            fields=(("a b", types.INTEGER), ("at", Type(TypeKind.MAP, of=types.INSTANT))),
        ),
        {"a b": 1, "at": {"x": CLOCK.instant}},
    ),
]


@pytest.mark.parametrize(("sql", "type_", "value"), SELECTED)
def test_a_value_of_parquet_is_read_exactly(tmp_path: Path, sql: str, type_: Type, value: object) -> None:
    (row,) = good(parquet(tmp_path, f"SELECT {sql} AS a"))

    found = read_cell(row.cells["a"], type_, CLOCK)

    assert repr(found) == repr(value)


def test_a_nanosecond_is_not_cut_off(tmp_path: Path) -> None:
    (row,) = good(parquet(tmp_path, "SELECT TIMESTAMP_NS '2026-03-01 12:00:00.000000001' AS a"))

    with pytest.raises(ValueError, match="more precise than a microsecond"):
        read_cell(row.cells["a"], types.LOCAL_TIMESTAMP, CLOCK)


def test_a_value_that_no_field_holds_is_named_at_its_row_and_column(tmp_path: Path) -> None:
    path = parquet(tmp_path, "SELECT 1 AS a, INTERVAL 1 DAY AS b")

    (problem,) = load(path)[1]

    assert problem.message == "`b` holds a value of the kind timedelta, which no field can hold"
    assert problem.location == Location(path, 1, 2)


def test_names_keep_their_dots_and_dollars_are_ours(tmp_path: Path) -> None:
    rows = good(parquet(tmp_path, """SELECT 1 AS "a.b", 'k' AS "$key", 2 AS "x""y" """))

    assert list(rows.columns) == ['"a.b"', "$key", 'x"y']


def test_an_empty_parquet_has_its_columns(tmp_path: Path) -> None:
    rows = good(parquet(tmp_path, "SELECT 1 AS a WHERE false"))

    assert list(rows.columns) == ["a"]
    assert len(rows) == 0


# Avro

RECORD: list[object] = [
    {"name": "text", "type": "string"},
    {"name": "maybe", "type": ["null", "long"]},
    {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2}},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    {"name": "single", "type": "float"},
    {"name": "kind", "type": {"type": "enum", "name": "K", "symbols": ["A", "B"]}},
    {"name": "raw", "type": {"type": "fixed", "name": "F", "size": 2}},
    {"name": "tags", "type": {"type": "array", "items": "string"}},
    {"name": "more", "type": {"type": "map", "values": {"type": "int", "logicalType": "date"}}},
]
VALUES: dict[str, object] = {
    "text": "<any>",
    "maybe": None,
    "price": Decimal("12.50"),
    "at": datetime(2026, 3, 1, 12, 0, 0, 1, UTC),
    "single": 0.1,
    "kind": "B",
    "raw": b"\x00\xff",
    "tags": ["a", "null"],
    "more": {"k": date(2028, 2, 29)},
}


@pytest.mark.parametrize("codec", ["null", "deflate"])
def test_a_record_of_avro_is_read_exactly(tmp_path: Path, codec: str) -> None:
    from harness.codecs.schema import Language, read_schema

    path = avro(tmp_path, RECORD, VALUES, codec=codec)
    with path.open("rb") as file:
        schema = fastavro.block_reader(file).metadata["avro.schema"]
    record = read_schema(Language.AVRO, schema).record

    (row,) = good(path)

    assert {name: read_cell(row.cells[name], type_, CLOCK) for name, type_ in record.fields} == VALUES
    assert row.cells["raw"].word is Word.HEX


def test_an_empty_avro_file_has_its_columns(tmp_path: Path) -> None:
    assert list(good(avro(tmp_path, RECORD)).columns)[:2] == ["text", "maybe"]


def test_a_nested_avro_file_that_recurses_without_end_is_refused(tmp_path: Path) -> None:
    link: list[object] = [{"name": "next", "type": ["null", "A"]}]
    record: dict[str, object] = {"next": None}
    for _ in range(300):
        record = {"next": record}

    (problem,) = load(avro(tmp_path, link, record))[1]

    assert "nested deeper than" in problem.message


# What is none of them

BROKEN: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("a.parquet", lambda _: b"", "the file is empty"),
    ("a.parquet", lambda _: b"a,b\n1,2\n", "the file is no Parquet"),
    ("a.parquet", lambda data: data[:-1], "the file is not complete: its end is missing"),
    ("a.parquet", lambda _: b"PARE" + bytes(20) + b"PARE", "the file is encrypted"),
    ("a.parquet", lambda _: b"PAR1" + bytes(20) + b"PAR1", "the file is no Parquet that can be read"),
    ("a.avro", lambda _: b"", "the file is empty"),
    ("a.avro", lambda _: b"a,b\n1,2\n", "the file is no Avro container file"),
    ("a.avro", lambda data: data[:10], "the file cannot be read on"),
    ("a.avro", lambda data: data[:-20], "the file cannot be read on"),
    ("a.avro", lambda data: data.replace(b'"timestamp-micros"', b'"timestamp-mocros"'), ""),
    ("a.avro", lambda data: data.replace(b'"string"', b'"strong"', 1), "unknown type: strong"),
    ("a.avro", lambda data: data.replace(b"null\x16avro", b"nuhl\x16avro"), "the file cannot be read on"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "damage", "message"), BROKEN)
def test_what_is_no_such_file_is_one_clean_problem(
    tmp_path: Path, name: str, damage: Callable[[bytes], bytes], message: str
) -> None:
    path = parquet(tmp_path, "SELECT 1 AS a") if name == "a.parquet" else avro(tmp_path, RECORD, VALUES)
    path.write_bytes(damage(path.read_bytes()))

    problems = load(path)[1]

    assert len(problems) == (1 if message else 0)
    assert not message or message in problems[0].message


@steady
@given(data=st.data())
def test_changed_bytes_never_raise(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp()
    if data.draw(st.booleans()):
        path = folder / "changed.parquet"
        if not path.exists():
            parquet(folder, "SELECT n AS a, 'x' || n AS b FROM range(9) AS r(n)", path.name)
        content = bytearray(folder.joinpath(path.name).read_bytes())
        path = folder / "worse.parquet"
    else:
        file = io.BytesIO()
        fastavro.writer(file, {"type": "record", "name": "A", "fields": RECORD}, [VALUES])
        content = bytearray(file.getvalue())
        path = folder / "worse.avro"
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content))

    load(path)
