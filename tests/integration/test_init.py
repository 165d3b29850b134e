"""`harness init` against a real broker, a real registry and a real Postgres."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import Producer

from harness.codecs.schema import Language, read_schema
from harness.connections.schema_registry import Registry
from harness.environment import Grant, KafkaNeed, Needs, PostgresNeed, RegistryNeed, TopicNeed
from harness.scenario.load import load_scenarios
from harness.scenario.model import Pipeline
from harness.session import Session
from tests.conftest import Harness

pytestmark = pytest.mark.integration
TOPICS = ("init.orders", "init.cards", "init.raw", "init.empty")
AVRO = {
    "type": "record",
    "name": "Card",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "occurred_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["DEBIT", "CREDIT"]}},
    ],
}
DDL = """
CREATE SCHEMA shop;
CREATE TYPE shop.mood AS ENUM ('good', 'bad');
CREATE TABLE shop.totals (
    customer text, day date, amount numeric(8, 2) NOT NULL, mood shop.mood, PRIMARY KEY (day, customer)
);
CREATE TABLE public.limits (card_id text, most integer);
"""


@pytest.fixture(scope="module")
def grant(session: Session) -> Iterator[Grant]:
    """Services with something in them."""
    topics = tuple(TopicNeed(name=name, partitions=3, literal=True) for name in TOPICS)
    needs = Needs(kafka=KafkaNeed(topics=topics), schema_registry=RegistryNeed(), postgres=PostgresNeed())
    with session.environment.lease(needs, label="init", wait_s=60, progress=lambda *_: None) as lease:
        _fill(lease.grant)
        yield lease.grant


def _fill(grant: Grant) -> None:
    assert grant.kafka is not None
    assert grant.schema_registry is not None
    assert grant.postgres is not None
    registry = Registry(grant.schema_registry)
    number = registry.register("init.cards-value", read_schema(Language.AVRO, json.dumps(AVRO)))
    registry.register("init.empty-value", read_schema(Language.AVRO, json.dumps(AVRO)))
    registry.close()
    producer = Producer({"bootstrap.servers": grant.kafka.internal})
    for order in range(5):
        record = {"order": f"o{order}", "amount": 1.5, "ts": 1772366400000 + order, "to": {"city": "x"}}
        producer.produce("init.orders", key=f"o{order}", value=json.dumps(record))
    producer.produce("init.cards", value=b"\0" + number.to_bytes(4, "big") + b"\x02a\x00\x00")
    producer.produce("init.raw", value=b"\xff\xfe")
    producer.flush()
    with psycopg.connect(_dsn(grant)) as connection:
        connection.execute(DDL)


def _dsn(grant: Grant) -> str:
    postgres = grant.postgres
    assert postgres is not None
    return f"postgresql://{postgres.user}:{postgres.password}@{postgres.host}:{postgres.port}/{postgres.database}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


def made(folder: Path, harness: Harness, *arguments: object) -> Pipeline:
    """The pipeline that was written; it is right, and so is the scenario."""
    done = harness("init", "shop", *arguments, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (scenario,), problems = load_scenarios([folder], folder)
    assert [problem.render() for problem in problems] == []
    return scenario.pipeline


def on_kafka(grant: Grant) -> tuple[object, ...]:
    assert grant.kafka is not None
    return ("--bootstrap", grant.kafka.internal)


def registry(grant: Grant) -> tuple[object, ...]:
    assert grant.schema_registry is not None
    return ("--registry", grant.schema_registry.internal)


def test_a_topic_of_json_tells_its_partitions_fields_key_and_time(
    grant: Grant, folder: Path, harness: Harness
) -> None:
    orders = made(folder, harness, "--topic", "init.orders", *on_kafka(grant)).sources["orders"]

    assert (orders.address, orders.partitions, orders.format) == ("init.orders", 3, "json")
    assert {name: text.value for name, text in orders.columns.items()} == {
        "order": "text",
        "amount": "decimal",
        "to.city": "text",
    }
    assert {name: text.value for name, text in orders.times.items()} == {"ts": "epoch_ms"}
    assert (orders.key, orders.event_time) == (("order",), "ts")
    assert "o3" not in (folder / "shop.scenario.yaml").read_text(), "a record of the topic is in the file"


@pytest.mark.parametrize("topic", ["init.cards", "init.empty"])
def test_the_schema_of_a_topic_is_saved_beside_the_pipeline(
    grant: Grant, folder: Path, harness: Harness, topic: str
) -> None:
    pipeline = made(folder, harness, "--topic", topic, *on_kafka(grant), *registry(grant))

    (place,) = pipeline.sources.values()
    assert (place.format, place.event_time) == ("avro-confluent", "occurred_at")
    assert place.schema is not None
    assert json.loads(place.schema.path.read_text()) == AVRO
    assert "| T           | i1 | DEBIT |\n" in (folder / "shop.scenario.yaml").read_text()


def test_records_that_nobody_can_read_are_raw(grant: Grant, folder: Path, harness: Harness) -> None:
    pipeline = made(folder, harness, "--topic", "init.raw", *on_kafka(grant))

    assert pipeline.sources["raw"].format == "raw"


def test_tables_tell_their_columns_and_keys_and_no_secret_is_written(
    grant: Grant, folder: Path, harness: Harness
) -> None:
    pipeline = made(
        folder, harness, "--table", "shop.totals", "--table", "limits=table", "--dsn", _dsn(grant)
    )

    assert pipeline.sinks["totals"].key == ("day", "customer")
    assert pipeline.tables["limits"].address == "public.limits"
    ddl = (folder / "shop.sql").read_text()
    assert "amount numeric(8,2) NOT NULL,\n" in ddl
    with psycopg.connect(_dsn(grant)) as connection:
        connection.execute("DROP SCHEMA shop CASCADE; DROP TABLE public.limits")
        connection.execute(ddl)
        connection.rollback()
    assert grant.postgres is not None
    assert not any(grant.postgres.password in path.read_text() for path in folder.iterdir() if path.is_file())
    assert "# TODO: the table has no primary key" in (folder / "shop.pipeline.yaml").read_text()
    assert "# TODO: `mood` is of a type of your own" in (folder / "shop.pipeline.yaml").read_text()


def test_a_job_and_its_topic_become_one_place(grant: Grant, folder: Path, harness: Harness) -> None:
    (folder / "job.py").write_text(
        "import os\n"
        "env.execute_sql(f\"\"\"CREATE TABLE incoming (o STRING) WITH ('connector' = 'kafka', "
        "'topic' = '{os.environ['TOPIC']}', 'format' = 'json')\"\"\")\n"
    )

    pipeline = made(folder, harness, "--job", "job.py", "--topic", "init.orders", *on_kafka(grant))

    (place,) = pipeline.sources.values()
    assert (place.name, place.fresh, place.partitions, place.key) == ("incoming", True, 3, ("order",))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--topic", "init.oders"), "there is no topic `init.oders`\n  -> did you mean `init.orders`?\n"),
        (("--table", "shop.total"), "there is no table `shop.total`\n  -> did you mean `shop.totals`?\n"),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest_name(
    grant: Grant, folder: Path, harness: Harness, arguments: tuple[str, ...], message: str
) -> None:
    done = harness("init", "shop", *arguments, *on_kafka(grant), "--dsn", _dsn(grant), cwd=folder)

    assert (done.returncode, done.stderr) == (4, message)


def test_a_broker_that_does_not_answer(folder: Path, harness: Harness) -> None:
    done = harness("init", "shop", "--topic", "a", "--bootstrap", "127.0.0.1:1", cwd=folder)

    assert done.returncode == 1
    assert done.stderr.startswith("no broker answers at 127.0.0.1:1\n")
