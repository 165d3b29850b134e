"""The keys of sources, tables and sinks."""

from __future__ import annotations

from harness.scenario.language import choices
from harness.scenario.language.keys import Key
from harness.scenario.language.shapes import Choice, Either, ListOf, MappingOf, NameOf, Plain, Whole
from harness.scenario.model import System

_KEY_IN_EACH = ListOf(NameOf("field"), or_one=True)
SYSTEMS = {
    System.KAFKA: Key(
        "kafka", "The topic; `<fresh>` makes a new one for every scenario.", Plain.TEXT, "kafka: orders"
    ),
    System.KINESIS: Key(
        "kinesis", "The stream; `<fresh>` makes a new one for every scenario.", Plain.TEXT, "kinesis: orders"
    ),
    System.SQS: Key(
        "sqs", "The queue; `<fresh>` makes a new one for every scenario.", Plain.TEXT, "sqs: orders"
    ),
    System.POSTGRES: Key("postgres", "The table, with its schema.", Plain.TEXT, "postgres: public.orders"),
    System.DYNAMODB: Key(
        "dynamodb", "The table; `<fresh>` makes a new one for every scenario.", Plain.TEXT, "dynamodb: orders"
    ),
    System.OPENSEARCH: Key(
        "opensearch",
        "The index, or a pattern such as `trips-*` that stands for several.",
        Plain.TEXT,
        "opensearch: orders",
    ),
    System.S3: Key(
        "s3", "The bucket; `<fresh>` makes a new one for every scenario.", Plain.TEXT, "s3: orders"
    ),
    System.FOLDER: Key(
        "folder", "The folder with the files; `<fresh>` makes a new one.", Plain.PATH, "folder: <fresh>"
    ),
    System.PRINT: Key("print", "What the job prints.", Choice(choices.STREAMS), "print: stdout"),
    System.MEMORY: Key(
        "memory",
        "The parameter of the `function`, or the key of what it returns.",
        Plain.TEXT,
        "memory: orders",
    ),
}
"""The keys that say where a place is; each place has one of them."""

_FORMAT = Key(
    "format",
    "How the bytes of a record become fields.",
    Choice((*choices.FORMATS, *choices.LATER_FORMATS)),
    "format: json",
    needed=True,
)
FORMAT_OF_FILES = Key(
    "format",
    "How the bytes of a file become rows.",
    Choice(choices.FILE_FORMATS),
    "format: json",
    needed=True,
)
_PARTITIONS = Key(
    "partitions",
    "How many partitions the topic or shards the stream has.",
    Whole(1),
    "partitions: 3",
    default="1",
)
KEYS = {
    key.name: key
    for key in (
        _FORMAT,
        Key(
            "schema",
            "The file of the schema, with every field and its type; a sink may leave it to the registry.",
            Plain.PATH,
            "format: avro-confluent\nschema: payment.avsc\nkey: [payment_id]",
        ),
        Key(
            "message",
            "The message of a Protobuf schema that is meant, if not the first.",
            Plain.TEXT,
            "format: protobuf-confluent\nschema: session.proto\nmessage: shop.Session",
        ),
        Key(
            "key_format",
            "How the fields of `key` become the key of the record.",
            Choice(choices.KEY_FORMATS),
            "key: [order_id]\nkey_format: json",
        ),
        Key(
            "columns",
            "The type of each field, where no schema says it.",
            MappingOf("field", Plain.TEXT),
            'columns: {order_id: text, amount: "decimal(8, 2)", placed_at: timestamp_ltz}',
        ),
        Key(
            "times",
            "Fields that hold a time as a number or text, and how; a text is a pattern such as `dd/MM/yyyy`.",
            MappingOf("field", Either((Choice(choices.TIMES), Plain.TEXT))),
            "columns: {placed_at: bigint}\ntimes: {placed_at: epoch_ms}",
        ),
        Key(
            "key_schema",
            "The file of the schema of the key, where `key_format` has one.",
            Plain.PATH,
            "key: [payment_id]\nkey_format: avro-confluent\nkey_schema: payment.avsc",
        ),
        Key(
            "delimiter",
            "The character between the fields of a csv line, or `tab`.",
            Plain.TEXT,
            "format: csv\ncolumns: {order_id: text}\ndelimiter: tab",
            default="','",
        ),
        Key(
            "null_literal",
            "What null is in a csv line.",
            Plain.TEXT,
            "format: csv\ncolumns: {order_id: text}\nnull_literal: n/a",
        ),
        Key(
            "schema_include",
            "The records of debezium-json have their schema in them.",
            Plain.BOOLEAN,
            "format: debezium-json\nkey: [order_id]\nschema_include: true",
            default="false",
        ),
        Key(
            "subject_strategy",
            "What the schemas of a source are called in the registry.",
            Choice(choices.STRATEGIES),
            "format: avro-confluent\nschema: payment.avsc\nkey: [payment_id]\nsubject_strategy: record",
            default="topic",
        ),
        _PARTITIONS,
        Key(
            "partitioned_by",
            "The fields that are folders of the path and not in the files.",
            ListOf(NameOf("field"), or_one=True),
            "partitioned_by: [year, month]",
        ),
        Key(
            "event_time",
            "The field whose time the job follows, or `$at` for the time of the record.",
            NameOf("field", "$at"),
            "event_time: placed_at",
        ),
        Key(
            "heartbeat",
            "A row whose time counts and that means nothing else; `advance` sends it.",
            MappingOf("field", Plain.CELL),
            "heartbeat: {order_id: ping}",
        ),
        Key(
            "mode",
            "How the rows add up: all that came, the last of each key, or a log of changes.",
            Choice(choices.MODES),
            "mode: upsert\nkey: [order_id]",
        ),
        Key(
            "dead_letter",
            "The sink must be empty in every scenario that does not name it.",
            Plain.BOOLEAN,
            "dead_letter: true",
            default="false",
        ),
        Key(
            "isolation",
            "Whether rows of transactions that are not committed are read, too.",
            Choice(choices.ISOLATIONS),
            "isolation: read_uncommitted",
            default="read_committed",
        ),
        Key(
            "delivery",
            "Whether a row may be there twice after a fault of the scenario.",
            Choice(choices.DELIVERIES),
            "delivery: at_least_once",
            default="exactly_once",
        ),
        Key(
            "ignore",
            "Rows with these values are left out of every comparison.",
            MappingOf("field", Plain.CELL),
            "ignore: {order_id: ping}",
        ),
    )
}
KEY_OF = {
    "source": Key("key", "The fields that go into the key of a record.", _KEY_IN_EACH, "key: order_id"),
    "table": Key("key", "The fields that identify a row.", _KEY_IN_EACH, "key: [order_id]", needed=True),
    "sink": Key("key", "The fields that identify a row.", _KEY_IN_EACH, "key: [order_id]"),
}
