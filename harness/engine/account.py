"""What a run of a scenario has come to so far."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from harness.clock import monotonic
from harness.result import Failure, JobMetrics, Proof, Status, StepResult, Trouble


@dataclass(kw_only=True)
class Account:
    """Steps, failures, proofs and times, noted as they come.

    Attributes:
        left_out: How many rows of each sink meant nothing.
        metrics: What Flink counted, per job.
    """

    steps: list[StepResult] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    phases: dict[str, float] = field(default_factory=dict)
    trouble: Trouble | None = None
    evidence: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[str, JobMetrics] = field(default_factory=dict)

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the time of a block into a phase."""
        began = monotonic()
        try:
            yield
        finally:
            self.phases[name] = self.phases.get(name, 0.0) + monotonic() - began

    @property
    def status(self) -> Status:
        """The verdict as far as it is known."""
        if self.trouble is not None:
            return Status.ERROR
        return Status.FAILED if self.failures else Status.PASSED
