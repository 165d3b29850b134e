"""The keys of sources, tables and sinks, by where they are."""

from __future__ import annotations

from functools import cache

from harness.scenario.language import places
from harness.scenario.language.keys import Key, Vocabulary
from harness.scenario.model import System

SHOWN = {
    System.KAFKA: "Kafka",
    System.KINESIS: "Kinesis",
    System.SQS: "SQS",
    System.POSTGRES: "Postgres",
    System.DYNAMODB: "DynamoDB",
    System.OPENSEARCH: "OpenSearch",
    System.S3: "S3",
    System.FOLDER: "a folder",
    System.PRINT: "print",
    System.MEMORY: "memory",
}
"""The systems as a message names them."""
SERVICE_OF = {
    System.KAFKA: "kafka",
    System.POSTGRES: "postgres",
    System.OPENSEARCH: "opensearch",
    **dict.fromkeys((System.KINESIS, System.SQS, System.DYNAMODB, System.S3), "aws"),
}
"""The service that a place is on, if there is one."""

_BYTES = ("format", "schema", "message", "delimiter", "null_literal")
_KEYS = ("key_format", "key_schema")
_TYPES = ("columns", "times")
OF_SYSTEM = {
    System.KAFKA: (*_BYTES, *_KEYS, *_TYPES, "partitions", "schema_include", "subject_strategy"),
    System.KINESIS: (*_BYTES, *_TYPES, "partitions"),
    System.SQS: (*_BYTES, *_TYPES),
    System.POSTGRES: (),
    System.DYNAMODB: _TYPES,
    System.OPENSEARCH: _TYPES,
    System.S3: (*_BYTES, *_TYPES, "partitioned_by"),
    System.FOLDER: (*_BYTES, *_TYPES, "partitioned_by"),
    System.PRINT: _TYPES,
    System.MEMORY: _TYPES,
}
OF_ROLE = {
    "source": ("key", "event_time", "heartbeat"),
    "table": ("key",),
    "sink": ("key", "mode", "dead_letter", "isolation", "delivery", "ignore"),
}
FILES = (System.S3, System.FOLDER)
"""The systems whose rows are in files, which have formats of their own."""
_ISOLATION = "isolation"


@cache
def vocabulary_of(role: str, system: System) -> Vocabulary:
    """The keys of a source, table or sink on one system."""
    own = (*OF_SYSTEM[system], *OF_ROLE[role])
    if system is not System.KAFKA:
        own = tuple(key for key in own if key != _ISOLATION)
    systems = {key: SHOWN[other] for other, keys in reversed(OF_SYSTEM.items()) for key in keys}
    systems[_ISOLATION] = SHOWN[System.KAFKA]
    roles = {key: f"a {other}" for other, keys in OF_ROLE.items() for key in keys}
    keys = (_described(key, role, system) for key in own)
    return Vocabulary.of(
        f"a {role} on {SHOWN[system]}", places.SYSTEMS[system], *keys, elsewhere=roles | systems
    )


def _described(name: str, role: str, system: System) -> Key:
    if name == "key":
        return places.KEY_OF[role]
    if name == "format" and system in FILES:
        return places.FORMAT_OF_FILES
    return places.KEYS[name]
