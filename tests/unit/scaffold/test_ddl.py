"""What Flink SQL tells about tables, and what Python tells about its SQL."""

from __future__ import annotations

import pytest

from harness.scaffold import ddl, flink_types, python_texts

SQL = """
-- CREATE TABLE commented_out (x INT) WITH ('connector' = 'print');
CREATE TABLE IF NOT EXISTS orders (
    order_id STRING NOT NULL,
    `amount` DECIMAL(8, 2) COMMENT 'in euro, with (tax)',
    address ROW<city STRING, zip VARCHAR(5)>,
    tags ARRAY<STRING>,
    ts BIGINT,
    at AS TO_TIMESTAMP_LTZ(ts, 3),
    arrived TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
    WATERMARK FOR at AS at - INTERVAL '5' SECOND,
    CONSTRAINT pk PRIMARY KEY (order_id) NOT ENFORCED
) COMMENT 'all of them' WITH (
    'connector' = 'upsert-kafka', 'topic' = 'shop.orders', /* the ) topic */
    'value.format' = 'json', 'note' = 'it''s'
);
CREATE TEMPORARY TABLE limits (card STRING PRIMARY KEY NOT ENFORCED, most INT)
WITH ('connector' = 'jdbc', 'table-name' = 'limits');
INSERT INTO `cat`.`db`.totals SELECT * FROM orders JOIN limits FOR SYSTEM_TIME AS OF orders.at ON TRUE;
"""


def test_tables_are_read_with_their_columns_options_key_and_watermark() -> None:
    found = ddl.read(SQL)

    orders = found.tables["orders"]
    assert list(found.tables) == ["orders", "limits"]
    assert list(orders.columns.items()) == [
        ("order_id", "STRING"),
        ("amount", "DECIMAL(8, 2)"),
        ("address", "ROW<city STRING, zip VARCHAR(5)>"),
        ("tags", "ARRAY<STRING>"),
        ("ts", "BIGINT"),
    ]
    assert orders.options == {
        "connector": "upsert-kafka",
        "topic": "shop.orders",
        "value.format": "json",
        "note": "it's",
    }
    assert (orders.key, orders.watermark, orders.metadata) == (("order_id",), "at", {"arrived": "timestamp"})
    assert orders.computed == {"at": "TO_TIMESTAMP_LTZ(ts, 3)"}
    assert found.tables["limits"].key == ("card",)
    assert (set(found.written), set(found.looked_up)) == ({"totals"}, {"limits"})


def test_types_of_flink_become_those_of_a_pipeline() -> None:
    columns = flink_types.columns_of(ddl.read(SQL).tables["orders"].columns)

    assert columns == {
        "order_id": "text",
        "amount": "decimal(8, 2)",
        "address.city": "text",
        "address.zip": "text",
        "tags": "array<text>",
        "ts": "bigint",
    }


@pytest.mark.parametrize(
    "text", ["", "CREATE TABLE", "CREATE TABLE t (", "CREATE TABLE t (a INT", "('", "INSERT INTO"]
)
def test_broken_sql_says_nothing_and_breaks_nothing(text: str) -> None:
    assert ddl.read(text).tables == {}


PROGRAM = """
import os, argparse
parser = argparse.ArgumentParser()
parser.add_argument("-t", "--topic-out", required=True)
parser.add_argument("--slow")
options = parser.parse_args()
brokers = os.environ["BROKERS"]
with_brokers = f"'properties.bootstrap.servers' = '{brokers}'"
env.execute_sql(f"CREATE TABLE a (x INT) WITH ('topic' = '{os.getenv('TOPIC', 'a')}', {with_brokers})")
env.execute_sql("CREATE TABLE b (x INT) " + "WITH ('topic' = '%s')" % name)
env.execute_sql(f"CREATE TABLE c (x INT) WITH ('topic' = '{options.topic_out}', 'n' = '{compute()}')")
table.execute_insert("b")
KafkaSource.builder().set_topics("plain")
FlinkKafkaProducer(topic, schema)
"""


def test_the_strings_of_a_program_are_put_together_as_far_as_its_text_shows() -> None:
    found = python_texts.read(PROGRAM)
    tables = ddl.read(found.sql).tables

    assert tables["a"].options == {
        "topic": "${env:TOPIC}",
        "properties.bootstrap.servers": "${env:BROKERS}",
    }
    assert tables["b"].options == {"topic": "%s"}
    assert tables["c"].options == {"topic": "${--topic-out}", "n": python_texts.UNKNOWN}
    assert found.inserted == {"b"}
    assert (found.reads, found.writes) == (("plain",), (python_texts.UNKNOWN,))
    assert found.variables == ("BROKERS", "TOPIC")
    assert found.options == ("--topic-out",)
