"""The metrics of a job as Flink's REST interface tells them, and when what it tells is of now.

Flink answers with what it fetched from its TaskManagers last, and a question makes it fetch for later
answers: one fetch after the other, no sooner than `metrics.fetcher.update-interval` after the one before.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from harness.clock import Deadline, poll
from harness.errors import ExpectationError
from harness.flink.bean import bean, owner
from harness.flink.gauges import IN_PROCESS, Metrics
from harness.flink.job_graph import JobGraph
from harness.flink.rest import Rest
from harness.result import JobMetrics, MetricValue

MOST_NAME = 80
"""Of a longer name of an operator, Flink's metrics have the beginning."""
MOST_QUERY = 3000
"""So long the names in one request may be: Flink refuses a first line of more than 4,096 bytes."""
STAMP = ("Status.JVM.CPU.Time", "Status.JVM.Memory.Heap.Used")
"""What is another each time that a TaskManager tells its metrics, because telling them needs both."""
_INVALID = re.compile(r"[ .:,]")
"""What Flink writes otherwise in a name."""
_OPERATOR = re.compile(r"\d+\.([^.]+)\.numRecordsIn")
"""What every operator has, and a task as a whole without the name in between."""
_KEYED = re.compile(r"\.topic\..+\.partition\.\d+\.")
"""Groups that stand for a value each; a bean's name has none of the values."""
_SENT = {
    "numRecordsSend": "numRecordsOut",
    "numBytesSend": "numBytesOut",
    "numRecordsSendErrors": "numRecordsOutErrors",
}
"""What the writer of a sink counts under two names: Flink tells it under the first alone."""
_INTEGER = re.compile(r"-?\d+")
_DECIMAL = re.compile(r"-?\d+\.\d+(E-?\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtaskMetric:
    """A metric of one subtask of a vertex.

    Attributes:
        vertex: The vertex's id.
        task: Its name.
        operator: The name of the operator that it is of, as metrics have it; "" for the task as a whole.
        name: Its own name, with the groups before it.
        id: What its value is asked for by.
    """

    vertex: str
    task: str
    subtask: int
    operator: str
    name: str
    id: str


class RestMetrics:
    """Asks for them."""

    def __init__(self, rest: Rest, graph: Callable[[str], JobGraph]) -> None:
        self._rest = rest
        self._graph = graph

    def await_fetch(self, job: str, deadline: Deadline) -> bool:
        """Wait until what Flink tells of the tasks that run was true after this call; whether it is."""
        running = (task for vertex in self._vertices(job) for task in self._running(job, vertex))
        paths = {f"/taskmanagers/{quote(task['taskmanager-id'])}/metrics" for task in running}
        seen = {path: [read_values(self._rest, path, STAMP)] for path in paths}

        def anew() -> bool:
            for path, stamps in seen.items():
                stamp = read_values(self._rest, path, STAMP)
                if stamp != stamps[-1]:
                    stamps.append(stamp)
            # What came first may have been under way before; the fetch behind it was not.
            return all(len(stamps) > 2 for stamps in seen.values())

        return poll(anew, deadline)

    def named(self, job: str, names: Iterable[str]) -> Metrics:
        """Those of the tasks that run by their names; of now, right after `await_fetch`.

        Raises:
            ExpectationError: One of them cannot be told from that of another operator.
        """
        vertices = self._vertices(job)
        told = [metric for vertex in vertices for metric in self._told(job, vertex)]
        attempts = {
            (vertex["id"], task["subtask"]): task["attempt"]
            for vertex in vertices
            for task in self._running(job, vertex)
        }
        shared = self._shared(job, told)
        told = [metric for metric in told if (metric.vertex, metric.subtask) in attempts]
        again = {metric for metric in told if attempts[metric.vertex, metric.subtask] > 0}
        wanted = {name: list(filter(_asked(name), told)) for name in names}
        for name, metrics in wanted.items():
            if several := next((metric.operator for metric in metrics if metric.operator in shared), None):
                raise ExpectationError(
                    f"the metric `{name}` of one operator cannot be told from that of another",
                    detail=f"several operators of one task are called {several}, and by REST one is told",
                    hint=f"give them names of their own, or {IN_PROCESS}",
                )
        texts = self._texts(job, (metric for metrics in wanted.values() for metric in metrics))
        return Metrics(
            values=[(name, texts[m]) for name, metrics in wanted.items() for m in metrics if m in texts],
            known=sorted({metric.name.rpartition(".")[2] for metric in told}),
            stale=frozenset(name for name, metrics in wanted.items() if not again.isdisjoint(metrics)),
        )

    def all(self, job: str) -> JobMetrics:
        """Every metric that Flink tells; of tasks that have ended what it fetched last."""
        operators = {shown(o.name): owner(bean(o.name[:MOST_NAME])) for o in self._graph(job).operators}
        told = [metric for vertex in self._vertices(job) for metric in self._told(job, vertex)]
        owners: dict[str, dict[str, dict[int, MetricValue]]] = {}
        for metric, text in self._texts(job, told).items():
            name = operators.get(metric.operator, metric.operator) or owner(bean(metric.task))
            owners.setdefault(name, {}).setdefault(metric.name, {})[metric.subtask] = _value(text)
        path = f"/jobs/{job}/metrics"
        for name, text in read_values(self._rest, path, read_ids(self._rest, path)).items():
            owners.setdefault("job", {}).setdefault(name, {})[0] = _value(text)
        return {
            name: {metric: [value for _, value in sorted(of.items())] for metric, of in metrics.items()}
            for name, metrics in owners.items()
        }

    def _vertices(self, job: str) -> list[Mapping[str, Any]]:
        return list(self._rest.get(f"/jobs/{job}")["vertices"])

    def _running(self, job: str, vertex: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The subtasks of a vertex that run."""
        subtasks = self._rest.get(f"/jobs/{job}/vertices/{vertex['id']}")["subtasks"]
        return [subtask for subtask in subtasks if subtask["status"] == "RUNNING"]

    def _told(self, job: str, vertex: Mapping[str, Any]) -> Iterator[SubtaskMetric]:
        """The metrics of a vertex that Flink knows."""
        ids = dict.fromkeys(read_ids(self._rest, _path(job, vertex["id"])))
        operators = {match[1] for id_ in ids if (match := _OPERATOR.fullmatch(id_))}
        for id_ in ids:
            subtask, _, rest = id_.partition(".")
            first, _, behind = rest.partition(".")
            operator, name = (first, behind) if first in operators else ("", rest)
            sends = f"{subtask}.{operator}.numRecordsSend" in ids
            for each in _written_twice(name) if sends else (_KEYED.sub(".topic.partition.", name),):
                yield SubtaskMetric(
                    vertex=vertex["id"],
                    task=vertex["name"],
                    subtask=int(subtask),
                    operator=operator,
                    name=each,
                    id=id_,
                )

    def _texts(self, job: str, metrics: Iterable[SubtaskMetric]) -> dict[SubtaskMetric, str]:
        """The values of metrics, where they have one."""
        metrics = tuple(metrics)
        ids: dict[str, dict[str, None]] = {}
        for metric in metrics:
            ids.setdefault(metric.vertex, {})[metric.id] = None
        values = {vertex: read_values(self._rest, _path(job, vertex), of) for vertex, of in ids.items()}
        return {m: values[m.vertex][m.id] for m in metrics if m.id in values[m.vertex]}

    def _shared(self, job: str, told: Iterable[SubtaskMetric]) -> set[str]:
        """The names that operators of one task share."""
        seen = Counter(operator for _, operator in {(metric.vertex, metric.operator) for metric in told})
        return set(Counter(shown(operator.name) for operator in self._graph(job).operators) - seen)


def shown(operator: str) -> str:
    """The name of an operator as metrics have it."""
    return _INVALID.sub("_", operator[:MOST_NAME])


def read_ids(rest: Rest, path: str) -> list[str]:
    """The names of the metrics at a place of the REST interface."""
    return [metric["id"] for metric in rest.get(path)]


def read_values(rest: Rest, path: str, ids: Iterable[str]) -> dict[str, str]:
    """The values of metrics at a place of the REST interface, of those that have one."""
    values: dict[str, str] = {}
    for query in _queries(ids):
        values |= {metric["id"]: metric["value"] for metric in rest.get(f"{path}?get={query}")}
    return values


def _queries(ids: Iterable[str]) -> Iterator[str]:
    """The names of metrics, as many in one text as a request can hold."""
    query = ""
    for id_ in map(quote, ids):
        if query and len(query) + len(id_) > MOST_QUERY:
            yield query
            query = ""
        query = f"{query},{id_}" if query else id_
    if query:
        yield query


def _written_twice(name: str) -> tuple[str, ...]:
    """All names of a metric of a sink's writer; none where it is not what has that name elsewhere."""
    if name in _SENT:
        return name, _SENT[name]
    return () if name in _SENT.values() else (name,)


def _path(job: str, vertex: str) -> str:
    return f"/jobs/{job}/vertices/{vertex}/metrics"


def _asked(name: str) -> Callable[[SubtaskMetric], bool]:
    """Whether a metric is meant by a name, which may have some of the groups before it."""
    # A point is in the metric's own name, or before it.
    parts = (re.escape(_INVALID.sub("_", part)) for part in name.split("."))
    pattern = re.compile(r"(?:.*\.)?" + "[._]".join(parts))
    return lambda metric: pattern.fullmatch(metric.name) is not None


def _value(text: str) -> MetricValue:
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
