"""A pipeline file to the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.scenario import pipeline
from harness.scenario.model import (
    JobKind,
    KafkaOptions,
    Mode,
    Pipeline,
    PostgresOptions,
    Put,
    RegistryOptions,
    System,
)

JOB = "pipeline: some\njob: {python: job.py}\n"


def read(folder: Path, text: str | None = None) -> Pipeline:
    path = folder / "good.pipeline.yaml"
    if text is not None:
        path.write_text(text)
    file = pipeline.read(path)
    assert file.problems == ()
    assert file.pipeline is not None
    return file.pipeline


def test_the_job_is_as_its_team_wrote_it(project: Path) -> None:
    job = read(project).job

    assert job.kind is JobKind.PYTHON
    assert job.path == str(project / "job.py")
    assert [str(arg) for arg in job.args] == ["--topic", "${sources.orders.name}"]
    assert str(job.env["BROKERS"]) == "${kafka.bootstrap_servers}"
    assert [str(connector) for connector in job.connectors] == ["kafka", "jdbc-postgres", "json"]
    assert {key: str(value) for key, value in job.config.items()} == {"state.backend.type": "rocksdb"}
    assert (job.parallelism, job.python_env) == (2, None)


def test_a_text_knows_where_its_first_character_stands(project: Path) -> None:
    topic = read(project).job.args[1]

    assert (topic.location.line, topic.location.column) == (5, 20)


def test_places_say_where_and_how(project: Path) -> None:
    found = read(project)

    orders = found.sources["orders"]
    assert (orders.system, orders.fresh, orders.partitions, orders.format) == (System.KAFKA, True, 3, "json")
    assert {name: str(kind) for name, kind in orders.columns.items()} == {
        "order_id": "string",
        "amount": "decimal(8, 2)",
        "placed_at": "timestamp_ltz",
    }
    assert (orders.key, orders.event_time, str(orders.times["placed_at"])) == (
        ("order_id",),
        "placed_at",
        "epoch_ms",
    )
    assert found.tables["limits"].address == "public.limits"
    assert found.sinks["rejected"].dead_letter


def test_the_mode_follows_the_system(project: Path) -> None:
    found = read(project)

    assert found.tables["limits"].mode is Mode.UPSERT
    assert found.sinks["totals"].mode is Mode.UPSERT
    assert found.sinks["history"].mode is Mode.APPEND
    assert found.sources["orders"].mode is Mode.APPEND


def test_the_mode_can_be_said(project: Path) -> None:
    sinks = (
        "sinks:\n  a: {kafka: a, format: json, mode: upsert, key: [id]}\n  b: {postgres: b, mode: append}\n"
    )

    found = read(project, JOB + sinks)

    assert (found.sinks["a"].mode, found.sinks["b"].mode) == (Mode.UPSERT, Mode.APPEND)


def test_services_are_those_that_are_named_used_or_referred_to(project: Path) -> None:
    assert read(project).services == {"kafka", "postgres"}
    assert read(project, JOB).services == set()
    assert read(project, JOB + "services: {postgres: {}}\n").services == {"postgres"}
    assert read(project, JOB + "sinks: {a: {kafka: a, format: json}}\n").services == {"kafka"}
    assert read(project, JOB + "files: {/etc/a: '${postgres.url}'}\n").services == {"postgres"}


def test_the_schema_is_absolute(project: Path) -> None:
    assert read(project).postgres.schema == project / "schema.sql"


def test_given_steps_belong_to_the_pipeline(project: Path) -> None:
    (step,) = read(project).given

    assert isinstance(step, Put)
    assert step.rows.rows[0].cells["most"].text == "50.00"


@pytest.mark.parametrize(
    ("typed", "versions"),
    [("", ("1.20",)), ("flink: 1.20\n", ("1.20",)), ("flink: ['1.20', 2.2]\n", ("1.20", "2.2"))],
)
def test_versions_keep_their_text(project: Path, typed: str, versions: tuple[str, ...]) -> None:
    assert read(project, JOB + typed).flink == versions


def test_options_of_a_sink_have_their_values(project: Path) -> None:
    sink = (
        "sinks:\n  a:\n    kafka: a.b-c_D\n    format: json\n    isolation: read_uncommitted\n"
        "    delivery: at_least_once\n    ignore: {type: heartbeat}\n"
    )

    found = read(project, JOB + sink).sinks["a"]

    assert (found.isolation, found.delivery, found.ignore["type"].text) == (
        "read_uncommitted",
        "at_least_once",
        "heartbeat",
    )


def test_a_connector_may_be_coordinates_or_a_jar(project: Path) -> None:
    (project / "own.jar").touch()
    text = "pipeline: some\njob: {python: job.py, connectors: ['org.apache:flink-x:1.0-1.20', own.jar]}\n"

    assert len(read(project, text).job.connectors) == 2


def test_files_may_be_paths_or_variables(project: Path) -> None:
    (project / "app.json").touch()

    files = read(project, JOB + "files:\n  /etc/a: app.json\n  /etc/b: ${kafka.bootstrap_servers}\n").files

    assert {path: str(text) for path, text in files.items()} == {
        "/etc/a": "app.json",
        "/etc/b": "${kafka.bootstrap_servers}",
    }


@pytest.mark.parametrize("where", ["args: ['{}']", "env: {{A: 'x{}y'}}", "config: {{a.b: '{}'}}"])
def test_a_fresh_name_may_be_given_to_the_job_anywhere(project: Path, where: str) -> None:
    place = "sources:\n  a: {kafka: <fresh>, format: json}\n"
    job = "pipeline: some\njob:\n  python: job.py\n  " + where.format("${sources.a.name}") + "\n"

    assert read(project, job + place).sources["a"].fresh


@pytest.mark.parametrize(
    "typed",
    [
        *("text", "STRING", "varchar(20)", "bigint", "double precision", "json", "uuid", "bytes"),
        *("decimal", "decimal(10)", "numeric(8,2)", "Decimal( 38 , 0 )"),
        *("timestamp", "timestamp(3)", "timestamp_ltz", "timestamp_ntz"),
        *("array<string>", "array<array<decimal(8, 2)>>"),
    ],
)
def test_types_are_known(project: Path, typed: str) -> None:
    source = f"sources:\n  a: {{kafka: a, format: json, columns: {{x: '{typed}'}}}}\n"

    assert str(read(project, JOB + source).sources["a"].columns["x"]) == typed


SECURED = """\
pipeline: some
job:
  managed_flink: target
  properties:
    kinesis.analytics.flink.run.options: {python: job.py}
    source: {brokers: "${kafka.bootstrap_servers}", registry: "${schema_registry.url}"}
    sink: {password: "${postgres.password}"}
