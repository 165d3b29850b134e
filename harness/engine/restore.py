"""How a job is started again: from which savepoint, with which version and parallelism."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import JobError
from harness.location import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """What is different about a later start of a job.

    Attributes:
        savepoint: Where its state is, or None for none.
        drop_state: Whether state that nothing takes up may be dropped.
        parallelism: Another one than the pipeline's, or None.
        version: One of the pipeline's versions, or None for the job as it is.
    """

    savepoint: Path | None = None
    drop_state: bool = False
    parallelism: int | None = None
    version: str | None = None

    def config(self) -> Mapping[str, str]:
        """The Flink options that say so."""
        options = {}
        if self.savepoint is not None:
            options["execution.state-recovery.path"] = self.savepoint.as_uri()
            options["execution.state-recovery.ignore-unclaimed-state"] = str(self.drop_state).lower()
        if self.parallelism is not None:
            options["parallelism.default"] = str(self.parallelism)
        return options


FIRST = Restore()
"""The first start: nothing is different."""


def explained(error: JobError, name: str, location: Location) -> JobError:
    """The failure of a start from a savepoint in the words of the scenario, where its state is the reason.

    Args:
        error: How the job failed.
        name: What the scenario calls the savepoint.
        location: Where it starts from it.
    """
    text = error.detail or ""
    if "Cannot map checkpoint/savepoint state" in text or "no operator" in text.lower():
        fact = f"the savepoint `{name}` holds the state of an operator that the job no longer has"
        hint = "give the operators of both versions the same `uid`, or let the state go: `drop_state: true`"
    elif "StateMigrationException" in text or "must be compatible" in text:
        fact = f"state in the savepoint `{name}` has another type than in the job that starts from it"
        hint = "keep the types of keys and state, or start without any: `start: fresh`"
    else:
        return error
    return JobError(fact, detail=error.detail, hint=hint, location=location, suspects=error.suspects)
