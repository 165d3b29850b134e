"""The gauges of a cluster in the JVM that we can call: each is one call, in well under a millisecond."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from harness.flink.bean import bean, owner
from harness.flink.contents import Partition
from harness.flink.gauges import LiveTask, Metrics, Positions, Timers, Watermark
from harness.flink.java_call import java_call
from harness.flink.job_graph import GraphOperator, JobGraph
from harness.flink.live import read_tasks, read_watermarks
from harness.result import JobMetrics


class JvmGauges:
    """Reads them through the lease's entry point."""

    lag_s = 0.0

    def __init__(self, entry: Any) -> None:
        self._entry = entry

    def positions(self, job: str) -> Positions:
        """Where the sources stand."""
        with java_call():
            answer = json.loads(self._entry.positions(job))
        per_operator: dict[tuple[str, str, int], int] = {}
        for operator, topic, partition, offset in answer["offsets"]:
            # After a rescale an ended subtask's value may linger: within an operator the furthest counts.
            place = (operator, topic, partition)
            per_operator[place] = max(offset, per_operator.get(place, offset))
        offsets: dict[Partition, int] = {}
        for (_, topic, partition), offset in per_operator.items():
            offsets[topic, partition] = min(offset, offsets.get((topic, partition), offset))
        return Positions(offsets=offsets, restarts=answer["restarts"])

    def may_run(self, job: str) -> bool:
        """Whether there are tasks and all of them run, as they say themselves."""
        with java_call():
            return bool(self._entry.running(job))

    def restarts(self, job: str) -> int:
        """How often a job has restarted by itself."""
        return self.positions(job).restarts

    def metrics(self, job: str, names: Iterable[str]) -> Metrics:
        """The metrics of those names now, also those that a job's own code counts."""
        beans = {name: bean(name) for name in names}
        with java_call():
            answer = json.loads(self._entry.metrics(job, "\n".join(dict.fromkeys(beans.values()))))
        values = [(n, text) for n, asked in beans.items() for told, text in answer["values"] if told == asked]
        return Metrics(values=values, known=answer["names"])

    def all_metrics(self, job: str) -> JobMetrics:
        """Every metric now."""
        with java_call():
            answer = json.loads(self._entry.allMetrics(job))
        return {owner(name): metrics for name, metrics in answer.items()}

    def watermarks(self, job: str) -> list[Watermark]:
        """The watermarks of all running operators."""
        with java_call():
            answer = self._entry.watermarks(job)
        return read_watermarks(answer)

    def told_apart(self, graph: JobGraph) -> tuple[GraphOperator, ...]:
        """All operators: the JVM knows them by their ids."""
        return graph.operators

    def tasks(self, job: str) -> list[LiveTask]:
        """The running tasks, looked at from within."""
        with java_call():
            answer = self._entry.live(job)
        return read_tasks(answer)

    def timers(self, job: str) -> list[Timers]:
        """The processing-time timers that are set, told by the tasks themselves."""
        with java_call():
            answer = json.loads(self._entry.timers(job))
        return [
            Timers(operator=name, subtask=subtask, first_ms=first, last_ms=last)
            for name, subtask, first, last in answer
        ]