services:
  kafka: {tls: mutual, sasl: scram-sha-256, certificate: expired}
  schema_registry: {tls: true, auth: basic, compatibility: Full_Transitive}
  postgres: {database: cards, user: app, password: "p w"}
hosts: {"kafka:9092": kafka, "localhost:8081": schema_registry, "db.internal:5432": postgres}
files: {/etc/kafka.jks: "${kafka.truststore_jks}"}
"""


def test_secured_services_and_fixed_hosts(project: Path) -> None:
    (project / "target").mkdir()
    (project / "target" / "job.py").touch()
    found = read(project, SECURED)

    assert found.kafka == KafkaOptions(tls="mutual", sasl="scram-sha-256", certificate="expired")
    assert found.schema_registry == RegistryOptions(tls="server", auth=True, compatibility="FULL_TRANSITIVE")
    assert found.postgres == PostgresOptions(database="cards", user="app", password="p w")
    assert found.hosts == {
        "kafka:9092": "kafka",
        "localhost:8081": "schema_registry",
        "db.internal:5432": "postgres",
    }
    assert found.services == {"kafka", "schema_registry", "postgres"}
    assert "p w" not in repr(found.postgres)


def test_a_package_of_managed_flink_has_property_groups(project: Path) -> None:
    (project / "target").mkdir()
    (project / "target" / "job.py").touch()
    job = read(project, SECURED).job

    assert (job.kind, job.path) == (JobKind.MANAGED_FLINK, str(project / "target"))
    assert {
        group: {key: str(text) for key, text in keys.items()} for group, keys in job.properties.items()
    } == {
        "kinesis.analytics.flink.run.options": {"python": "job.py"},
        "source": {"brokers": "${kafka.bootstrap_servers}", "registry": "${schema_registry.url}"},
        "sink": {"password": "${postgres.password}"},
    }


def test_a_jar_may_name_its_class(project: Path) -> None:
    (project / "job.jar").write_bytes(b"")
    job = read(project, "pipeline: some\njob: {jar: job.jar, class: a.b.Job$Inner, args: [-x]}\n").job

    assert (job.kind, job.path, job.main_class) == (JobKind.JAR, str(project / "job.jar"), "a.b.Job$Inner")
    assert [str(arg) for arg in job.args] == ["-x"]


@pytest.mark.parametrize(("word", "tls"), [("false", "off"), ("true", "server"), ("mutual", "mutual")])
def test_tls_is_off_for_the_server_or_mutual(project: Path, word: str, tls: str) -> None:
    assert read(project, f"{JOB}services: {{kafka: {{tls: {word}}}}}\n").kafka.tls == tls


def test_a_format_of_the_registry_needs_the_registry(project: Path) -> None:
    (project / "a.avsc").write_text(
        '{"type": "record", "name": "A", "fields": [{"name": "id", "type": "int"}]}'
    )
    found = read(
        project, f"{JOB}sources: {{a: {{kafka: a, format: avro-confluent, schema: a.avsc, key: id}}}}\n"
    )

    assert found.services == {"kafka", "schema_registry"}
    schema = found.sources["a"].schema
    assert schema is not None
    assert (schema.path, schema.schema.record.name) == (project / "a.avsc", "A")


def test_a_sink_may_leave_its_schema_to_the_registry(project: Path) -> None:
    sink = read(project, f"{JOB}sinks: {{a: {{kafka: a, format: avro-confluent}}}}\n").sinks["a"]

    assert sink.schema is None
    assert sink.registered
