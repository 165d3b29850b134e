"""Many rows: long files, `repeat` and `generate`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.codecs.fields import field_types
from harness.codecs.moments import Moment, read_instant
from harness.codecs.record_cells import read_record
from harness.codecs.schema import Language, codec_of, read_schema
from harness.codecs.types import INSTANT, INTEGER, TEXT
from harness.errors import InputError
from harness.location import Location
from harness.rows import LazyRows, Rows
from harness.scenario.load import ScenarioFile
from harness.scenario.model import Put, Scenario, Send
from harness.scenario.problems import Problems
from harness.scenario.rows import generate, rowfile
from harness.scenario.rows.cells import Cells
from harness.scenario.yaml.nodes import Scalar, Style

Load = Callable[[str], ScenarioFile]
HEAD = "scenario: a good one\npipeline: orders\nwhen:\n"
THEN = "then:\n  - {expect: history, count: 1}\n"
CLOCK = Moment.from_text("2026-03-01T12:00:00Z")


def one(file: ScenarioFile) -> Scenario:
    assert file.problems == ()
    (scenario,) = file.scenarios
    return scenario


def rows_of(load: Load, step: str, then: str = THEN) -> Rows:
    step_ = one(load(f"{HEAD}{step}{then}")).steps[0]
    assert isinstance(step_, Send | Put)
    return step_.rows


def messages(load: Load, step: str) -> list[str]:
    return [problem.message for problem in load(f"{HEAD}{step}{THEN}").problems]


def texts(rows: Rows) -> list[dict[str, str]]:
    return [{name: cell.text for name, cell in row.cells.items()} for row in rows]


# Long files


def read_file(path: Path) -> Rows:
    problems = Problems()
    here = Location(path.parent / "x.scenario.yaml")
    rows = rowfile.read(Scalar(path.name, here, Style.PLAIN, here), path.parent, Cells(problems))
    assert problems.found() == ()
    assert rows is not None
    return rows


LINES: dict[str, tuple[str, Callable[[int], str]]] = {
    "a.csv": ("a,b\n", lambda n: f'{n},"x, {n}"\n'),
    "a.jsonl": ("", lambda n: f'{{"a": {n}, "b": "x, {n}"}}\n'),
}


@pytest.mark.parametrize("name", list(LINES))
def test_a_long_file_is_read_again_on_every_walk_and_always_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(rowfile, "IN_MEMORY", 10)
    head, line = LINES[name]
    (tmp_path / name).write_text(head + "".join(line(n) for n in range(50)))

    rows = read_file(tmp_path / name)

    assert isinstance(rows.rows, LazyRows)
    assert len(rows) == 50
    assert list(rows) == list(rows)
    assert list(rows.columns) == ["a", "b"]
    assert [row.cells["b"].text for row in rows] == [f"x, {n}" for n in range(50)]
    assert rows.rows[-1].cells["a"].text == "49"
    assert [row.cells["a"].text for row in rows.rows[10:20:5]] == ["10", "15"]
    assert [row.cells["a"].text for row in rows.rows[1::-1]] == ["1", "0"]


def test_a_long_file_that_changes_after_its_check_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rowfile, "IN_MEMORY", 1)
    (tmp_path / "a.csv").write_text("a\n1\n2\n")
    rows = read_file(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("a\n1\n2\n3\n")

    with pytest.raises(InputError, match="has changed since it was checked"):
        list(rows)


def test_problems_of_a_long_file_are_noted_once_with_their_lines(
    load: Load, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rowfile, "IN_MEMORY", 3)
    lines = [f"o{n},1.50" for n in range(20)]
    lines[12] = "<any>,1.50"
    lines[17] = "o17,<anny>"
    (project / "long.csv").write_text("order_id,amount\n" + "\n".join(lines) + "\n")

    problems = load(f"{HEAD}  - {{send: orders, file: long.csv}}\n{THEN}").problems

    assert [(p.location.line, p.source) for p in problems] == [(14, "<any>,1.50"), (19, "o17,<anny>")]


@pytest.mark.parametrize("rows", [60_000])
def test_a_long_file_is_checked_in_bounded_memory(tmp_path: Path, rows: int) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n" + "".join(f"o{n},12.50,some text\n" for n in range(rows)))
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from harness.location import Location\n"
        "from harness.scenario.rows import rowfile\n"
        "from harness.scenario.rows.cells import Cells\n"
        "from harness.scenario.yaml.nodes import Scalar, Style\n"
        "from harness.scenario.problems import Problems\n"
        "path = Path(sys.argv[1])\n"
        "here = Location(path)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "rows = rowfile.read(Scalar(path.name, here, Style.PLAIN, here), path.parent, Cells(Problems()))\n"
        "assert sum(1 for row in rows) == len(rows)\n"
        "print(len(rows), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )

    count, kilobytes = done.stdout.split()
    assert int(count) == rows
    assert int(kilobytes) < 24 * 1024 * (1024 if sys.platform == "darwin" else 1)


# repeat


def test_repeat_writes_the_rows_so_many_times_and_counts(load: Load) -> None:
    rows = rows_of(
        load,
        "  - send: orders\n    repeat: 3\n    rows: |\n"
        "      | placed_at | order_id | note       | $headers.n |\n"
        "      | T+${n}s   | o${n}    | <text ${n}> | ${n}      |\n"
        "      | T         | x        | $${n}      |            |\n",
    )

    assert len(rows) == 6
    assert texts(rows)[:4] == [
        {"placed_at": "T+1s", "order_id": "o1", "note": "1", "$headers.n": "1"},
        {"placed_at": "T", "order_id": "x", "note": "${n}"},
        {"placed_at": "T+2s", "order_id": "o2", "note": "2", "$headers.n": "2"},
        {"placed_at": "T", "order_id": "x", "note": "${n}"},
    ]


def test_repeat_counts_in_nested_values_and_over_files(load: Load, project: Path) -> None:
    (project / "rows.jsonl").write_text('{"order_id": "o${n}", "tags": ["a${n}", {"k": "${n}"}]}\n')

    rows = rows_of(load, "  - {send: orders, repeat: 2, file: rows.jsonl}\n")

    tags = rows.rows[1].cells["tags"].items
    assert isinstance(tags, tuple)
    assert tags[0].text == "a2"
    assert tags[1].items is not None


def test_repeat_makes_no_rows_before_they_are_asked_for(load: Load) -> None:
    rows = rows_of(load, "  - {send: orders, repeat: 10000000, rows: [{order_id: 'o${n}'}]}\n")

    assert len(rows) == 10_000_000
    assert next(iter(rows)).cells["order_id"].text == "o1"


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{send: orders, repeat: 0, rows: [{order_id: o}]}", "`repeat` wants a whole number from 1, not `0`"),
        (
            "{send: orders, repeat: -1, rows: [{order_id: o}]}",
            "`repeat` wants a whole number from 1, not `-1`",
        ),
        ("{send: orders, repeat: x, rows: [{order_id: o}]}", "`repeat` wants a whole number from 1, not `x`"),
        (
            "{send: orders, repeat: 10000001, rows: [{order_id: o}]}",
            "`repeat: 10000001` is more than a step can make",
        ),
        (
            "{send: orders, repeat: 10000000, rows: [{order_id: o}, {order_id: p}]}",
            "`repeat` would make 20,000,000 rows of 2",
        ),
        ("{send: orders, repeat: 2, generate: 2, rows: [{order_id: o}]}", "`repeat` and `generate` both say"),
        (
            "{send: orders, rows: [{order_id: 'o${n}'}]}",
            "`${n}` counts the rows of `repeat` or `generate`, and the step has neither",
        ),
        ("{send: orders, repeat: 2, rows: [{order_id: 'o${m}'}]}", "`${m}` is unknown in a row"),
        ("{send: orders, repeat: 2, rows: [{order_id: <any>}]}", "`<any>` can be expected"),
    ],
)
def test_what_cannot_be_repeated(load: Load, step: str, message: str) -> None:
    (found,) = messages(load, f"  - {step}\n")

    assert found.startswith(message)


# generate


def test_generate_makes_typed_rows_of_the_columns(load: Load) -> None:
    rows = rows_of(load, "  - {send: orders, generate: 50}\n")

    types = field_types(
        {"order_id": "string", "amount": "decimal(8, 2)", "placed_at": "timestamp_ltz"},
        {"placed_at": "epoch_ms"},
    )
    assert rows.seed is not None
    assert [row.cells["placed_at"].text for row in rows][:2] == ["T+1s", "T+2s"]
    assert len({row.cells["order_id"].text for row in rows}) == 50
    for row in rows:
        record = {name: read_record_cell(cell, types[name]) for name, cell in row.cells.items()}
        assert None not in record.values()


def read_record_cell(cell: object, type_: object) -> object:
    from harness.codecs.cells import read_cell

    return read_cell(cell, type_, CLOCK)  # type: ignore[arg-type]


def test_a_scenario_of_one_name_makes_the_same_rows_everywhere(load: Load) -> None:
    step = "  - {send: orders, generate: 3}\n"
    first, again = rows_of(load, step), rows_of(load, f"  # a comment\n{step}")

    assert texts(first) == texts(first) == texts(again)
    assert first.seed == 4_145_455_737
    assert texts(first) == [
        {"order_id": "order_id-1", "amount": "580379.98", "placed_at": "T+1s"},
        {"order_id": "order_id-2", "amount": "12612.89", "placed_at": "T+2s"},
        {"order_id": "order_id-3", "amount": "873749.70", "placed_at": "T+3s"},
    ]


def test_the_second_step_and_another_scenario_make_other_rows(load: Load) -> None:
    steps = one(load(HEAD + "  - {send: orders, generate: 3}\n" * 2 + THEN)).steps
    other = load((HEAD + "  - {send: orders, generate: 3}\n" + THEN).replace("a good one", "another"))

    seeds = [step.rows.seed for step in (*steps, *one(other).steps) if isinstance(step, Send)]
    assert len(set(seeds)) == 3


def test_one_row_fixes_fields_and_chooses(load: Load) -> None:
    rows = rows_of(
        load,
        "  - send: orders\n    generate: 200\n    rows: |\n"
        "      | order_id | amount                 | kind               | at                 | $key   |\n"
        '      | o${n}    | <between 1.00 and 1.05> | <one of a or "1"> | <between T and T+1m> | k${n} |\n',
    )

    assert len(rows) == 200
    cells = [row.cells for row in rows]
    assert [cells[0]["order_id"].text, cells[199]["$key"].text] == ["o1", "k200"]
    assert {row["amount"].text for row in cells} == {"1.00", "1.01", "1.02", "1.03", "1.04", "1.05"}
    assert {(row["kind"].text, row["kind"].quoted) for row in cells} == {("a", False), ("1", True)}
    assert len({row["at"].text for row in cells}) > 30
    assert all(row["placed_at"].text == f"T+{n}s" for n, row in enumerate(cells, start=1))


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{send: orders, generate: 0}", "`generate` wants a whole number from 1, not `0`"),
        ("{send: orders, generate: 5, file: x.csv}", "`file` has no meaning for rows that are generated"),
        (
            "{send: orders, generate: 5, rows: [{order_id: a}, {order_id: b}]}",
            "rows are generated from one row, and here is another",
        ),
        (
            "{send: orders, generate: 5, rows: [{order_id: <regex a>}]}",
            "`<regex>` matches values and makes none",
        ),
        ("{send: orders, generate: 5, rows: [{amount: <one of 1 or x>}]}", "`x` is no decimal"),
        ("{send: orders, generate: 5, rows: [{amount: <between 1 and 1.005>}]}", "`1.00"),
        (
            "{send: orders, generate: 5, rows: [{note: <between 1e-999999 and 1e999>}]}",
            "the ends of `<between>` are too far apart for their digits",
        ),
        (
            "{send: orders, generate: 5, rows: [{placed_at: <between T+5s and T>}]}",
            "the ends of `<between>` are the wrong way round",
        ),
        ("{put: limits, generate: 5}", "nothing says what fields `limits` has"),
        ("{put: limits, generate: 5, rows: [{most: 5}]}", "nothing says what the key `customer` is"),
        (
            "{put: totals, generate: 5, rows: [{customer: 'c${n}', $at: T}]}",
            "`$at` is about a record of Kafka",
        ),
    ],
)
def test_what_cannot_be_generated(load: Load, step: str, message: str) -> None:
    (found,) = messages(load, f"  - {step}\n")

    assert found.startswith(message)


def test_rows_of_a_table_are_generated_from_one_row(load: Load) -> None:
    rows = rows_of(
        load, "  - {put: limits, generate: 3, rows: [{customer: 'c${n}', most: <between 1 and 9>}]}\n"
    )

    assert [row.cells["customer"].text for row in rows] == ["c1", "c2", "c3"]


AVRO = """{"type": "record", "name": "R", "fields": [
  {"name": "id", "type": "string"},
  {"name": "count", "type": "int"},
  {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
  {"name": "day", "type": {"type": "int", "logicalType": "date"}},
  {"name": "clock", "type": {"type": "int", "logicalType": "time-millis"}},
  {"name": "uid", "type": {"type": "string", "logicalType": "uuid"}},
  {"name": "price", "type": {"type": "fixed", "size": 4, "name": "P", "logicalType": "decimal",
                             "precision": 6, "scale": 3}},
  {"name": "kind", "type": {"type": "enum", "name": "K", "symbols": ["A", "B"]}},
  {"name": "either", "type": ["null", "string", "long", "K"]},
  {"name": "flag", "type": ["null", "boolean"], "default": null},
  {"name": "raw", "type": {"type": "fixed", "size": 3, "name": "F"}},
  {"name": "share", "type": "float"},
  {"name": "tags", "type": {"type": "array", "items": ["null", "string"]}},
  {"name": "more", "type": {"type": "map", "values": "double"}},
  {"name": "place", "type": ["null", {"type": "record", "name": "Place", "fields": [
      {"name": "city", "type": "string"}, {"name": "zip", "type": "int"}]}]},
  {"name": "next", "type": ["null", "R"]}
]}"""
JSON = """{"type": "object", "properties": {
  "id": {"type": "string"}, "n": {"type": "integer", "minimum": 5, "maximum": 7},
  "share": {"type": "number"}, "on": {"type": "boolean"}, "kind": {"enum": ["a", "b"]},
  "tags": {"type": "array", "items": {"type": "string"}},
  "place": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
}, "required": ["id"]}"""
PROTO = """syntax = "proto3"; message R {
  string id = 1; int32 n = 2; bool on = 3; double share = 4; bytes raw = 5; Kind kind = 6;
  repeated string tags = 7; map<string, int64> more = 8; Place place = 9; uint64 big = 10;
  enum Kind { A = 0; B = 1; } message Place { string city = 1; } }"""


@pytest.mark.parametrize(
    ("language", "text"),
    [(Language.AVRO, AVRO), (Language.JSON, JSON), (Language.PROTOBUF, PROTO)],
    ids=["avro", "json", "protobuf"],
)
def test_rows_of_a_schema_are_records_of_it(language: Language, text: str) -> None:
    schema = read_schema(language, text)
    codec = codec_of(schema)
    here = Location(Path("x"))
    template = generate.Template(
        fields=dict(schema.record.fields), fixed={}, location=here, key=("id",), event_time="at", nulls=True
    )
    ids = set()
    nulls: dict[str, int] = {}

    for row in generate.rows(template, 7, 300):
        record = read_record(row.cells, schema.record, CLOCK, here)
        decoded = codec.decode(codec.encode(record, schema.record))
        ids.add(record["id"])
        for name, value in decoded.items():
            nulls[name] = nulls.get(name, 0) + (value is None)
            if language is Language.AVRO:
                assert value == record[name]

    assert len(ids) == 300
    if language is Language.AVRO:
        assert record["at"] == read_instant("2026-03-01T12:05:00Z")
        assert {name for name, count in nulls.items() if count} == {"either", "flag", "place", "next"}
        assert max(nulls.values()) < 100


def test_fields_inside_of_a_record_are_fixed_and_the_others_made() -> None:
    schema = read_schema(Language.AVRO, AVRO)
    here = Location(Path("x"))
    cells = Cells(Problems())
    template = generate.Template(
        fields=dict(schema.record.fields),
        fixed={"place.city": cells.read("Rome", here), "more.k": cells.read("1.5", here)},
        location=here,
        nulls=True,
    )

    for row in generate.rows(template, 7, 20):
        record = read_record(row.cells, schema.record, CLOCK, here)
        place, more = record["place"], record["more"]
        assert isinstance(place, dict)
        assert isinstance(more, dict)
        assert place["city"] == "Rome"
        assert isinstance(place["zip"], int)
        assert more == {"k": 1.5}


def test_between_chooses_among_days_and_times_with_and_without_a_zone() -> None:
    here = Location(Path("x"))
    cells = Cells(Problems())
    fixed = {
        "day": cells.read("<between 2028-02-28 and 2028-03-01>", here),
        "local": cells.read("<between 2026-01-01T00:00:00 and 2026-01-01T00:00:02>", here),
        "instant": cells.read("<between 2026-01-01T00:00:00Z and 2026-01-01T00:00:02Z>", here),
        "id": cells.read("<uuid>", here),
        "any": cells.read("<not null>", here),
    }
    template = generate.Template(fields={}, fixed=fixed, location=here)

    rows = [row.cells for row in generate.rows(template, 1, 100)]

    assert {row["day"].text for row in rows} == {"2028-02-28", "2028-02-29", "2028-03-01"}
    assert {row["local"].text[-3:] for row in rows} == {":00", ":01", ":02"}
    assert {row["instant"].text[-4:] for row in rows} == {":00Z", ":01Z", ":02Z"}
    assert len({row["id"].text for row in rows}) == 100
    assert all(row["any"].text for row in rows)


def test_columns_with_paths_and_with_dots_in_their_names_are_filled_and_fixed() -> None:
    here = Location(Path("x"))
    template = generate.Template(
        fields={"address.city": TEXT, '"a.b"': INTEGER, "meta.at": INSTANT, "meta.id": TEXT},
        fixed={'"a.b"': Cells(Problems()).read("7", here)},
        location=here,
        key=("meta.id",),
        event_time="meta.at",
    )

    (row,) = generate.rows(template, 1, 1)

    assert list(row.cells) == ["address.city", '"a.b"', "meta.at", "meta.id"]
    assert row.cells['"a.b"'].text == "7"
    assert row.cells["meta.at"].text == "T+1s"
    assert row.cells["meta.id"].text == "id-1"
