"""A job that is followed: how far it is, how often it restarted, and whether it can get any further."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.clock import Deadline
from harness.flink.cause import Cause, root_cause
from harness.flink.cluster import Cluster
from harness.flink.contents import Contents, Partition
from harness.flink.job_graph import JobGraph
from harness.parts import Parts

STATE_S = 0.02
"""Between two looks at the job's state."""
LOOPING = 3
"""So many restarts with one cause and no progress are a job that restarts for ever."""
NO_SLOT = "Could not acquire the minimum required resources"
"""How Flink says that a slot is missing."""


class JobFailed(Exception):
    """The job failed, ended, or restarts for ever.

    Attributes:
        positions: The furthest that its sources were seen at.
        resumes: Next offset per partition in its last checkpoint, from which it goes on after a restart.
    """

    def __init__(
        self,
        state: str,
        cause: Cause | None,
        restarts: int,
        positions: Mapping[Partition, int],
        resumes: Mapping[Partition, int] | None = None,
    ) -> None:
        super().__init__(state)
        self.state = state
        self.cause = cause
        self.restarts = restarts
        self.positions = dict(positions)
        self.resumes = dict(resumes or {})


class JobFinished(Exception):
    """The job came to its own end: all that it was to do is done and committed."""


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


class Watch:
    """Follows one job from its submission on, and recognises one that restarts for ever.

    Attributes:
        reads: The partitions that its sources read, as its first checkpoint showed.
        readers: The topics that each of its source operators reads, by the operator's id.
        finished: Whether it came to its own end.
        forgotten: Whether it had ended before the JobManager did: the next one has never heard of it.
        struck: Whether a fault of the scenario may still make it restart.
        graph: What its graph says of it.
        parts: The files that its sinks had not finished at the last checkpoint.
    """

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self.restarts = 0
        self.reads: frozenset[Partition] = frozenset()
        self.readers: Mapping[str, frozenset[str]] = {}
        self.finished = False
        self.forgotten = False
        self.struck = False
        self.graph = JobGraph()
        self.parts = Parts()
        self._found: Mapping[str, int] = {}
        self._next = Deadline(0)
        self._cause: str | None = None
        self._furthest: dict[Partition, int] = {}
        self._progressed = False
        self._same = 0

    def look(self, positions: Mapping[Partition, int], restarts: int) -> None:
        """Raise if the job cannot get any further.

        Raises:
            JobFailed: It failed, was cancelled, or restarts for ever.
            JobFinished: It came to its own end.
            ServiceError: A service died.
        """
        self.watched.alive()
        if any(offset > self._furthest.get(p, -1) for p, offset in positions.items()):
            self._progressed = True
            self._furthest = {p: max(o, self._furthest.get(p, -1)) for p, o in positions.items()}
        if restarts > self.restarts:
            self._restarted(restarts)
        if self._next.passed:
            self._next = Deadline(STATE_S)
            state = self.watched.cluster.state(self.watched.job)
            if state == "FINISHED":
                self.finished = True
                self.parts = Parts()
                raise JobFinished
            if state in ("FAILED", "CANCELED"):
                raise self._failed(state, self.cause())

    def read_checkpoint(self, contents: Contents) -> None:
        """Note what a checkpoint shows that later ones need not show again."""
        self._found = contents.found
        self.parts = contents.parts

    def check_finished(self, targets: Mapping[Partition, int], files: Mapping[str, int]) -> None:
        """Raise if the job ended before it had read all that was sent: a bounded source, most likely.

        Raises:
            JobFailed: It has not been seen past the targets, or has not found one of the files.
        """
        behind = any(self._furthest.get(partition, -1) < offset for partition, offset in targets.items())
        if behind or any(self._found.get(file, 0) < count for file, count in files.items()):
            raise self.finished_early()

    def begin_anew(self) -> None:
        """Its restarts are counted from 0 again: by another JobManager."""
        self.forgotten = self.finished
        self.restarts = self._same = 0
        self._cause = None

    def recover(self) -> None:
        """It is past a fault of the scenario, whose restarts are no loop of its own."""
        self.struck = False
        self._same = 0

    def _restarted(self, restarts: int) -> None:
        cause = self.cause()
        message = cause.message if cause else ""
        same = message == self._cause and not self._progressed
        self._progressed = False
        self._same = self._same + (restarts - self.restarts) if same else restarts - self.restarts
        if self.struck and NO_SLOT in message:
            # Those of a killed TaskManager are missing until there is another one.
            self._same = 0
        self._cause, self.restarts = message, restarts
        if self._same >= LOOPING:
            raise self._failed("RESTARTING", cause)

    def finished_early(self) -> JobFailed:
        """What to raise of a job that ended before it had read all that was sent."""
        return JobFailed("FINISHED", None, self.restarts, self._furthest)

    def _failed(self, state: str, cause: Cause | None) -> JobFailed:
        resumes = self.watched.cluster.resumes(self.watched.job)
        return JobFailed(state, cause, self.restarts, self._furthest, resumes)

    def cause(self) -> Cause | None:
        """The root cause of the newest failure."""
        return newest_cause(self.watched)


def newest_cause(watched: Watched) -> Cause | None:
    """The root cause of a job's newest failure, or None where it never failed."""
    traces = watched.cluster.exceptions(watched.job, 1)
    return root_cause(traces[0], watched.folder) if traces else None
