"""What a pipeline file and a scenario file say, as frozen data; every part knows where it was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TypeAlias

from harness.codecs.schema import FORMATS as SCHEMA_FORMATS
from harness.codecs.schema import Schema
from harness.errors import Problem
from harness.location import Location
from harness.rows import Cell, Rows

FRESH = "<fresh>"
"""The name of a place that gets a new, unique name for every scenario."""


class JobKind(Enum):
    """What a job is made of; exactly one of them is given."""

    PYTHON = "python"
    SQL = "sql"
    JAR = "jar"
    MANAGED_FLINK = "managed_flink"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that may hold `${...}`, and where it stands."""

    value: str
    location: Location

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The job under test, as its team wrote it.

    Attributes:
        kind: What `path` is.
        path: The script, SQL file, jar or package, absolute; of a function its `module:name`.
        args: Arguments of the script or main class.
        env: Environment of the script and of its UDF workers; nothing else reaches them.
        connectors: Catalogue names, Maven coordinates or paths of jars.
        config: Flink options of the job.
        parallelism: Flink's `parallelism.default`.
        python_env: The interpreter of the job, or None for the one that runs the harness.
        main_class: Of a jar; None: what its manifest says.
        properties: Managed Flink's property groups: group -> key -> text.
    """

    kind: JobKind
    path: str
    location: Location
    args: tuple[Text, ...] = ()
    env: Mapping[str, Text] = field(default_factory=dict)
    connectors: tuple[Text, ...] = ()
    config: Mapping[str, Text] = field(default_factory=dict)
    parallelism: int = 1
    python_env: str | None = None
    main_class: str | None = None
    properties: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)

    def texts(self) -> tuple[Text, ...]:
        """Everything in it that may hold `${...}`."""
        properties = (text for group in self.properties.values() for text in group.values())
        return (*self.args, *self.env.values(), *self.config.values(), *properties)


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
    POSTGRES = "postgres"


class Mode(Enum):
    """How the rows of a sink add up."""

    APPEND = "append"
    UPSERT = "upsert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A source, a table or a sink.

    Attributes:
        name: Its name in the pipeline file; one name space for all three.
        system: Kafka or Postgres.
        address: Topic or table; `<fresh>` for a new topic per scenario.
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
        schema: What the format's fields are, where it has a schema; a sink may leave it to the registry.
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
    schema: SchemaFile | None = None

    @property
    def fresh(self) -> bool:
        """Whether the name is made anew for every scenario."""
        return self.address == FRESH

    @property
    def registered(self) -> bool:
        """Whether the schemas of its records are in a registry."""
        return self.format in SCHEMA_FORMATS


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresOptions:
    """`services: {postgres: ...}`.

    Attributes:
        schema: SQL file that is loaded once into a template database and cloned per scenario.
        database: The database's name where the job names it itself.
        user: A role that the job names itself; `password` belongs to it.
    """

    schema: Path | None = None
    database: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaOptions:
    """`services: {kafka: ...}`.

    Attributes:
        tls: `off`, `server` or `mutual`; written `true`, `false` or `mutual`.
        sasl: `off`, `plain`, `scram-sha-256` or `scram-sha-512`.
        certificate: What the broker shows: `valid`, `expired` or `untrusted`.
    """

    tls: str = "off"
    sasl: str = "off"
    certificate: str = "valid"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryOptions:
    """`services: {schema_registry: ...}`.

    Attributes:
        tls: `off`, `server` or `mutual`; written `true`, `false` or `mutual`.
        auth: Whether clients must give a user and a password; written `auth: basic`.
        compatibility: The global level, in Confluent's words and capitals.
    """

    tls: str = "off"
    auth: bool = False
    compatibility: str = "BACKWARD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A pipeline file: the job and everything it is connected to.

    Attributes:
        files: Fixed path -> the file or folder that the job finds there.
        hosts: Fixed `name:port` -> the service (`kafka`, `schema_registry`, `postgres`) that answers there.
        services: Every service that the job needs, referred to or declared.
    """

    name: str
    location: Location
    flink: tuple[str, ...]
    job: Job
    sources: Mapping[str, Place] = field(default_factory=dict)
    tables: Mapping[str, Place] = field(default_factory=dict)
    sinks: Mapping[str, Place] = field(default_factory=dict)
    files: Mapping[str, Text] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    kafka: KafkaOptions = field(default_factory=KafkaOptions)
    schema_registry: RegistryOptions = field(default_factory=RegistryOptions)
    postgres: PostgresOptions = field(default_factory=PostgresOptions)
    services: frozenset[str] = frozenset()
    given: tuple[Step, ...] = ()
    finish: str = "settle"

    @property
    def folder(self) -> Path:
        """The folder of the file; relative paths in it start here."""
        return self.location.path.parent

    def place(self, name: str) -> Place | None:
        """The source, table or sink of that name."""
        return self.sources.get(name) or self.tables.get(name) or self.sinks.get(name)


