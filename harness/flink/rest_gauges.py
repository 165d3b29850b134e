"""The gauges of a cluster that is asked by REST alone: later by some milliseconds, and fewer.

What only grows (offsets, watermarks) may be older than now; a counter that is compared with a number may not,
and is waited for: see `rest_metrics`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from harness.clock import Deadline, pause
from harness.errors import PlanError, ServiceError
from harness.flink.contents import Partition
from harness.flink.gauges import IN_PROCESS, LiveTask, Metrics, Positions, Timers, Watermark
from harness.flink.job_graph import GraphOperator, JobGraph, by_name
from harness.flink.rest import Rest, RestError
from harness.flink.rest_metrics import RestMetrics, read_ids, read_values, shown
from harness.result import JobMetrics

LOOK_S = 0.05
"""So long an answer is given again: one costs some ten requests."""
FETCHED_S = 30.0
"""So long a value of now is waited for: Flink fetches every 10 s where nobody sets it otherwise."""
NOTED_S = 0.5
"""The same where an older one will do."""
NO_WATERMARK = -(2**63)
_OFFSET = re.compile(r"\d+\.(.+)\.KafkaSourceReader\.topic\.(.+)\.partition\.(\d+)\.currentOffset")
_WATERMARK = re.compile(r"(\d+)\.(.+)\.current(Input|Output)Watermark")


class RestGauges:
    """Reads them from a cluster's REST interface, with what the graphs of jobs say of them."""

    def __init__(self, rest: Rest, graph: Callable[[str], JobGraph]) -> None:
        self._rest = rest
        self._graph = graph
        self._metrics = RestMetrics(rest, graph)
        self._named: dict[str, Mapping[str, GraphOperator]] = {}
        self._last: dict[str, tuple[Deadline, Positions]] = {}
        self._asked = Deadline(0)
        self._lag_s: float | None = None

    @property
    def lag_s(self) -> float:
        """How old what Flink tells of a job may be, in seconds: so long it keeps its answers."""
        if self._lag_s is None:
            self._lag_s = self._rest.get("/config")["refresh-interval"] / 1000
        return self._lag_s

    def positions(self, job: str) -> Positions:
        """Where the sources stand."""
        fresh, last = self._last.get(job, (Deadline(0), None))
        if last is not None and not fresh.passed:
            return last
        per_operator: dict[tuple[str, str, int], int] = {}
        restarts = 0
        for vertex in self._vertices(job):
            restarts = max(restarts, self._attempts(job, vertex))
            for match, value in self._values(job, vertex, _OFFSET):
                place = (match[1], match[2], int(match[3]))
                per_operator[place] = max(int(value), per_operator.get(place, int(value)))
        offsets: dict[Partition, int] = {}
        for (_, topic, partition), offset in per_operator.items():
            offsets[topic, partition] = min(offset, offsets.get((topic, partition), offset))
        found = Positions(offsets=offsets, restarts=restarts)
        self._last[job] = (Deadline(LOOK_S), found)
        return found

    def may_run(self, _job: str) -> bool:
        """Whether the last question was some time ago: to ask for the tasks is to ask for the job."""
        again = self._asked.passed
        if again:
            self._asked = Deadline(LOOK_S)
        return again

    def restarts(self, job: str) -> int:
        """How often a job has restarted by itself: the most that any of its tasks was started again."""
        pause(self.lag_s)
        return max((self._attempts(job, vertex) for vertex in self._vertices(job)), default=0)

    def metrics(self, job: str, names: Iterable[str]) -> Metrics:
        """The metrics of those names, once Flink has fetched them anew."""
        if not self._metrics.await_fetch(job, Deadline(FETCHED_S)):
            raise ServiceError(
                f"Flink has not fetched its metrics anew within {FETCHED_S:.0f} s",
                detail="what it tells of them may be older than what was sent last",
                hint="set `metrics.fetcher.update-interval` of the cluster to less, and not to 0",
            )
        return self._metrics.named(job, names)

    def all_metrics(self, job: str) -> JobMetrics:
        """Every metric, of now where Flink fetches it at once."""
        with contextlib.suppress(RestError):  # a TaskManager may be gone
            self._metrics.await_fetch(job, Deadline(NOTED_S))
        return self._metrics.all(job)

    def watermarks(self, job: str) -> list[Watermark]:
        """The watermarks of all running operators that any can reach, but for what makers are given."""
        if job not in self._named:
            self._named[job] = _by_name(self._graph(job))
        known = self._named[job]
        return [
            Watermark(
                operator=match[2],
                subtask=int(match[1]),
                is_input=match[3] == "Input",
                millis=None if int(value) == NO_WATERMARK else int(value),
                id=operator.id if operator else "",
            )
            for vertex in self._vertices(job)
            for match, value in self._values(job, vertex, _WATERMARK)
            for operator in [known.get(match[2])]
            if operator is None or not (operator.without or (match[3] == "Input" and operator.makes))
        ]

    def told_apart(self, graph: JobGraph) -> tuple[GraphOperator, ...]:
        """The operators that have a name of their own in the metrics."""
        return tuple(operator for operator in _by_name(graph).values() if operator.id)

    def tasks(self, job: str) -> list[LiveTask]:
        """Refuse: nobody can look into another process."""
        del job
        raise PlanError("whether a source is idle cannot be told of another process", hint=IN_PROCESS)

    def timers(self, job: str) -> list[Timers]:
        """Refuse: nobody can look into another process."""
        del job
        raise PlanError("which timers are set cannot be told of another process", hint=IN_PROCESS)

    def _vertices(self, job: str) -> list[str]:
        return [vertex["id"] for vertex in self._rest.get(f"/jobs/{job}")["vertices"]]

    def _attempts(self, job: str, vertex: str) -> int:
        subtasks = self._rest.get(f"/jobs/{job}/vertices/{vertex}")["subtasks"]
        return max((int(subtask["attempt"]) for subtask in subtasks), default=0)

    def _values(self, job: str, vertex: str, wanted: re.Pattern[str]) -> Iterator[tuple[re.Match[str], str]]:
        """The metrics whose names fit, with what is known of each."""
        path = f"/jobs/{job}/vertices/{vertex}/metrics"
        found = {id_: match for id_ in read_ids(self._rest, path) if (match := wanted.fullmatch(id_))}
        for id_, value in read_values(self._rest, path, found).items():
            yield found[id_], value


def _by_name(graph: JobGraph) -> dict[str, GraphOperator]:
    """The operators by the names that they have in metrics."""
    return by_name(replace(o, name=shown(o.name)) for o in graph.operators)
