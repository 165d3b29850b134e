"""Rows through the registry's formats: what is sent, what is read, and what `evolve` changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from harness.codecs.json_format import DecodeError
from harness.codecs.moments import Moment
from harness.compare import ActualRow, compare_rows
from harness.connections.schema_registry import Registry
from harness.engine.schemas import Schemas
from harness.environment import Grant
from harness.errors import ExpectationError, InputError
from harness.expectation.typed_rows import typed_rows
from harness.inputs.kafka import Payload, payloads
from harness.plan import make_plan
from harness.scenario.load import load_scenarios
from harness.scenario.model import Evolve, ExpectRows, Scenario, Send
from harness.sinks.decoding import decoder_of
from harness.sinks.record import Read, Record
from tests.unit.connections.registry_server import FakeRegistry, serving

CARD = {
    "type": "record",
    "name": "Card",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2}},
        {"name": "at", "type": "long"},
        {"name": "status", "type": {"type": "enum", "name": "Status", "symbols": ["NEW", "DONE"]}},
        {"name": "note", "type": ["null", "long", "string"], "default": None},
        {
            "name": "shop",
            "type": [
                "null",
                {"type": "record", "name": "Shop", "fields": [{"name": "city", "type": "string"}]},
            ],
            "default": None,
        },
    ],
}
CHANNEL = {"name": "channel", "type": "string", "default": "none"}
OBJECT = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "count": {"type": "integer"},
        "amount": {"type": "number"},
        "at": {"type": "string", "format": "date-time"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "note": {"oneOf": [{"type": "null"}, {"type": "string"}]},
        "next": {"$ref": "#"},
    },
    "required": ["id"],
}
PIPELINE = """\
pipeline: cards
job: {python: job.py}
sources:
  cards:
    kafka: cards
    partitions: 3
    format: avro-confluent
    schema: card.avsc
    times: {at: epoch_ms}
    key: id
    event_time: at
  objects: {kafka: objects, format: json-schema-confluent, schema: object.json, key: id, event_time: at}
sinks:
  out: {kafka: out, format: avro-confluent, times: {at: epoch_ms}, key: [id]}
  declared: {kafka: declared, format: avro-confluent, schema: card.avsc}
  out_objects: {kafka: out_objects, format: json-schema-confluent, schema: object.json}
"""
CLOCK = Moment.from_text("2026-03-01T12:00:00Z")
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Project:
    """A project with the pipeline above, and a registry that answers."""

    def __init__(self, folder: Path, server: FakeRegistry) -> None:
        self.folder = folder
        self.server = server
        self.file = folder / "one.scenario.yaml"
        (folder / "job.py").write_text("")
        (folder / "card.avsc").write_text(json.dumps(CARD))
        with_channel = {**CARD, "fields": [*CARD["fields"], CHANNEL]}
        (folder / "card-v2.avsc").write_text(json.dumps(with_channel))
        (folder / "object.json").write_text(json.dumps(OBJECT))
        (folder / "cards.pipeline.yaml").write_text(PIPELINE)

    def scenario(self, steps: str, then: str = "[{expect: out, empty: true}]") -> Scenario:
        self.file.write_text(f"scenario: one\npipeline: cards\nwhen:\n{steps}then: {then}\n")
        (scenario,), problems = load_scenarios([self.file], self.folder)
        assert not problems, [problem.render() for problem in problems]
        return scenario

    def schemas(self, scenario: Scenario) -> Schemas:
        plan = make_plan(scenario, token="t", flink="1.20", python="/py", timeout_s=60)
        grant = Grant(id="L", folder="/f", data="/d", schema_registry=self.server.endpoint())
        schemas = Schemas(plan, grant)
        schemas.register()
        return schemas

    def sent(self, steps: str) -> list[Payload]:
        scenario = self.scenario(steps)
        schemas = self.schemas(scenario)
        found: list[Payload] = []
        try:
            for step in scenario.steps:
                if isinstance(step, Evolve):
                    schemas.evolve(step)
                elif isinstance(step, Send):
                    place = scenario.pipeline.sources[step.source]
                    found += payloads(place, step.rows, CLOCK, schemas.of(step.source))
        finally:
            schemas.close()
        return found

    def read(self, sink: str, values: list[bytes | None]) -> Read:
        place = self.scenario("  - settle\n").pipeline.sinks[sink]
        registry = Registry(self.server.endpoint())
        try:
            decoder = decoder_of(place, registry)
            records = tuple(Record(values=decoder.decode(value or b"")) for value in values)
            return Read(records=records, types=decoder.types, closed=decoder.closed, always=decoder.always)
        finally:
            registry.close()


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with serving(FakeRegistry()) as server:
        yield Project(tmp_path, server)


ROW = """\
  - send: cards
    rows: |
      | id  | amount | at   | status | note | shop.city |
      | 007 | 12.50  | T+5s | NEW    | 7b   | Ulm       |
