"""What a scenario expects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from harness.location import Location
from harness.rows import Cell, Rows
from harness.scenario.model.words import Between, Text


class Match(Enum):
    """How expected rows are held against those that are there."""

    EXACT = "exact"
    CONTAINS = "contains"
    ORDERED = "ordered"
    ORDERED_BY_KEY = "ordered_by_key"


class Scope(Enum):
    """Which rows of a sink are meant."""

    ALL = "rows"
    """All since the scenario began; of an upsert or changelog sink the state now."""
    NEW = "new_rows"
    """What came since the last `expect` of the sink."""
    CHANGES = "changes"
    """The changelog itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectRows:
    """What a sink must hold.

    Attributes:
        sink: The sink's name.
        rows: The rows, or None where only a count or a rule for every row is expected.
        scope: Which rows of the sink are meant.
        count: How many rows. `empty: true` is a count of 0.
        match: How rows are paired.
        all_columns: No field beside those named.
        tolerance: How far a number may be off, by field.
        each: What holds for every row, by field.
        unique: The fields that no two rows share.
    """

    sink: str
    location: Location
    rows: Rows | None = None
    scope: Scope = Scope.ALL
    count: Between | None = None
    match: Match = Match.EXACT
    all_columns: bool = False
    tolerance: Mapping[str, Text] = field(default_factory=dict)
    each: Mapping[str, Cell] = field(default_factory=dict)
    unique: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectConserved:
    """Each row that was sent to a source is in exactly one of some sinks, exactly once.

    Attributes:
        sinks: Where it may have gone.
        source: Where it was sent.
        by: The fields that tell rows apart, on both sides.
    """

    sinks: tuple[str, ...]
    source: str
    by: tuple[Text, ...]
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectJob:
    """What must be true of the job.

    Attributes:
        of: The job's name, or None where there is only one.
        state: `running`, `finished` or `failed`.
        restarts: How many restarts; None means: not stated, so the always-expected 0 holds.
            `Between()` (both ends open, written `<any>`) allows every number.
        fails_with: Text in the root cause of the failure, or None.
        late: How many rows were dropped as late.
        watermark: The lowest watermark of the job.
        metrics: Metrics by name.
    """

    location: Location
    of: str | None = None
    state: str | None = None
    restarts: Between | None = None
    fails_with: str | None = None
    late: Between | None = None
    watermark: Cell | None = None
    metrics: Mapping[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectSchema:
    """What must be true of the schema that a sink's records are written with.

    Attributes:
        of: The sink.
        version: Its version in the registry.
        fields: Field names, each with its type, or with None where only its being there is expected.
    """

    of: str
    location: Location
    version: Between | None = None
    fields: Mapping[str, Text | None] = field(default_factory=dict)
