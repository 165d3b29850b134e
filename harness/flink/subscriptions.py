"""Which topics the sources of a job ask for, known from its graph before it has read anything."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """Those of one job.

    Attributes:
        complete: Whether every source of the job could be asked.
        patterns: Regular expressions of Java, for whole names.
    """

    complete: bool = False
    topics: frozenset[str] = frozenset()
    patterns: tuple[str, ...] = ()

    def may_read(self, topic: str) -> bool:
        """Whether a source may ever read it."""
        return not self.complete or topic in self.topics or any(_fits(p, topic) for p in self.patterns)

    def __str__(self) -> str:
        names = [*sorted(self.topics), *(f"what fits {pattern}" for pattern in self.patterns)]
        return ", ".join(names) or "no topic"


def _fits(pattern: str, topic: str) -> bool:
    try:
        return re.fullmatch(pattern, topic) is not None
    except re.error:
        # Not all that Java reads is a pattern in Python.
        return True
