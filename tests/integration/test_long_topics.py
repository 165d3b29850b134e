"""A topic of tens of thousands of records: written, read and held against a file, without a job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from harness.clock import Deadline, poll
from harness.codecs.moments import Moment
from harness.environment import Grant, Needs
from harness.expectation import Expectations, Outcome
from harness.inputs import kafka as kafka_input
from harness.plan import Plan, make_plan
from harness.scenario.load import load_scenarios
from harness.scenario.model import ExpectRows, Send
from harness.session import Session

pytestmark = pytest.mark.integration

ROWS = 60_000
PIPELINE = """\
pipeline: orders
job: {python: job.py, args: ["${sources.orders.name}"]}
sources:
  orders: {kafka: <fresh>, format: json, partitions: 3, columns: {id: text, amount: "decimal(10, 2)"}}
sinks:
  copy: {kafka: orders.copy, partitions: 3, format: json, key: [id], columns: {amount: "decimal(10, 2)"}}
"""
SCENARIO = """\
scenario: many
pipeline: orders
when:
  - {send: orders, file: sent.csv}
  - {expect: copy, file: expected.csv, unique: [id], each: {id: <regex t\\d+>}}
  - {send: orders, rows: [{id: one more, amount: 1}]}
  - {expect: copy, new_rows: [{id: one more, amount: 1}]}
"""
WRONG = 4242


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    for name, wrong in (("sent", -1), ("expected", WRONG)):
        rows = (f"t{n},{n}.{26 if n == wrong else 25}\n" for n in range(ROWS))
        (tmp_path / f"{name}.csv").write_text("id,amount\n" + "".join(rows))
    (tmp_path / "job.py").write_text("")
    (tmp_path / "orders.pipeline.yaml").write_text(PIPELINE)
    (tmp_path / "many.scenario.yaml").write_text(SCENARIO)
    (scenario,), problems = load_scenarios([tmp_path], tmp_path)
    assert not problems, [problem.render() for problem in problems]
    plan = make_plan(scenario, token="many", flink="1.20", python="", timeout_s=60)
    # No job copies the records: the source's topic is the sink's.
    return replace(plan, names={"orders": plan.names["copy"], "copy": plan.names["copy"]})


def outcomes(plan: Plan, grant: Grant) -> Iterator[Outcome]:
    assert grant.kafka is not None
    clock = Moment.from_text(plan.T)
    admin = AdminClient({"bootstrap.servers": grant.kafka.internal})
    # No job has waited for its topics.
    assert poll(lambda: plan.names["copy"] in admin.list_topics(timeout=10).topics, Deadline(10))
    expectations = Expectations(plan, grant, clock)
    for step in plan.scenario.steps:
        match step:
            case Send():
                records = kafka_input.payloads(plan.pipeline.sources["orders"], step.rows, clock, None)
                kafka_input.send(grant.kafka.internal, plan.names["copy"], records, kafka_input.Sent())
                expectations.forget()
            case ExpectRows():
                yield expectations.rows(step)
            case _:
                raise AssertionError(step)
    expectations.forget()


def test_the_one_row_that_differs_is_found_and_what_comes_later_is_new(session: Session, plan: Plan) -> None:
    needs = Needs(kafka=plan.needs.kafka)

    with session.environment.lease(needs, label="many", wait_s=60, progress=lambda *_: None) as lease:
        all_of_them, new = outcomes(plan, lease.grant)

    (failure,) = all_of_them.failures
    (row,) = failure.rows
    (field,) = row.fields
    assert failure.message == f"1 of {ROWS} rows differs"
    assert (row.key, field.expected, field.actual) == ({"id": f'"t{WRONG}"'}, f"{WRONG}.26", f"{WRONG}.25")
    assert row.location is not None
    assert (row.location.path.name, row.location.line) == ("expected.csv", WRONG + 2)
    assert new.failures == ()
