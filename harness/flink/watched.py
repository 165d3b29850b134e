"""A job that is waited for, and why it failed last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.flink.cause import Cause, root_cause
from harness.flink.cluster import Cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A job that is waited for.

    Attributes:
        folder: Where the user's code lies, so that its frames can be told from others.
        alive: Raises if a service of the lease has died.
    """

    job: str
    cluster: Cluster
    folder: Path
    alive: Callable[[], None]


def newest_cause(watched: Watched) -> Cause | None:
    """The root cause of a job's newest failure, or None where it never failed."""
    traces = watched.cluster.exceptions(watched.job, 1)
    return root_cause(traces[0], watched.folder) if traces else None
