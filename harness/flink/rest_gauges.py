"""The gauges of a cluster that is asked by REST alone: later by some milliseconds, and fewer.

Flink answers with what it fetched from its TaskManagers last, and fetches anew for the next answer. What only
grows (offsets, watermarks) may be read so; a counter that is compared with a number may not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from urllib.parse import quote

from harness.clock import Deadline, pause
from harness.errors import PlanError
from harness.flink.contents import Partition
from harness.flink.gauges import LiveTask, Metrics, Positions, Timers, Watermark
from harness.flink.job_graph import GraphOperator, JobGraph, by_name
from harness.flink.rest import Rest
from harness.result import JobMetrics

IN_PROCESS = "leave the setting `layout` at `in-process` for this scenario"
LOOK_S = 0.05
"""So long an answer is given again: one costs some ten requests."""
MOST_NAME = 80
"""Of a longer name of an operator, Flink's metrics have the beginning."""
_INVALID = re.compile(r"[ .:,]")
"""What Flink writes otherwise in a metric's name."""
MOST_NAMES = 50
"""Of one request, whose line must not become too long."""
NO_WATERMARK = -(2**63)
_OFFSET = re.compile(r"\d+\.(.+)\.KafkaSourceReader\.topic\.(.+)\.partition\.(\d+)\.currentOffset")
_WATERMARK = re.compile(r"(\d+)\.(.+)\.current(Input|Output)Watermark")


class RestGauges:
    """Reads them from a cluster's REST interface, with what the graphs of jobs say of them."""

    def __init__(self, rest: Rest, graph: Callable[[str], JobGraph]) -> None:
        self._rest = rest
        self._graph = graph
        self._named: dict[str, Mapping[str, GraphOperator]] = {}
        self._last: dict[str, tuple[Deadline, Positions]] = {}
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

    def restarts(self, job: str) -> int:
        """How often a job has restarted by itself: the most that any of its tasks was started again."""
        pause(self.lag_s)
        return max((self._attempts(job, vertex) for vertex in self._vertices(job)), default=0)

    def metrics(self, job: str, names: Iterable[str]) -> Metrics:
        """Refuse: by REST a metric is what it was a while ago."""
        del job
        raise PlanError(
            f"the metric {next(iter(names), '')} cannot be read as it is now from another process",
            detail="what Flink's REST interface tells of metrics was true some time ago",
            hint=IN_PROCESS,
        )

    def all_metrics(self, job: str) -> JobMetrics:
        """None: by REST a metric is what it was a while ago."""
        del job
        return {}

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
        names = [metric["id"] for metric in self._rest.get(path)]
        found = {name: match for name in names if (match := wanted.fullmatch(name))}
        chosen = list(found)
        for first in range(0, len(chosen), MOST_NAMES):
            asked = ",".join(quote(name) for name in chosen[first : first + MOST_NAMES])
            for metric in self._rest.get(f"{path}?get={asked}"):
                yield found[metric["id"]], metric["value"]


def _by_name(graph: JobGraph) -> dict[str, GraphOperator]:
    """The operators by the names that they have in metrics."""
    return by_name(replace(o, name=_INVALID.sub("_", o.name[:MOST_NAME])) for o in graph.operators)
