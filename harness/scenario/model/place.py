"""Where a job reads, looks up and writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from harness.codecs.format_options import FormatOptions
from harness.codecs.schema import REGISTERED, Schema
from harness.location import Location
from harness.rows import Cell
from harness.scenario.model.words import Text

FRESH = "<fresh>"
"""The name of a place that gets a new, unique name for every scenario."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaFile:
    """A schema that a team keeps beside its job.

    Attributes:
        message: The Protobuf message that is meant; None: the first.
    """

    path: Path
    schema: Schema
    message: Text | None = None


class System(Enum):
    """Where a source, table or sink lives."""

    KAFKA = "kafka"
    KINESIS = "kinesis"
    SQS = "sqs"
    POSTGRES = "postgres"
    DYNAMODB = "dynamodb"
    OPENSEARCH = "opensearch"
    S3 = "s3"
    FOLDER = "folder"
    PRINT = "print"
    MEMORY = "memory"


class Mode(Enum):
    """How the rows of a sink add up."""

    APPEND = "append"
    UPSERT = "upsert"
    CHANGELOG = "changelog"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A source, a table or a sink.

    Attributes:
        name: Its name in the pipeline file; one name space for all three.
        system: Where it is.
        address: Topic, table, stream, queue, index, bucket, folder, `stdout`, ...; `<fresh>` for a new one
            per scenario.
        format: How bytes become fields; None where the place itself is typed (Postgres).
        columns: Type names where no schema gives them, keyed by field.
        times: Fields whose numbers or text hold a time, with their encoding (`epoch_ms`, `iso`, ...).
        key: Sink: what identifies a row. Source: what goes into the record's key.
        event_time: The field (or `$at`) that the job's watermark follows.
        partitions: Partitions of a topic that is made.
        mode: Sinks only.
        dead_letter: Sink: must be empty in every scenario that does not name it.
        isolation: Sink on Kafka: `read_committed` or `read_uncommitted`.
        ignore: Sink: rows with these values are left out of every comparison.
        key_format: How the fields of a record's key become bytes; None: text.
        heartbeat: Source: the row that `advance` sends, whose time counts and that means nothing else.
        partitioned_by: Path columns of files, always text.
        schema: What the format's fields are, where it has a schema; a sink may leave it to the registry.
        key_schema: The same of the record's key.
        options: What else is said about the format.
    """

    name: str
    system: System
    address: str
    location: Location
    format: str | None = None
    columns: Mapping[str, Text] = field(default_factory=dict)
    times: Mapping[str, Text] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    event_time: str | None = None
    partitions: int = 1
    mode: Mode = Mode.APPEND
    dead_letter: bool = False
    isolation: str = "read_committed"
    delivery: str = "exactly_once"
    ignore: Mapping[str, Cell] = field(default_factory=dict)
    key_format: str | None = None
    heartbeat: Mapping[str, Cell] = field(default_factory=dict)
    partitioned_by: tuple[str, ...] = ()
    schema: SchemaFile | None = None
    key_schema: SchemaFile | None = None
    options: FormatOptions = field(default_factory=FormatOptions)

    @property
    def fresh(self) -> bool:
        """Whether the name is made anew for every scenario."""
        return self.address == FRESH

    @property
    def registered(self) -> bool:
        """Whether the schemas of its records or of their keys are in a registry."""
        return self.format in REGISTERED or self.key_format in REGISTERED
