"""A cluster as one lease sees it: states of its jobs, positions of their sources, checkpoints."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from py4j.java_gateway import GatewayParameters, JavaGateway
from py4j.protocol import Py4JError

from harness.environment import FlinkEndpoint
from harness.errors import ServiceError
from harness.flink.contents import Contents, Partition
from harness.flink.gauges import Gauges, LiveTask, Metrics, Positions, Timers, Watermark
from harness.flink.java_call import java_call
from harness.flink.job_graph import GraphOperator, JobGraph, read_graph
from harness.flink.jvm_gauges import JvmGauges
from harness.flink.rest import Rest, RestError
from harness.flink.rest_gauges import RestGauges
from harness.result import JobMetrics

TERMINAL = frozenset({"FINISHED", "FAILED", "CANCELED"})
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """What a job is doing now.

    Attributes:
        state: Flink's own word: RUNNING, RESTARTING, FAILED, FINISHED, ...
        tasks: How many subtasks are in each state, per vertex name.
    """

    state: str
    tasks: Mapping[str, Mapping[str, int]]

    @property
    def ended(self) -> bool:
        """Whether the job will never do anything again."""
        return self.state in TERMINAL

    @property
    def running(self) -> bool:
        """Whether every subtask runs or has finished."""
        return self.state == "RUNNING" and all(
            count == 0 or state in ("RUNNING", "FINISHED")
            for counts in self.tasks.values()
            for state, count in counts.items()
        )


class Cluster:
    """The client's end of a Flink endpoint."""

    def __init__(self, endpoint: FlinkEndpoint) -> None:
        self.rest = Rest(endpoint.rest)
        self._gateway = JavaGateway(
            # What Java hands out ends with the lease. Told to forget one object after the other, py4j would
            # connect to it whenever Python collects garbage, also when the JVM is long gone.
            gateway_parameters=GatewayParameters(
                address=LOOPBACK,
                port=endpoint.gateway_port,
                auth_token=endpoint.gateway_token,
                enable_memory_management=False,
            )
        )
        self._entry = self._gateway.entry_point
        inside = endpoint.layout == "in-process"
        self._gauges: Gauges = JvmGauges(self._entry) if inside else RestGauges(self.rest, self.graph)

    def close(self) -> None:
        """Close the connections; the gateway itself ends with the lease."""
        self.rest.close()
        with contextlib.suppress(Py4JError, OSError):
            self._gateway.close()

    def run_program(
        self,
        report: str,
        jar: str,
        main_class: str,
        args: Sequence[str],
        class_path: Sequence[str],
        config: Mapping[str, str],
    ) -> None:
        """Start a jar's main class on a thread of the JVM; what becomes of it is told in the report pipe.

        Args:
            report: The pipe.
            jar: Its path.
            main_class: The class, or "" for the one of the manifest.
            args: Its arguments.
            class_path: URLs beside the jar.
            config: Flink options of its jobs.
        """
        with java_call():
            self._entry.run(
                report,
                jar,
                main_class,
                json.dumps(list(args)),
                json.dumps(list(class_path)),
                json.dumps(dict(config)),
            )

    def run_sql(
        self,
        report: str,
        output: str,
        statements: Sequence[str],
        jars: Sequence[str],
        config: Mapping[str, str],
    ) -> None:
        """Start the statements of a SQL file on a thread of the JVM; see `run_program`.

        Args:
            report: The pipe.
            output: The file that receives what statements such as SHOW answer.
            statements: In order.
            jars: URLs of what only this job has.
            config: Flink options of its jobs.
        """
        with java_call():
            self._entry.runSql(
                report, output, json.dumps(list(statements)), json.dumps(list(jars)), json.dumps(dict(config))
            )

    def job(self, job: str) -> JobView:
        """A job's state and the states of its subtasks."""
        answer = self.rest.get(f"/jobs/{job}")
        tasks = {v["name"]: {k: n for k, n in v["tasks"].items() if n} for v in answer["vertices"]}
        return JobView(state=answer["state"], tasks=tasks)

    def may_run(self, job: str) -> bool:
        """Whether it is worth asking for the job, as its tasks may all run now."""
        return self._gauges.may_run(job)

    def name(self, job: str) -> str:
        """A job's name."""
        return str(self.rest.get(f"/jobs/{job}")["name"])

    def state(self, job: str) -> str:
        """A job's state alone."""
        return str(self.rest.get(f"/jobs/{job}/status")["status"])

    def exceptions(self, job: str, most: int = 5) -> list[str]:
        """The stack traces of the last failures, newest first."""
        answer = self.rest.get(f"/jobs/{job}/exceptions?maxExceptions={most}")
        return [entry["stacktrace"] for entry in answer["exceptionHistory"]["entries"]]

    @property
    def lag_s(self) -> float:
        """How old what Flink tells of a job may be, in seconds."""
        return self._gauges.lag_s

    def positions(self, job: str) -> Positions:
        """Where the sources stand."""
        return self._gauges.positions(job)

    def restarts(self, job: str) -> int:
        """How often a job has restarted by itself, for certain."""
        return self._gauges.restarts(job)

    def graph(self, job: str) -> JobGraph:
        """What a job's graph says of it."""
        with java_call():
            return read_graph(self._entry.graph(job))

    def metrics(self, job: str, names: Iterable[str]) -> Metrics:
        """The metrics of those names now, also those that a job's own code counts."""
        return self._gauges.metrics(job, names)

    def all_metrics(self, job: str) -> JobMetrics:
        """Every metric now."""
        return self._gauges.all_metrics(job)

    def watermarks(self, job: str) -> list[Watermark]:
        """The watermarks of all running operators: a hint, from the metrics."""
        return self._gauges.watermarks(job)

    def told_apart(self, graph: JobGraph) -> tuple[GraphOperator, ...]:
        """The operators of a job whose watermarks can be told from those of all others."""
        return self._gauges.told_apart(graph)

    def tasks(self, job: str) -> list[LiveTask]:
        """The running tasks, looked at from within."""
        return self._gauges.tasks(job)

    def timers(self, job: str) -> list[Timers]:
        """The processing-time timers that are set, told by the tasks themselves."""
        return self._gauges.timers(job)

    def neutralise(self, *, wanted: bool) -> None:
        """Whether sources of the next jobs never go idle: a drain loses the last windows of an idle one."""
        with java_call():
            self._entry.neutralise(wanted)

    def note_printed(self, file: Path) -> None:
        """Note what the next jobs print in a file, too."""
        with java_call():
            self._entry.notePrinted(str(file))

    def fail(self, job: str, message: str) -> str:
        """Fail one running task of a job; returns its name, or "" where none runs."""
        with java_call():
            return str(self._entry.fail(job, message))

    def replace_task_manager(self, job: str) -> int:
        """End a TaskManager that runs tasks of a job, and start another; returns how many tasks it had."""
        with java_call():
            return int(self._entry.replaceTaskManager(job))

    def answers(self, job: str) -> bool:
        """Whether there is a JobManager, and it knows the job."""
        try:
            self.state(job)
        except ServiceError:
            return False
        return True

    def task_managers(self, job: str) -> list[str]:
        """The ids of the TaskManagers that run tasks of a job."""
        vertices = [vertex["id"] for vertex in self.rest.get(f"/jobs/{job}")["vertices"]]
        answers = [self.rest.get(f"/jobs/{job}/vertices/{vertex}") for vertex in vertices]
        tasks = [task for answer in answers for task in answer["subtasks"]]
        return list(dict.fromkeys(task["taskmanager-id"] for task in tasks if task["status"] == "RUNNING"))

    def trigger_savepoint(self, job: str, folder: Path) -> str:
        """Ask for a savepoint while the job goes on; returns the request's id."""
        body = {"target-directory": folder.as_uri(), "cancel-job": False}
        return str(self.rest.post(f"/jobs/{job}/savepoints", body)["request-id"])

    def trigger_stop(self, job: str, folder: Path, *, drain: bool) -> str:
        """Ask a job to stop with a savepoint; returns the request's id.

        Args:
            job: The job.
            folder: Where the savepoint goes.
            drain: Let event time come to its end before, so that all windows fire.
        """
        body = {"targetDirectory": folder.as_uri(), "drain": drain}
        return str(self.rest.post(f"/jobs/{job}/stop", body)["request-id"])

    def savepoint_done(self, job: str, request: str) -> Path | RestError | None:
        """Where a savepoint is, why there is none, or None while it is under way."""
        answer = self.rest.get(f"/jobs/{job}/savepoints/{request}")
        if answer["status"]["id"] != "COMPLETED":
            return None
        operation = answer["operation"]
        if "location" in operation:
            return Path(operation["location"].removeprefix("file:"))
        cause = operation.get("failure-cause") or operation.get("failureCause") or {}
        return RestError(500, cause.get("stack-trace", "the savepoint failed"))

    def savepoint(self, path: Path) -> Contents:
        """What a savepoint holds."""
        with java_call():
            return Contents.of(json.loads(self._entry.checkpoint(f"{path}/_metadata")), 0)

    def trigger_checkpoint(self, job: str) -> str:
        """Ask for a checkpoint; returns the request's id.

        Raises:
            RestError: The job cannot take one now.
        """
        return str(self.rest.post(f"/jobs/{job}/checkpoints", {"checkpointType": "CONFIGURED"})["request-id"])

    def checkpoint_done(self, job: str, request: str) -> int | RestError | None:
        """The id of the checkpoint that a request made, why there is none, or None while it is under way."""
        answer = self.rest.get(f"/jobs/{job}/checkpoints/{request}")
        if answer["status"]["id"] != "COMPLETED":
            return None
        operation = answer["operation"]
        if "checkpointId" in operation:
            return int(operation["checkpointId"])
        # A checkpoint says `failureCause`, a savepoint `failure-cause`.
        cause = operation.get("failureCause") or operation.get("failure-cause") or {}
        return RestError(500, _first_line(cause.get("stack-trace", "the checkpoint failed")))

    def contents(self, job: str, checkpoint: int) -> Contents | None:
        """What a checkpoint holds; None if it is not there yet, or not any more.

        The trigger may say COMPLETED some milliseconds before the checkpoint's own details do.
        """
        try:
            details = self.rest.get(f"/jobs/{job}/checkpoints/details/{checkpoint}")
        except RestError:
            return None
        path = details.get("external_path")
        if details["status"] != "COMPLETED" or not path:
            return None
        path = path.removeprefix("file:")
        try:
            with java_call():
                answer = json.loads(self._entry.checkpoint(f"{path}/_metadata"))
        except FileNotFoundError:
            return None
        return Contents.of(answer, details.get("persisted_data", 0))

    def resumes(self, job: str) -> Mapping[Partition, int]:
        """The offsets of the last checkpoint, from which a job goes on after a restart; {} without one."""
        try:
            newest = self.rest.get(f"/jobs/{job}/checkpoints")["latest"]["completed"]
        except RestError:
            return {}
        contents = self.contents(job, int(newest["id"])) if newest else None
        return contents.offsets if contents else {}


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else text
