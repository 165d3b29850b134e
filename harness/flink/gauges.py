"""What the operators of a running job tell while they run: hints, wherever they are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.flink.contents import Partition
from harness.flink.job_graph import GraphOperator, JobGraph
from harness.result import JobMetrics

IN_PROCESS = "leave the setting `layout` at `in-process` for this scenario"
"""What to do about a gauge that only the JVM of the tasks can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """A hint: where the sources stand and how often the job restarted.

    Attributes:
        offsets: Offset of the last record handed over, minimum over the operators that read the partition.
    """

    offsets: Mapping[Partition, int]
    restarts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Metrics of a job's operators.

    Attributes:
        values: Each asked name with a value, once per operator and subtask that has one.
        known: The names of all metrics.
        stale: The asked names of tasks that were started again, of which a value may be from before.
    """

    values: Sequence[tuple[str, str]]
    known: Sequence[str]
    stale: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """The watermark of one operator in one subtask.

    Attributes:
        operator: Its name.
        is_input: Whether it is what the operator was given; else what it gives on.
        millis: Milliseconds since 1970; None: none was seen yet.
        id: The operator's id, or "" where nobody tells.
    """

    operator: str
    subtask: int
    is_input: bool
    millis: int | None
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOperator:
    """One operator in one subtask, as it runs now.

    Attributes:
        processing_timers: Processing-time timers that are set.
        event_timers: Event-time timers that are set.
        idle: Whether it told those behind it that nothing comes.
        splits: How many partitions it reads; None where it is no source.
    """

    id: str
    name: str
    subtask: int
    processing_timers: int = 0
    event_timers: int = 0
    idle: bool = False
    splits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTask:
    """A chain of operators in one subtask.

    Attributes:
        vertex: The id of the job's vertex.
        pressed: Whether those behind it take nothing more from it.
        stack: What its thread does, the innermost call first.
        operators: The operators of the chain.
    """

    vertex: str
    subtask: int
    pressed: bool = False
    stack: tuple[str, ...] = ()
    operators: tuple[LiveOperator, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """The processing-time timers of one operator in one subtask.

    Attributes:
        first_ms: When the first fires, in milliseconds since 1970.
        last_ms: When the last fires.
    """

    operator: str
    subtask: int
    first_ms: int
    last_ms: int


class Gauges(Protocol):
    """Reads them."""

    @property
    def lag_s(self) -> float:
        """How old what Flink tells of a job may be, in seconds."""

    def positions(self, job: str) -> Positions:
        """Where the sources stand."""

    def may_run(self, job: str) -> bool:
        """Whether all tasks that are there run, so that it is worth asking for the job; a hint."""

    def restarts(self, job: str) -> int:
        """How often a job has restarted by itself: what was before the call is in it for certain."""

    def metrics(self, job: str, names: Iterable[str]) -> Metrics:
        """The metrics of those names now.

        Raises:
            ExpectationError: One cannot be told from another.
            ServiceError: They cannot be had as they are now.
        """

    def all_metrics(self, job: str) -> JobMetrics:
        """Every metric now."""

    def watermarks(self, job: str) -> list[Watermark]:
        """The watermarks of all running operators."""

    def told_apart(self, graph: JobGraph) -> tuple[GraphOperator, ...]:
        """The operators of a job whose watermarks can be told from those of all others."""

    def tasks(self, job: str) -> list[LiveTask]:
        """The running tasks, looked at from within.

        Raises:
            PlanError: Nobody can look into where they run.
        """

    def timers(self, job: str) -> list[Timers]:
        """The processing-time timers that are set.

        Raises:
            PlanError: Nobody can look into where the tasks run.
        """
