"""Marks bots among the events of web and app; events without a user go to a topic of their own."""

import os
from pathlib import Path

from pyflink.common import Row, Types
from pyflink.datastream import OutputTag, StreamExecutionEnvironment
from pyflink.datastream.functions import KeyedProcessFunction, ProcessFunction
from pyflink.datastream.state import ValueStateDescriptor
from pyflink.table import Schema, StreamTableEnvironment

import event_pb2

BOTS = ("bot", "crawler", "curl", "spider")
HEADERS = Types.MAP(Types.STRING(), Types.PRIMITIVE_ARRAY(Types.BYTE()))
EVENT = Types.ROW_NAMED(
    ["user_id", "kind", "page", "device", "user_agent", "headers"],
    [
        Types.STRING(),
        Types.STRING(),
        Types.STRING(),
        Types.ROW_NAMED(["os"], [Types.STRING()]),
        Types.STRING(),
        HEADERS,
    ],
)
TAGGED = Types.ROW_NAMED(
    ["user_id", "kind", "page", "device", "bot", "seen_at", "headers"],
    [*EVENT.get_field_types()[:4], Types.BOOLEAN(), Types.LONG(), HEADERS],
)
INVALID = OutputTag(
    "invalid", Types.ROW_NAMED(["payload", "headers"], [Types.PRIMITIVE_ARRAY(Types.BYTE()), HEADERS])
)


class Read(ProcessFunction):
    """The bytes of a record as an event. What belongs to no user is counted and set aside."""

    def __init__(self):
        self.invalid = None

    def open(self, runtime_context):
        self.invalid = runtime_context.get_metrics_group().counter("invalid_events")

    def process_element(self, record, ctx):
        headers = {**(record["headers"] or {}), "source": record["source"].encode()}
        if record["payload"] is None and record["user_key"]:
            yield Row(record["user_key"], "DELETED", None, None, None, headers)
            return
        message = event_pb2.WebEvent() if record["source"] == "web" else event_pb2.AppEvent()
        message.ParseFromString(record["payload"] or b"")
        if not message.user_id:
            self.invalid.inc()
            reason = b"no user" if record["user_key"] is None else b"empty user"
            yield INVALID, Row(record["payload"], {**headers, "reason": reason})
        elif record["source"] == "web":
            device = Row(message.device.os) if message.HasField("device") else None
            yield Row(
                message.user_id, message.kind, message.page or None, device, message.user_agent, headers
            )
        else:
            yield Row(message.user_id, message.kind, None, None, None, headers)


class Tag(KeyedProcessFunction):
    """Once a bot, always a bot: what was seen of a user holds for all that follows."""

    def __init__(self):
        self.bot = None

    def open(self, runtime_context):
        self.bot = runtime_context.get_state(ValueStateDescriptor("bot", Types.BOOLEAN()))

    def process_element(self, event, ctx):
        if any(name in (event["user_agent"] or "").lower() for name in BOTS):
            self.bot.update(True)
        user_id, kind, page, device, _, headers = event
        yield Row(user_id, kind, page, device, bool(self.bot.value()), ctx.timestamp(), headers)


def source_table(name, topic):
    return f"""
        CREATE TABLE {name} (
            user_key STRING,
            payload BYTES,
            headers MAP<STRING, BYTES> METADATA VIRTUAL,
            seen_at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
            WATERMARK FOR seen_at AS seen_at
        ) WITH (
            'connector' = 'kafka',
            'topic' = '{topic}',
            'properties.bootstrap.servers' = '{os.environ["BROKERS"]}',
            'properties.group.id' = 'tagger',
            'scan.startup.mode' = 'latest-offset',
            'key.format' = 'raw',
            'key.fields' = 'user_key',
            'value.format' = 'raw',
            'value.fields-include' = 'EXCEPT_KEY'
        )
    """


def sink_table(name, topic, columns, formats):
    return f"""
        CREATE TABLE {name} (
            {columns},
            headers MAP<STRING, BYTES> METADATA,
            happened_at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'
        ) WITH (
            'connector' = 'kafka',
            'topic' = '{topic}',
            'properties.bootstrap.servers' = '{os.environ["BROKERS"]}',
            'properties.transaction.timeout.ms' = '60000',
            'sink.delivery-guarantee' = 'exactly-once',
            'sink.transactional-id-prefix' = '{name}',
            {formats}
        )
    """


def with_time(table_env, stream):
    """A stream as a table in which records keep their time, and the time goes on."""
    schema = (
        Schema.new_builder()
        .column_by_metadata("rowtime", "TIMESTAMP_LTZ(3)")
        .watermark("rowtime", "SOURCE_WATERMARK()")
        .build()
    )
    return table_env.from_data_stream(stream, schema)


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.add_python_file(str(Path(__file__).with_name("event_pb2.py")))
    table_env = StreamTableEnvironment.create(env)
    table_env.execute_sql(source_table("web", "web.events"))
    table_env.execute_sql(source_table("app", "app.events"))
    table_env.execute_sql(
        sink_table(
            "tagged",
            os.environ["OUT"],
            "user_id STRING, kind STRING, page STRING, device ROW<os STRING>, bot BOOLEAN, seen_at BIGINT",
            "'key.format' = 'raw', 'key.fields' = 'user_id', 'value.format' = 'json'",
        )
    )
    table_env.execute_sql(sink_table("invalid", "events.invalid", "payload BYTES", "'format' = 'raw'"))
    records = table_env.sql_query("""
        SELECT 'web' AS source, * FROM web UNION ALL SELECT 'app' AS source, * FROM app
    """)
    events = table_env.to_data_stream(records).process(Read(), EVENT).uid("read")
    tagged = events.key_by(lambda event: event["user_id"], Types.STRING()).process(Tag(), TAGGED).uid("tag")
    statements = table_env.create_statement_set()
    statements.add_insert("tagged", with_time(table_env, tagged))
    statements.add_insert("invalid", with_time(table_env, events.get_side_output(INVALID)))
    statements.attach_as_datastream()
    env.execute("tagger")


if __name__ == "__main__":
    main()