class Match(Enum):
    """How expected rows are held against those that are there."""

    EXACT = "exact"
    CONTAINS = "contains"
    ORDERED = "ordered"
    ORDERED_BY_KEY = "ordered_by_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Write rows to a source."""

    source: str
    rows: Rows
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Write rows by key into a table or an upsert sink."""

    table: str
    rows: Rows
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Delete rows by key from a table or an upsert sink."""

    table: str
    rows: Rows
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """Wait until all that was sent is processed and committed."""

    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolve:
    """Register the next version of a source's schema; what is sent later is written with it."""

    source: str
    schema: SchemaFile
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """A count from `least` to `most`, both included; None is open."""

    least: int | None = None
    most: int | None = None

    def holds(self, count: int) -> bool:
        """Whether `count` lies in the range."""
        return (self.least is None or count >= self.least) and (self.most is None or count <= self.most)

    def __str__(self) -> str:
        if self.least == self.most:
            return str(self.least)
        if self.most is None:
            return f"at least {self.least}"
        if self.least is None:
            return f"at most {self.most}"
        return f"between {self.least} and {self.most}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectRows:
    """What a sink must hold.

    Attributes:
        sink: The sink's name.
        rows: The rows, or None where only a count is expected. `empty: true` is a count of 0.
        count: How many rows.
        match: How rows are paired.
        all_columns: No field beside those named.
    """

    sink: str
    location: Location
    rows: Rows | None = None
    count: Between | None = None
    match: Match = Match.EXACT
    all_columns: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectJob:
    """What must be true of the job.

    Attributes:
        state: `running`, `finished` or `failed`.
        restarts: How many restarts; None means: not stated, so the always-expected 0 holds.
            `Between()` (both ends open, written `<any>`) allows every number.
        fails_with: Text in the root cause of the failure, or None.
    """

    location: Location
    state: str | None = None
    restarts: Between | None = None
    fails_with: str | None = None


Step: TypeAlias = "Send | Put | Remove | Settle | Evolve | ExpectRows | ExpectJob"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scenario of a scenario file.

    Attributes:
        name: What it says, unique in its file.
        pipeline: The pipeline it runs, already resolved.
        T: The scenario's time as an ISO instant with offset.
        given: Steps before the job starts, the pipeline's own first.
        steps: `when`, then `then`.
        timeout_s: Seconds for the whole scenario, or None for the setting.
        skip: Why it is not run, or None.
        known_failure: Why it is expected to fail, or None.
        warnings: What is probably not meant so, although it can be run.
    """

    name: str
    pipeline: Pipeline
    location: Location
    tags: tuple[str, ...] = ()
    T: str = "2026-01-01T00:00:00Z"
    given: tuple[Step, ...] = ()
    steps: tuple[Step, ...] = ()
    timeout_s: float | None = None
    skip: str | None = None
    known_failure: str | None = None
    warnings: tuple[Problem, ...] = ()

    @property
    def id(self) -> str:
        """The scenario's identity: file and name."""
        return f"{self.location.path.name}::{self.name}"
