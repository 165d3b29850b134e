"""How a job is started again: from which savepoint, with which version and parallelism."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


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
