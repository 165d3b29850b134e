"""What a scenario does, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from harness.location import Location
from harness.rows import Rows
from harness.scenario.model.expectations import ExpectConserved, ExpectJob, ExpectRows, ExpectSchema
from harness.scenario.model.place import SchemaFile


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
    """Wait until all that was sent is processed and committed.

    Attributes:
        timers: Also wait, in real time, for the processing-time timers that are set now.
    """

    location: Location
    timers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """Let event time pass a moment, so that windows that end by then fire.

    Attributes:
        to: The moment, as it was written.
        only: The one source whose time passes it; None: every source's.
    """

    to: str
    location: Location
    only: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOfInput:
    """No more input: every open event-time window fires, and the job finishes."""

    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Stop a job with a savepoint.

    Attributes:
        savepoint: The name that a later `start` refers to.
        job: The job's name, or None where there is only one.
    """

    savepoint: str
    location: Location
    job: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Start a stopped job.

    Attributes:
        savepoint: The savepoint it starts from, or None (`fresh`) for no state.
        job: The job's name, or None where there is only one.
        parallelism: Another one than before.
        version: One of the pipeline's `versions`.
        drop_state: Whether state that nothing in the job takes up may be dropped.
    """

    savepoint: str | None
    location: Location
    job: str | None = None
    parallelism: int | None = None
    version: str | None = None
    drop_state: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Savepoint:
    """Take a savepoint while the job goes on."""

    name: str
    location: Location
    job: str | None = None


class Victim(Enum):
    """What a fault hits."""

    TASKMANAGER = "taskmanager"
    JOBMANAGER = "jobmanager"
    PYTHON_WORKER = "python_worker"
    JOB = "job"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Kill a process of Flink, or let a task of the job fail.

    Attributes:
        victim: What is killed; JOB is written `fail: job`.
        job: The job's name, or None where there is only one.
    """

    victim: Victim
    location: Location
    job: str | None = None


class LinkState(Enum):
    """What becomes of the link between the job and a place."""

    CUT = "cut"
    PAUSED = "pause"
    SLOW = "slow"
    HEALED = "heal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Cut, pause, slow or heal the link between the job and a source, table or sink.

    Attributes:
        by_s: Seconds that everything takes longer; of a slow link only.
    """

    state: LinkState
    place: str
    location: Location
    by_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshard:
    """Give a stream another number of shards."""

    source: str
    to: int
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolve:
    """Register the next version of a source's schema; what is sent later is written with it."""

    source: str
    schema: SchemaFile
    location: Location


Step: TypeAlias = (
    "Send | Put | Remove | Settle | Evolve | Advance | EndOfInput | Stop | Start | Savepoint | Fault"
    " | Link | Reshard | ExpectRows | ExpectConserved | ExpectJob | ExpectSchema"
)
Expectation: TypeAlias = "ExpectRows | ExpectConserved | ExpectJob | ExpectSchema"
EXPECTATIONS = (ExpectRows, ExpectConserved, ExpectJob, ExpectSchema)
