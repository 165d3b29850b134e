"""Rows through a real broker in the registry's formats: written by rows, read by expectations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.codecs.moments import Moment
from harness.engine.schemas import Schemas
from harness.environment import Grant, Needs
from harness.expectation import Expectations
from harness.inputs import kafka as kafka_input
from harness.plan import Plan, make_plan
from harness.result import Failure
from harness.scenario.load import load_scenarios
from harness.scenario.model import ExpectRows, Send
from harness.session import Session
from tests.unit.connections.registry_server import FakeRegistry, serving

pytestmark = pytest.mark.integration

PROTO = (
    'syntax = "proto3"; import "google/protobuf/timestamp.proto"; '
    "message Card { string id = 1; double amount = 2; google.protobuf.Timestamp at = 3; }"
)
FIELDS = {
    "avro-confluent": (
        "card.avsc",
        {
            "type": "record",
            "name": "Card",
            "fields": [
                {"name": "id", "type": "string"},
                {
                    "name": "amount",
                    "type": {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2},
                },
                {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
            ],
        },
    ),
    "json-schema-confluent": (
        "card.json",
        {
            "type": "object",
            "properties": {
                "id": {"type": "string"},
                "amount": {"type": "number"},
                "at": {"type": "string", "format": "date-time"},
            },
        },
    ),
    "protobuf-confluent": (
        "card.proto",
        PROTO,
    ),
}
SCENARIO = """\
scenario: one
pipeline: cards
when:
  - send: cards
    rows: |
      | id  | amount | at   | $value   |
      | 007 | 12.50  | T    |          |
      | 008 | 0.10   | T+5s |          |
      |     |        |      | {broken  |
then:
  - expect: copy
    rows: |
      | id  | amount | at   |
      | 008 | 0.1    | T+5s |
      | 007 | AMOUNT | T    |
"""


def planned(folder: Path, format_: str, amount: str) -> Plan:
    name, schema = FIELDS[format_]
    (folder / name).write_text(schema if isinstance(schema, str) else json.dumps(schema))
    (folder / "job.py").write_text("")
    (folder / "cards.pipeline.yaml").write_text(
        "pipeline: cards\n"
        'job: {python: job.py, args: ["${sources.cards.name}"]}\n'
        "sources:\n"
        f"  cards: {{kafka: <fresh>, format: {format_}, schema: {name}, key: id, event_time: at}}\n"
        f"sinks: {{copy: {{kafka: cards.copy, format: {format_}}}}}\n"
    )
    (folder / "one.scenario.yaml").write_text(SCENARIO.replace("AMOUNT", amount))
    (scenario,), problems = load_scenarios([folder], folder)
    assert not problems, [problem.render() for problem in problems]
    plan = make_plan(scenario, token="registry", flink="1.20", python="", timeout_s=60)
    # No job copies the records: the source's topic is the sink's.
    return replace(plan, names={"cards": plan.names["copy"], "copy": plan.names["copy"]})


@pytest.fixture
def server() -> Iterator[FakeRegistry]:
    with serving(FakeRegistry()) as registry:
        yield registry


def outcome(plan: Plan, grant: Grant) -> tuple[Failure | None, list[Failure]]:
    clock = Moment.from_text(plan.T)
    schemas = Schemas(plan, grant)
    try:
        schemas.register()
        send, expected = plan.scenario.steps
        assert isinstance(send, Send)
        assert isinstance(expected, ExpectRows)
        assert grant.kafka is not None
        place = plan.pipeline.sources["cards"]
        records = kafka_input.payloads(place, send.rows, clock, schemas.of("cards"))
        kafka_input.send(grant.kafka.internal, plan.names["cards"], records, kafka_input.Sent())
        expectations = Expectations(plan, grant, clock, schemas.registry)
        failures = expectations.rows(expected).failures
        return next(iter(failures), None), expectations.always(0, lambda: None)
    finally:
        schemas.close()


@pytest.mark.parametrize("format_", FIELDS)
@pytest.mark.parametrize(("amount", "differs"), [("12.5", False), ("12.51", True)])
def test_rows_come_back_typed_and_a_poison_pill_is_told(
    session: Session, server: FakeRegistry, tmp_path: Path, format_: str, amount: str, *, differs: bool
) -> None:
    plan = planned(tmp_path, format_, amount)
    needs = Needs(kafka=plan.needs.kafka)

    with session.environment.lease(needs, label="one", wait_s=60, progress=lambda *_: None) as lease:
        failure, always = outcome(plan, replace(lease.grant, schema_registry=server.endpoint()))

    assert (failure is not None) == differs
    (undecodable,) = always
    assert undecodable.message == f"every record must be {format_}, and 1 cannot be decoded"
    assert "no schema id" in (undecodable.detail or "")
    assert "{broken" in (undecodable.detail or "")
