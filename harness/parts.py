"""Files that a job has begun to write and that no reader may look at yet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Files that sinks had not finished at a checkpoint, by the ends of their temporary names.

    Attributes:
        pending: Most get their own names when Flink hears that the checkpoint is complete.
        kept: They stay open for more rows.
    """

    pending: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()

    def __or__(self, other: Parts) -> Parts:
        return Parts(pending=self.pending | other.pending, kept=self.kept | other.kept)
