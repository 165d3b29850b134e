"""What happens during a run, as small frozen records; reporters listen to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from harness.result import RunResult, ScenarioResult, StepResult


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins with so many scenarios."""

    scenarios: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A line for the impatient: a service that starts, a lease that waits, a settle that takes long."""

    subject: str
    phase: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ScenarioStarted:
    """A scenario begins."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step of a scenario is over."""

    scenario: str
    step: StepResult


@dataclass(frozen=True, slots=True)
class ScenarioFinished:
    """A scenario is over, with its verdict."""

    result: ScenarioResult


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is over."""

    result: RunResult


Event: TypeAlias = RunStarted | Progress | ScenarioStarted | StepFinished | ScenarioFinished | RunFinished
Emit: TypeAlias = Callable[[Event], None]
