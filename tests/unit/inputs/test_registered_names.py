"""What the registry calls the schemas: subjects by strategy, references under their own names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.codecs.moments import Moment
from harness.connections.schema_registry import Registry
from harness.engine.schemas import Schemas
from harness.environment import Grant
from harness.inputs.payloads import payloads
from harness.plan import make_plan
from harness.scenario.load import load_scenarios
from harness.scenario.model import Send
from harness.sinks.raw_record import RawRecord
from harness.sinks.record_reader import RecordReader
from tests.unit.connections.registry_server import FakeRegistry, serving

FILES = {
    "card.avsc": json.dumps(
        {
            "type": "record",
            "name": "Card",
            "namespace": "bank",
            "fields": [{"name": "id", "type": "int"}, {"name": "at", "type": "Place"}],
        }
    ),
    "place.avsc": json.dumps(
        {"type": "record", "name": "bank.Place", "fields": [{"name": "city", "type": "string"}]}
    ),
    "key.avsc": json.dumps({"type": "record", "name": "bank.Key", "fields": [{"name": "id", "type": "int"}]}),
    "row.avsc": json.dumps(
        {
            "type": "record",
            "name": "Row",
            "fields": [{"name": "id", "type": "int"}, {"name": "at", "type": "long"}],
        }
    ),
    "card.proto": (
        'syntax = "proto3"; package bank; import "place.proto"; message Card { int32 id = 1; Place at = 2; }'
    ),
    "place.proto": 'syntax = "proto3"; package bank; message Place { string city = 1; }',
    "card.json": '{"title": "bank.Card", "type": "object", "properties": {"id": {"type": "integer"}}}',
}
CLOCK = Moment.from_text("2026-03-01T12:00:00Z")


@pytest.fixture
def server() -> Iterator[FakeRegistry]:
    with serving(FakeRegistry()) as registry:
        yield registry


def through(folder: Path, server: FakeRegistry, source: str, sink: str, rows: str) -> list[dict[str, object]]:
    """The rows that a source writes, as a sink of the same topic reads them."""
    for name, content in FILES.items():
        (folder / name).write_text(content)
    (folder / "job.py").write_text("")
    (folder / "x.pipeline.yaml").write_text(
        f"pipeline: x\njob: {{python: job.py}}\nsources:\n  x: {{kafka: topic, {source}}}\n"
        f"sinks:\n  y: {{kafka: other, {sink}}}\n"
    )
    (folder / "x.scenario.yaml").write_text(
        f"scenario: x\npipeline: x\nwhen: [{{send: x, rows: [{rows}]}}]\nthen: [{{expect: y, empty: true}}]\n"
    )
    (scenario,), problems = load_scenarios([folder], folder)
    assert not problems, [problem.render() for problem in problems]
    plan = make_plan(scenario, token="t", flink="1.20", python="/py", timeout_s=60)
    schemas = Schemas(plan, Grant(id="L", folder="/f", data="/d", schema_registry=server.endpoint()))
    reading = Registry(server.endpoint())
    try:
        schemas.register()
        step = scenario.steps[0]
        assert isinstance(step, Send)
        place = scenario.pipeline.sources["x"]
        records = payloads(place, step.rows, CLOCK, schemas.of("x"))
        reader = RecordReader(scenario.pipeline.sinks["y"], reading)
        raws = (
            RawRecord(topic="other", partition=0, offset=i, key=one.key, value=one.value)
            for i, one in enumerate(records)
        )
        found = [record for raw in raws for record in reader.decode(raw)]
        assert [record.undecodable for record in found] == [None] * len(found)
        return [dict(record.values) for record in found]
    finally:
        schemas.close()
        reading.close()


@pytest.mark.parametrize(
    ("source", "subject"),
    [
        ("format: avro-confluent, schema: card.avsc", "topic-value"),
        ("format: avro-confluent, schema: card.avsc, subject_strategy: record", "bank.Card"),
        ("format: avro-confluent, schema: card.avsc, subject_strategy: topic_record", "topic-bank.Card"),
        ("format: protobuf-confluent, schema: card.proto, subject_strategy: record", "bank.Card"),
    ],
)
def test_subjects_and_references(tmp_path: Path, server: FakeRegistry, source: str, subject: str) -> None:
    sink = source.partition(",")[0]

    (row,) = through(tmp_path, server, source, sink, "{id: 1, at.city: Ulm}")

    assert (row["id"], row["at"]) == (1, {"city": "Ulm"})
    reference = "bank.Place" if "avro" in source else "place.proto"
    assert sorted(server.subjects) == sorted([subject, reference])
    body = server.schemas[server.subjects[subject][-1]]
    assert body["references"] == [{"name": reference, "subject": reference, "version": 1}]


def test_json_is_named_by_its_title(tmp_path: Path, server: FakeRegistry) -> None:
    source = "format: json-schema-confluent, schema: card.json, subject_strategy: record"

    through(tmp_path, server, source, "format: json-schema-confluent", "{id: 1}")

    assert list(server.subjects) == ["bank.Card"]


def test_a_key_has_a_subject_of_its_own(tmp_path: Path, server: FakeRegistry) -> None:
    keyed = "key_format: avro-confluent, key: id"

    (row,) = through(
        tmp_path, server, f"format: json, {keyed}, key_schema: key.avsc", f"format: json, {keyed}", "{id: 1}"
    )

    assert (list(server.subjects), row["$key.id"]) == (["topic-key"], 1)


def test_changes_in_avro(tmp_path: Path, server: FakeRegistry) -> None:
    place = "format: debezium-avro-confluent, times: {at: epoch_ms}"
    rows = "{$op: -U, id: 1, at: T}, {$op: +U, id: 1, at: T+1s}, {$op: delete, id: 1, at: T+1s}"

    found = through(tmp_path, server, f"{place}, schema: row.avsc", f"{place}, key: [id]", rows)

    assert [row["$op"] for row in found] == ["update_before", "update_after", "delete"]
    assert found[0]["at"] == CLOCK.instant
    assert json.loads(server.schemas[1]["schema"])["name"] == "Envelope"


def test_a_row_that_is_missing_in_an_empty_changelog_is_no_error(
    tmp_path: Path, server: FakeRegistry
) -> None:
    place = "format: debezium-avro-confluent"
    through(tmp_path, server, f"{place}, schema: row.avsc", f"{place}, key: [id]", "{id: 1, at: 1}")
    (scenario,), _ = load_scenarios([tmp_path], tmp_path)

    reader = RecordReader(scenario.pipeline.sinks["y"], Registry(server.endpoint()))

    assert (reader.closed, reader.types) == (False, {})