"""


def test_a_row_becomes_avro_with_the_registered_id(project: Project) -> None:
    (payload,) = project.sent(ROW)

    assert payload.value is not None
    assert payload.value[:5] == b"\x00\x00\x00\x00\x01"
    assert payload.key == b"007"
    assert payload.timestamp_ms == int(AT.timestamp()) * 1000 + 5000
    assert sorted(project.server.subjects) == ["cards-value", "objects-value"]


def test_what_is_written_reads_back_typed(project: Project) -> None:
    read = project.read("out", [payload.value for payload in project.sent(ROW)])

    assert read.records[0].values == {
        "id": "007",
        "amount": Decimal("12.50"),
        "at": AT.replace(second=5),
        "status": "NEW",
        "note": "7b",
        "shop": {"city": "Ulm"},
    }


def expectation(project: Project, sink: str, rows: str) -> ExpectRows:
    scenario = project.scenario("  - settle\n", f"[{{expect: {sink}, rows: {rows}}}]")
    (expected,) = (step for step in scenario.steps if isinstance(step, ExpectRows))
    return expected


def differences(project: Project, read: Read, sink: str, rows: str) -> int:
    expected = expectation(project, sink, rows)
    place = project.scenario("  - settle\n").pipeline.sinks[sink]
    typed = typed_rows(expected, place, read, CLOCK)
    actual = [ActualRow(record.values) for record in read.records]
    found = compare_rows(
        typed.rows,
        actual,
        key=(),
        mode=place.mode,
        match=expected.match,
        all_columns=False,
        columns=typed.columns,
    )
    return len(found.differences)


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ("{id: 007, amount: 12.5, at: T+5s, status: NEW, note: 7b, shop.city: Ulm}", 0),
        ("{id: 7}", 1),
        ("{amount: 12.51}", 1),
        ("{at: T+6s}", 1),
        ("{status: DONE}", 1),
        ("{note: 7}", 1),
        ("{note: <regex 7.>}", 0),
        ("{status: <one of NEW or DONE>}", 0),
        ("{shop: {city: Ulm}}", 0),
        ("{shop: {city: <regex U.*>}}", 0),
        ("{shop: {city: Rom}}", 1),
        ("{shop: null}", 1),
        ("{amount: <between 12 and 13>}", 0),
        ("{amount: <between 13 and 14>}", 1),
    ],
)
def test_a_wrong_value_is_seen(project: Project, cells: str, wrong: int) -> None:
    read = project.read("out", [payload.value for payload in project.sent(ROW)])

    assert bool(differences(project, read, "out", f"[{cells}]")) == bool(wrong)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("{stauts: NEW}", "out has no column `stauts`"),
        ("{shop.town: Ulm}", "out has no column `shop.town`"),
        ("{status: OLD}", "`OLD` is no Status"),
        ("{amount: null}", "null is no decimal(8, 2), and the schema has no null there"),
    ],
)
def test_what_can_never_be_there_is_an_error_and_no_difference(
    project: Project, cells: str, message: str
) -> None:
    read = project.read("out", [payload.value for payload in project.sent(ROW)])

    with pytest.raises(ExpectationError) as raised:
        differences(project, read, "out", f"[{cells}]")

    assert raised.value.message == message


def test_an_empty_cell_expects_nothing_of_avro(project: Project) -> None:
    read = project.read("declared", [])

    with pytest.raises(ExpectationError, match="left empty"):
        differences(project, read, "declared", "[{id: a, status: NEW}, {id: b}]")


def test_a_poison_pill_is_sent_as_it_is(project: Project) -> None:
    steps = """\
  - send: cards
    rows: |
      | $key | $value           |
      | k    | <hex 00 00 00 63> |
      | k    | {no avro         |
      | k    | null             |
"""
    values = [payload.value for payload in project.sent(steps)]

    assert values == [b"\x00\x00\x00\x63", b"{no avro", None]
    for value in values[:2]:
        with pytest.raises(DecodeError):
            project.read("out", [value])


@pytest.mark.parametrize(
    ("rows", "message", "line"),
    [
        ("[{id: a, at: T, status: NEW}]", "`amount` is absent, and `Card` has no default for it", 5),
        (
            "[{id: a, at: T, status: NWE, amount: 1}]",
            "`NWE` is no Status (`status` is Status)",
            5,
        ),
    ],
)
def test_a_row_that_the_schema_does_not_take_names_its_place(
    project: Project, rows: str, message: str, line: int
) -> None:
    with pytest.raises(InputError) as raised:
        project.sent(f"  - send: cards\n    rows: {rows}\n")

    assert raised.value.message == message
    assert raised.value.location is not None
    assert raised.value.location.line == line


def test_rows_behind_an_evolve_have_the_next_schema(project: Project) -> None:
    steps = (
        ROW
        + "  - {evolve: cards, schema: card-v2.avsc}\n"
        + "  - send: cards\n    rows: [{id: b, amount: 1, at: T, status: NEW, channel: web}, "
        + "{id: c, amount: 1, at: T, status: NEW}]\n"
    )

    values = [payload.value for payload in project.sent(steps)]
    read = project.read("out", values)

    assert [value[:5] for value in values if value] == [b"\0\0\0\0\1", b"\0\0\0\0\3", b"\0\0\0\0\3"]
    assert [record.values.get("channel") for record in read.records] == [None, "web", "none"]
    assert "channel" not in read.records[0].values
    assert project.server.subjects["cards-value"] == [1, 3]


def test_an_evolve_that_the_registry_refuses_is_an_error_in_its_words(project: Project) -> None:
    scenario = project.scenario("  - {evolve: cards, schema: card-v2.avsc}\n")
    schemas = project.schemas(scenario)
    project.server.refused = "incompatible: `channel` has no default"

    with pytest.raises(InputError) as raised:
        schemas.evolve(next(step for step in scenario.steps if isinstance(step, Evolve)))
    schemas.close()

    assert raised.value.message == "the schema registry refuses card-v2.avsc as the next version of cards"
    assert raised.value.detail == "incompatible: `channel` has no default"
    assert raised.value.location is not None


def test_json_is_typed_by_its_schema(project: Project) -> None:
    steps = """\
  - send: objects
    rows: |
      | id  | count | amount | at | tags   | note | next          |
      | 007 | 7     | 1.10   | T  | ["7"]  | null | {"id": "008"} |
"""
    (payload,) = project.sent(steps)

    assert payload.value is not None
    assert json.loads(payload.value[5:]) == {
        "id": "007",
        "count": 7,
        "amount": 1.1,
        "at": "2026-03-01T12:00:00Z",
        "tags": ["7"],
        "note": None,
        "next": {"id": "008"},
    }
    assert payload.timestamp_ms == int(AT.timestamp()) * 1000
    read = project.read("out_objects", [payload.value])
    assert read.records[0].values["at"] == AT
    assert read.records[0].values["amount"] == Decimal("1.10")
    assert not differences(project, read, "out_objects", "[{id: 007, at: T, next: {id: 008}}]")
    assert differences(project, read, "out_objects", "[{id: 007, at: T+1s}]")


def test_json_needs_what_its_schema_requires(project: Project) -> None:
    with pytest.raises(InputError, match="`id` is absent, and the schema requires it"):
        project.sent("  - send: objects\n    rows: [{count: 1}]\n")
    (payload,) = project.sent("  - send: objects\n    rows: [{id: a}]\n")
    assert payload.value == b'\0\0\0\0\2{"id":"a"}'


def test_a_record_of_another_language_is_undecodable(project: Project) -> None:
    project.server.add("x", {"schema": json.dumps(OBJECT), "schemaType": "JSON"})

    with pytest.raises(DecodeError, match="schema 1 is JSON, not AVRO"):
        project.read("out", [b"\0\0\0\0\1{}"])


PROTO = """\
syntax = "proto3";
import "google/protobuf/timestamp.proto";
message Other { string name = 1; }
message Event { string id = 1; int64 count = 2; google.protobuf.Timestamp at = 3; }
"""
PROTO_PIPELINE = """\
pipeline: events
job: {python: job.py}
sources:
  events:
    kafka: events
    format: protobuf-confluent
    schema: event.proto
    message: Event
    key: id
    event_time: at
sinks:
  out: {kafka: out, format: protobuf-confluent, schema: event.proto, message: Event}
"""


def test_protobuf_goes_both_ways(project: Project) -> None:
    (project.folder / "event.proto").write_text(PROTO)
    (project.folder / "cards.pipeline.yaml").write_text(PROTO_PIPELINE.replace("events\njob", "cards\njob"))

    (payload,) = project.sent("  - send: events\n    rows: [{id: 007, count: 5, at: T+5s}]\n")
    read = project.read("out", [payload.value])

    assert project.server.schemas[1] == {"schema": PROTO, "schemaType": "PROTOBUF"}
    assert payload.key == b"007"
    assert payload.timestamp_ms == int(AT.timestamp()) * 1000 + 5000
    assert read.records[0].values == {"id": "007", "count": 5, "at": AT.replace(second=5)}
    assert not differences(project, read, "out", "[{id: 007, count: 5}]")
    assert differences(project, read, "out", "[{id: 007, count: 6}]")
    with pytest.raises(ExpectationError, match="left empty"):
        differences(project, read, "out", "[{id: 007, count: 5}, {id: x}]")


def test_rows_that_are_generated_are_records_of_the_schema_each_with_its_time_and_key(
    project: Project,
) -> None:
    sent = project.sent(
        "  - send: cards\n    generate: 200\n    rows: |\n"
        "      | shop.city           | amount                 | $headers.n |\n"
        "      | <one of Rome or Oslo> | <between 1.00 and 9.00> | ${n}     |\n"
    )

    assert len(sent) == 200
    assert len({payload.key for payload in sent}) == 200
    first, last = (payload.timestamp_ms or 0 for payload in (sent[0], sent[-1]))
    start = int(AT.timestamp() * 1000)
    assert (first, last) == (start + 1000, start + 200_000)
    assert sent[199].headers == (("n", b"200"),)
    assert all(payload.value for payload in sent)


def test_rows_that_are_repeated_are_sent_as_they_are_made(project: Project) -> None:
    sent = project.sent(
        "  - {send: objects, repeat: 3, rows: [{id: 'o${n}', at: 'T+${n}s', count: '${n}'}]}\n"
    )

    assert [json.loads((payload.value or b"")[5:])["count"] for payload in sent] == [1, 2, 3]


def test_a_wrong_row_among_many_is_named(project: Project) -> None:
    with pytest.raises(InputError, match="`o1` is no integer"):
        project.sent("  - {send: objects, repeat: 3, rows: [{id: o, at: T, count: 'o${n}'}]}\n")
