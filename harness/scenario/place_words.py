"""The keys of sources, tables and sinks, by where they are."""

from __future__ import annotations

from functools import cache

from harness.scenario.model import System
from harness.scenario.vocabulary import Vocabulary

SYSTEMS = tuple(system.value for system in System)
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
_ISOLATION = "isolation"


@cache
def vocabulary_of(role: str, system: System) -> Vocabulary:
    """The keys of a source, table or sink on one system."""
    own = (system.value, *OF_SYSTEM[system], *OF_ROLE[role])
    if system is not System.KAFKA:
        own = tuple(key for key in own if key != _ISOLATION)
    systems = {key: other for other, keys in reversed(OF_SYSTEM.items()) for key in keys}
    systems[_ISOLATION] = System.KAFKA
    elsewhere = [(key, f"a {other}") for other, keys in OF_ROLE.items() for key in keys if key not in own]
    elsewhere += [(key, SHOWN[other]) for key, other in systems.items() if key not in own]
    return Vocabulary(f"a {role} on {SHOWN[system]}", own, elsewhere=tuple(elsewhere))
