"""What came out of a scenario: status, steps, differences, proofs; as frozen data and as JSON.

FAILED means that an expectation did not hold. ERROR means that nobody can tell: the environment
broke, the job could not be submitted, the job was not done in time, a sink could not be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any, TypeAlias

from harness.diagnosis import Obstacle, Suspect
from harness.location import Location

_UNSAID = {"said": False}
"""Marks what is no part of the document: what only this process can use."""
FORMAT = 1
"""The version of the result document; it rises when a reader of the old one would be misled."""

MetricValue: TypeAlias = "int | float | str"
"""A number; a text where Flink gives none, such as a path or NaN."""
JobMetrics: TypeAlias = "Mapping[str, Mapping[str, Sequence[MetricValue]]]"
"""Operator or task -> metric -> the value of each subtask; those of the job as a whole stand under `job`."""
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class Status(Enum):
    """The verdict of a step, a scenario or a run, from best to worst."""

    PASSED = "passed"
    SKIPPED = "skipped"
    FAILED = "failed"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """One field of a changed row; its values as text, in which `1` and `"1"` differ too."""

    field: str
    expected: str
    actual: str


class Kind(Enum):
    """How a row differs from what was expected."""

    MISSING = "missing"
    UNEXPECTED = "unexpected"
    CHANGED = "changed"
    DUPLICATE = "duplicate"
    ORDER = "order"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDifference:
    """One row that differs.

    Attributes:
        kind: How it differs.
        key: The key fields that name the row, as text; all its fields where there is no key.
        fields: The fields that differ; of a changed row only.
        row: The whole row as text: the expected one if it is missing, else the one that is there.
        location: The line of the expected row, or None for an unexpected one.
        origin: Where the actual record stood (`card.rejected[0]@3`), or None.
        position: Of a change, which one of its key it is, counted from 1: as expected, else as it was read.
        expected: The number of the expected row, from 0, or None for an unexpected one.
        actual: The number of the actual row among those that were compared, or None for a missing one.
    """

    kind: Kind
    key: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[FieldDifference, ...] = ()
    row: Mapping[str, str] = field(default_factory=dict)
    location: Location | None = None
    origin: str | None = None
    position: int | None = None
    expected: int | None = field(default=None, compare=False, metadata=_UNSAID)
    actual: int | None = field(default=None, compare=False, metadata=_UNSAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a field differs, such as `actual = expected + 0.01`, and in how many rows."""

    text: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDigest:
    """One field of the changed rows.

    Attributes:
        field: Its name.
        rows: In how many rows it differs.
        ways: How it differs there, the most common way first; one row may not be in any.
    """

    field: str
    rows: int
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Many differences in short.

    Attributes:
        kinds: How many rows differ, keyed by kind.
        fields: The fields of the changed rows, the one that differs most often first.
        where: What the rows that differ have in common, such as their partition.
        examples: Some rows of each kind.
        kept: How many of the rows that differ are told one by one in the failure.
    """

    kinds: Mapping[Kind, int]
    fields: tuple[FieldDigest, ...] = ()
    where: tuple[str, ...] = ()
    examples: tuple[RowDifference, ...] = ()
    kept: int = 0

    @property
    def rows(self) -> int:
        """How many rows differ."""
        return sum(self.kinds.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an expectation did not hold.

    Attributes:
        message: One fact: what was expected of what, and what is there.
        location: Where the expectation was written; of an always-expected rule the scenario itself.
        subject: The sink's name, or `job`.
        rows: The rows that differ; all of them, unless the digest says how many were kept.
        matched: How many rows were right.
        digest: The same in short, where the rows that differ are many.
        detail: What else was seen, such as the root cause of a restart.
        phase: The phase of the scenario that it happened in; "" where there are none.
        sides: Both sides of the comparison, typed, for whoever wants to write what is there in the place of
            what was expected; None where there was none, or where it is too large to be kept.
    """

    message: str
    location: Location
    subject: str
    rows: tuple[RowDifference, ...] = ()
    matched: int = 0
    digest: Digest | None = None
    detail: str | None = None
    phase: str = ""
    sides: object = field(default=None, compare=False, repr=False, metadata=_UNSAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why nobody can tell: the text of the error, in its parts.

    Attributes:
        obstacles: Of a job that was not done in time: what stood in its way, the most telling thing first.
        suspects: Of a job that failed: the records on which it may have.
    """

    kind: str
    message: str
    detail: str | None = None
    hint: str | None = None
    location: Location | None = None
    obstacles: tuple[Obstacle, ...] = ()
    suspects: tuple[Suspect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The accepted proof that a job was done.

    Attributes:
        job: The job's id.
        checkpoint: The accepted checkpoint's id; None: the job came to its own end.
        positions: Next offset per `topic[partition]` in that checkpoint, minimum over the operators.
        targets: Last data offset per `topic[partition]` that had to be passed.
        checkpoints_tried: How many checkpoints it took.
        waited_s: Seconds from the request to the proof.
    """

    job: str
    checkpoint: int | None
    positions: Mapping[str, int]
    targets: Mapping[str, int]
    checkpoints_tried: int
    waited_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step of a scenario, as it went.

    Attributes:
        note: What it came to, such as how many rows were sent or left out.
        phase: The phase of the scenario that it belongs to; "" where there are none.
    """

    name: str
    status: Status
    seconds: float
    location: Location | None = None
    note: str = ""
    phase: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioResult:
    """One scenario, as it went.

    Attributes:
        id: File and name.
        phases: Seconds per phase (lease, given, submit, ready, send, put, settle, expect); what `given`
            sends and puts counts in both.
        evidence: Files that were kept because the scenario did not pass.
        example: The line of `examples` that it is one run of, or None.
        left_out: How many rows the `ignore` of each sink left out of every comparison.
        metrics: All that Flink measured, at the end, by job; several of one script are numbered. A job that
            has ended has none; one that failed unexpectedly has what was seen last where Flink is asked by
            REST, and of one that started again there, what was counted before may be among them.
    """

    id: str
    name: str
    pipeline: str
    status: Status
    seconds: float
    location: Location
    flink: str = ""
    steps: tuple[StepResult, ...] = ()
    failures: tuple[Failure, ...] = ()
    trouble: Trouble | None = None
    proofs: tuple[Proof, ...] = ()
    phases: Mapping[str, float] = field(default_factory=dict)
    skipped_because: str | None = None
    known_failure: str | None = None
    rerun: str = ""
    evidence: tuple[str, ...] = ()
    example: Location | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[str, JobMetrics] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """All scenarios of one run."""

    scenarios: tuple[ScenarioResult, ...]
    seconds: float
    harness: str

    @property
    def status(self) -> Status:
        """The worst status of all scenarios."""
        order = list(Status)
        return max((s.status for s in self.scenarios), key=order.index, default=Status.PASSED)

    def count(self, status: Status) -> int:
        """How many scenarios ended so."""
        return sum(s.status is status for s in self.scenarios)


def to_json(value: object) -> Json:
    """A result as plain data: the document that every other report is a view of."""
    if isinstance(value, RunResult):
        return {"format": FORMAT, "status": value.status.value, **_fields(value)}
    return _plain(value)


def _fields(value: Any) -> dict[str, Json]:
    return {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.metadata.get("said", True)}


def _plain(value: object) -> Json:
    match value:
        case Location():
            return {"file": str(value.to_json()["file"]), "line": value.line, "column": value.column}
        case Enum():
            return str(value.value)
        case None | bool() | int() | str():
            return value
        case float():
            return round(value, 6)
        case Mapping():
            return {str(_plain(k)): _plain(v) for k, v in value.items()}
        case tuple() | list():
            return [_plain(v) for v in value]
        case _:
            return _fields(value)
