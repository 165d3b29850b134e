"""What came out of a scenario: status, steps, differences, proofs; as frozen data and as JSON.

FAILED means that an expectation did not hold. ERROR means that nobody can tell: the environment
broke, the job could not be submitted, the job was not done in time, a sink could not be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any, TypeAlias

from harness.location import Location

FORMAT = 1
"""The version of the result document; it rises when a reader of the old one would be misled."""

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
    """

    kind: Kind
    key: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[FieldDifference, ...] = ()
    row: Mapping[str, str] = field(default_factory=dict)
    location: Location | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an expectation did not hold.

    Attributes:
        message: One fact: what was expected of what, and what is there.
        location: Where the expectation was written; of an always-expected rule the scenario itself.
        subject: The sink's name, or `job`.
        rows: The rows that differ.
        matched: How many rows were right.
        detail: What else was seen, such as the root cause of a restart.
    """

    message: str
    location: Location
    subject: str
    rows: tuple[RowDifference, ...] = ()
    matched: int = 0
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why nobody can tell: the text of the error, in its parts."""

    kind: str
    message: str
    detail: str | None = None
    hint: str | None = None
    location: Location | None = None


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
    """One step of a scenario, as it went."""

    name: str
    status: Status
    seconds: float
    location: Location | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioResult:
    """One scenario, as it went.

    Attributes:
        id: File and name.
        phases: Seconds per phase (lease, given, submit, ready, send, put, settle, expect); what `given`
            sends and puts counts in both.
        evidence: Files that were kept because the scenario did not pass.
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
    return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}


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
            return {str(k): _plain(v) for k, v in value.items()}
        case tuple() | list():
            return [_plain(v) for v in value]
        case _:
            return _fields(value)
