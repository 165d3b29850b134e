"""The sources of a job that come to an end by themselves: they are done when they have, and not before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundedSource:
    """One of them.

    Attributes:
        id: The id of its operator, by which checkpoints know it.
        name: Its name.
    """

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundedSources:
    """Those of one job.

    Attributes:
        all: Whether the job has no other source, so that it finishes by itself.
    """

    sources: tuple[BoundedSource, ...] = ()
    all: bool = False

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> BoundedSources:
        """What the JVM says of a job's graph."""
        sources = tuple(BoundedSource(id=id_, name=name) for id_, name in answer["sources"])
        return cls(sources=sources, all=bool(sources) and answer["all"])
