from __future__ import annotations

from pathlib import Path

import pytest

from harness.environment import Grant, KafkaEndpoint, Needs, PostgresEndpoint
from harness.plan import Plan, bind, make_plan
from harness.scenario.load import load_scenarios
from harness.scenario.model import Scenario

PIPELINE = """\
pipeline: orders
job:
  python: job.py
  args: ["${kafka.bootstrap_servers}", "$${literal}"]
  env: {TOPIC: "${sources.orders.name}", URL: "${postgres.jdbc_url}"}
  connectors: [kafka]
  parallelism: 2
sources:
  orders: {kafka: <fresh>, format: json, partitions: 3}
sinks:
  totals: {kafka: orders.totals, format: json}
"""
SCENARIO = """\
scenario: one
pipeline: orders
when: [{send: orders, rows: [{a: 1}]}]
then: [{expect: totals, empty: true}]
"""
GRANT = Grant(
    id="L1",
    folder="/f",
    data="/d",
    kafka=KafkaEndpoint(bootstrap_servers="127.0.0.1:9", internal="127.0.0.1:9"),
    postgres=PostgresEndpoint(host="127.0.0.1", port=5, user="u", password="secret", database="db"),
)


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    (tmp_path / "job.py").write_text("")
    (tmp_path / "orders.pipeline.yaml").write_text(PIPELINE)
    (tmp_path / "orders.scenario.yaml").write_text(SCENARIO)
    (found,), problems = load_scenarios([tmp_path], tmp_path)
    assert not problems
    return found


def planned(scenario: Scenario, token: str = "abc") -> Plan:
    return make_plan(scenario, token=token, flink="1.20", python="/py", timeout_s=60)


def test_fresh_names_carry_the_token_and_literal_ones_do_not(scenario: Scenario) -> None:
    assert planned(scenario).names == {"orders": "orders-abc", "totals": "orders.totals"}


def test_only_literal_topics_are_held_alone(scenario: Scenario) -> None:
    kafka = planned(scenario).needs.kafka

    assert kafka is not None
    assert {(t.name, t.partitions, t.literal) for t in kafka.topics} == {
        ("orders-abc", 3, False),
        ("orders.totals", 1, True),
    }


def test_a_service_that_is_only_referred_to_is_needed(scenario: Scenario) -> None:
    assert planned(scenario).needs.postgres is not None


def test_variables_are_filled_in_and_escaped_ones_stay(scenario: Scenario) -> None:
    bound = bind(planned(scenario), GRANT)

    assert bound.args == ("127.0.0.1:9", "${literal}")
    assert bound.env == {"TOPIC": "orders-abc", "URL": "jdbc:postgresql://127.0.0.1:5/db"}
    assert bound.config["parallelism.default"] == "2"


def test_needs_survive_the_way_to_the_keeper(scenario: Scenario) -> None:
    needs = planned(scenario).needs

    assert Needs.from_json(needs.to_json()) == needs


def test_a_grant_survives_the_way_back() -> None:
    assert Grant.from_json(GRANT.to_json()) == GRANT


def test_secrets_do_not_show_in_a_grants_text() -> None:
    assert "secret" not in repr(GRANT)
