"""The schema that a sink's latest record is written with, from a real registry and a real topic."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from harness.clock import Deadline, poll
from harness.codecs.moments import Moment
from harness.engine.schemas import Schemas
from harness.environment import Needs
from harness.expectation import Expectations, Outcome
from harness.inputs import kafka as kafka_input
from harness.plan import Plan, make_plan
from harness.scenario.load import load_scenarios
from harness.scenario.model import Evolve, ExpectSchema, Send
from harness.session import Session

pytestmark = pytest.mark.integration

PIPELINE = """\
pipeline: cards
job: {python: job.py, args: ["${sources.cards.name}"]}
sources:
  cards: {kafka: <fresh>, format: avro-confluent, schema: card.avsc}
sinks:
  copy: {kafka: cards.copy, format: avro-confluent}
"""
SCENARIO = """\
scenario: one
pipeline: cards
when:
  - {expect: schema, of: copy, version: 1, fields: {id: text}}
  - {send: cards, rows: [{id: a}]}
  - {expect: schema, of: copy, version: 1, fields: {id: text}}
  - {evolve: cards, schema: card-v2.avsc}
  - {expect: schema, of: copy, version: 1, fields: [id, city]}
  - {send: cards, rows: [{id: b, city: null}]}
  - {expect: schema, of: copy, version: 2, fields: {id: text, city: "text?"}}
  - {expect: schema, of: copy, version: 1, fields: {city: int}}
"""
ID = {"name": "id", "type": "string"}
CITY = {"name": "city", "type": ["null", "string"], "default": None}


def planned(folder: Path) -> Plan:
    for name, fields in (("card.avsc", [ID]), ("card-v2.avsc", [ID, CITY])):
        schema = {"type": "record", "name": "Card", "fields": fields}
        (folder / name).write_text(json.dumps(schema))
    (folder / "job.py").write_text("")
    (folder / "cards.pipeline.yaml").write_text(PIPELINE)
    (folder / "one.scenario.yaml").write_text(SCENARIO)
    (scenario,), problems = load_scenarios([folder], folder)
    assert not problems, [problem.render() for problem in problems]
    plan = make_plan(scenario, token="schemas", flink="1.20", python="", timeout_s=60)
    # No job copies the records: the source's topic is the sink's.
    return replace(plan, names={"cards": plan.names["copy"], "copy": plan.names["copy"]})


def outcomes(session: Session, plan: Plan) -> list[Outcome]:
    clock = Moment.from_text(plan.T)
    needs = Needs(kafka=plan.needs.kafka, schema_registry=plan.needs.schema_registry)
    found = []
    with session.environment.lease(needs, label="one", wait_s=60, progress=lambda *_: None) as lease:
        assert lease.grant.kafka is not None
        admin = AdminClient({"bootstrap.servers": lease.grant.kafka.internal})
        # No job has waited for its topics.
        assert poll(lambda: plan.names["copy"] in admin.list_topics(timeout=10).topics, Deadline(10))
        schemas = Schemas(plan, lease.grant)
        schemas.register()
        expectations = Expectations(plan, lease.grant, clock, schemas.registry)
        for step in plan.scenario.steps:
            match step:
                case Send():
                    place = plan.pipeline.sources["cards"]
                    rows = kafka_input.payloads(place, step.rows, clock, schemas.of("cards"))
                    kafka_input.send(
                        lease.grant.kafka.internal, plan.names["cards"], rows, kafka_input.Sent()
                    )
                    expectations.forget()
                case Evolve():
                    schemas.evolve(step)
                case ExpectSchema():
                    found.append(expectations.schema(step))
                case _:
                    raise AssertionError(step)
        schemas.close()
    return found


def test_the_schema_is_that_of_the_latest_record(session: Session, tmp_path: Path) -> None:
    empty, first, evolved, second, wrong = outcomes(session, planned(tmp_path))

    assert [outcome.failures for outcome in (empty, first, second)] == [(), (), ()]
    assert empty.note.startswith("copy holds no record: the latest schema of subject")
    # What is registered and not yet written with is not what the records have.
    assert [f.field for f in evolved.failures[0].rows[0].fields] == ["city"]
    assert [(f.field, f.expected, f.actual) for f in wrong.failures[0].rows[0].fields] == [
        ("version", "1", "2"),
        ("city", "int", "text?"),
    ]
