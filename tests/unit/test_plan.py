from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from harness.environment import (
    Certificates,
    Grant,
    KafkaEndpoint,
    Needs,
    PostgresEndpoint,
    PostgresNeed,
    RegistryEndpoint,
    RegistryNeed,
)
from harness.plan import Plan, bind, make_plan, variables
from harness.scenario import references
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


def test_runs_on_several_versions_are_told_apart_by_name(scenario: Scenario) -> None:
    both = replace(scenario, pipeline=replace(scenario.pipeline, flink=("1.20", "2.2")))

    assert (planned(scenario).title, planned(scenario).id) == ("one", scenario.id)
    assert (planned(both).title, planned(both).id) == ("one[1.20]", f"{scenario.id}[1.20]")


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
    bound = bind(planned(scenario), GRANT, scenario.pipeline.job)

    assert bound.args == ("127.0.0.1:9", "${literal}")
    assert bound.env == {"TOPIC": "orders-abc", "URL": "jdbc:postgresql://127.0.0.1:5/db"}
    assert bound.config["parallelism.default"] == "2"


def test_needs_survive_the_way_to_the_keeper(scenario: Scenario) -> None:
    needs = planned(scenario).needs

    assert Needs.from_json(needs.to_json()) == needs


def test_a_grant_survives_the_way_back() -> None:
    assert Grant.from_json(GRANT.to_json()) == GRANT


SECURED = """\
pipeline: orders
job:
  managed_flink: job.zip
  properties:
    kinesis.analytics.flink.run.options: {python: job.py}
    source: {url: "${schema_registry.url}", user: "${schema_registry.user}"}
    kafka:
      how: ${kafka.security_protocol}/${kafka.sasl_mechanism}
      user: ${kafka.user}:${kafka.password}
    x: {a: "$${b}"}
services:
  kafka: {tls: true, sasl: plain, certificate: untrusted}
  schema_registry: {tls: mutual, auth: basic, compatibility: none}
  postgres: {database: cards, user: app, password: secret}
hosts: {"kafka:9092": kafka, "broker:9093": kafka, "registry:8081": schema_registry, "db:5432": postgres}
files: {/etc/kafka.jks: "${kafka.truststore_jks}", /etc/ca.pem: "${schema_registry.ca_pem}"}
sources: {orders: {kafka: orders, format: json}}
sinks: {totals: {kafka: orders.totals, format: json}}
"""
CERTIFICATES = Certificates(
    ca_pem="/c/ca.pem",
    certificate_pem="/c/client.pem",
    key_pem="/c/client.key",
    truststore_jks="/c/trust.jks",
    truststore_p12="/c/trust.p12",
    keystore_jks="/c/key.jks",
    keystore_p12="/c/key.p12",
    password="changeit",
)
SECURED_GRANT = Grant(
    id="L1",
    folder="/f",
    data="/d",
    kafka=KafkaEndpoint(
        bootstrap_servers="127.0.0.1:9",
        internal="127.0.0.1:8",
        protocol="SASL_SSL",
        mechanism="PLAIN",
        user="u",
        password="p",
        certificates=CERTIFICATES,
    ),
    schema_registry=RegistryEndpoint(
        url="https://127.0.0.1:7", internal="i", user="reg", password="q", certificates=CERTIFICATES
    ),
    postgres=PostgresEndpoint(host="127.0.0.1", port=5, user="app", password="secret", database="cards"),
)


@pytest.fixture
def secured(tmp_path: Path) -> Scenario:
    with zipfile.ZipFile(tmp_path / "job.zip", "w") as package:
        package.writestr("job.py", "")
    (tmp_path / "orders.pipeline.yaml").write_text(SECURED)
    (tmp_path / "orders.scenario.yaml").write_text(SCENARIO)
    (found,), problems = load_scenarios([tmp_path], tmp_path)
    assert not problems
    return found


def test_options_and_hosts_are_asked_for(secured: Scenario) -> None:
    needs = planned(secured).needs

    assert needs.kafka is not None
    assert (needs.kafka.tls, needs.kafka.sasl, needs.kafka.certificate) == ("server", "plain", "untrusted")
    assert needs.kafka.hosts == ("kafka:9092", "broker:9093")
    assert needs.schema_registry == RegistryNeed(
        tls="mutual", auth=True, compatibility="NONE", hosts=("registry:8081",)
    )
    assert needs.postgres == PostgresNeed(database="cards", user="app", password="secret", hosts=("db:5432",))


def test_what_only_secured_services_have_is_filled_in(secured: Scenario) -> None:
    bound = bind(planned(secured), SECURED_GRANT, secured.pipeline.job)

    assert bound.properties == {
        "kinesis.analytics.flink.run.options": {"python": "job.py"},
        "source": {"url": "https://127.0.0.1:7", "user": "reg"},
        "kafka": {"how": "SASL_SSL/PLAIN", "user": "u:p"},
        "x": {"a": "${b}"},
    }
    assert bound.files == {"/etc/kafka.jks": Path("/c/trust.jks"), "/etc/ca.pem": Path("/c/ca.pem")}


def test_every_name_that_a_file_may_use_has_a_value_where_all_is_secured(secured: Scenario) -> None:
    assert set(references.SERVICES) == {
        name
        for name in variables(planned(secured), SECURED_GRANT)
        if name.startswith(("kafka.", "schema_registry.", "postgres."))
    }


def test_a_registry_is_needed_by_none_who_does_not_name_it(scenario: Scenario) -> None:
    assert planned(scenario).needs.schema_registry is None


def test_secrets_do_not_show_in_a_grants_text() -> None:
    assert "secret" not in repr(GRANT)
