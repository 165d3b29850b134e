"""One scenario."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import Problem
from harness.location import Location
from harness.scenario.model.pipeline import Pipeline
from harness.scenario.model.steps import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scenario of a scenario file.

    Attributes:
        name: What it says, unique in its file.
        pipeline: The pipeline it runs, already resolved.
        T: The scenario's time as an ISO instant with offset.
        given: Steps before the job starts, the pipeline's own first.
        steps: `when`, then `then`; of several phases one after the other.
        phases: Phase names, each with the index of its first step; () where there are none.
        prove: What is proved by further runs: `exactly_once`, `order_independent`, `rescale`.
        timeout_s: Seconds for the whole scenario, or None for the setting.
        skip: Why it is not run, or None.
        known_failure: Why it is expected to fail, or None.
        example: The line of `examples` that it is one run of, or None.
        warnings: What is probably not meant so, although it can be run.
    """

    name: str
    pipeline: Pipeline
    location: Location
    tags: tuple[str, ...] = ()
    T: str = "2026-01-01T00:00:00Z"
    given: tuple[Step, ...] = ()
    steps: tuple[Step, ...] = ()
    phases: tuple[tuple[str, int], ...] = ()
    prove: tuple[str, ...] = ()
    timeout_s: float | None = None
    skip: str | None = None
    known_failure: str | None = None
    example: Location | None = None
    warnings: tuple[Problem, ...] = ()

    @property
    def id(self) -> str:
        """The scenario's identity: file and name."""
        return f"{self.location.path.name}::{self.name}"

    def phase_of(self, step: int) -> str:
        """The name of the phase that the step of that index belongs to; "" where there are none."""
        return next((name for name, first in reversed(self.phases) if first <= step), "")
