"""A cluster as one lease sees it: states of its jobs, positions of their sources, checkpoints."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from py4j.java_gateway import GatewayParameters, JavaGateway
from py4j.protocol import Py4JError, Py4JJavaError

from harness.environment import FlinkEndpoint
from harness.errors import ServiceError
from harness.flink.contents import Contents, Partition
from harness.flink.file_source import FileSource
from harness.flink.live import LiveTask, Watermark, read_tasks, read_watermarks
from harness.flink.rest import Rest, RestError

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
    """

    values: Sequence[tuple[str, str]]
    known: Sequence[str]


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


class Cluster:
    """The client's end of a Flink endpoint."""

    def __init__(self, endpoint: FlinkEndpoint) -> None:
        self.rest = Rest(endpoint.rest)
        self._gateway = JavaGateway(
            gateway_parameters=GatewayParameters(
                address=LOOPBACK, port=endpoint.gateway_port, auth_token=endpoint.gateway_token
            )
        )
        self._entry = self._gateway.entry_point

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
        with self._java():
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
        with self._java():
            self._entry.runSql(
                report, output, json.dumps(list(statements)), json.dumps(list(jars)), json.dumps(dict(config))
            )

    def job(self, job: str) -> JobView:
        """A job's state and the states of its subtasks."""
        answer = self.rest.get(f"/jobs/{job}")
        tasks = {v["name"]: {k: n for k, n in v["tasks"].items() if n} for v in answer["vertices"]}
        return JobView(state=answer["state"], tasks=tasks)

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

    def positions(self, job: str) -> Positions:
        """Where the sources stand, in well under a millisecond."""
        with self._java():
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

    def file_sources(self, job: str) -> tuple[FileSource, ...]:
        """What a job reads of files, as its graph says."""
        with self._java():
            answer = json.loads(self._entry.fileSources(job))
        return tuple(FileSource(path=path, monitored=m, followed=f) for path, m, f in answer)

    def metrics(self, job: str, names: Iterable[str]) -> Metrics:
        """The metrics of those names now, also those that a job's own code counts."""
        with self._java():
            answer = json.loads(self._entry.metrics(job, "\n".join(names)))
        return Metrics(values=tuple((name, text) for name, text in answer["values"]), known=answer["names"])

    def watermarks(self, job: str) -> list[Watermark]:
        """The watermarks of all running operators: a hint, from the metrics."""
        with self._java():
            answer = self._entry.watermarks(job)
        return read_watermarks(answer)

    def tasks(self, job: str) -> list[LiveTask]:
        """The running tasks, looked at from within; only where this JVM runs them."""
        with self._java():
            answer = self._entry.live(job)
        return read_tasks(answer)

    def timers(self, job: str) -> list[Timers]:
        """The processing-time timers that are set, told by the tasks themselves."""
        with self._java():
            answer = json.loads(self._entry.timers(job))
        return [
            Timers(operator=name, subtask=subtask, first_ms=first, last_ms=last)
            for name, subtask, first, last in answer
        ]

    def neutralise(self, *, wanted: bool) -> None:
        """Whether sources of the next jobs never go idle: a drain loses the last windows of an idle one."""
        with self._java():
            self._entry.neutralise(wanted)

    def note_printed(self, file: Path) -> None:
        """Note what the next jobs print in a file, too."""
        with self._java():
            self._entry.notePrinted(str(file))

    def fail(self, job: str, message: str) -> str:
        """Fail one running task of a job; returns its name, or "" where none runs."""
        with self._java():
            return str(self._entry.fail(job, message))

    def replace_task_manager(self, job: str) -> int:
        """End a TaskManager that runs tasks of a job, and start another; returns how many tasks it had."""
        with self._java():
            return int(self._entry.replaceTaskManager(job))

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
        with self._java():
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
            with self._java():
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

    @contextlib.contextmanager
    def _java(self) -> Iterator[None]:
        try:
            yield
        except Py4JJavaError as error:
            text = str(error.java_exception.toString())
            if "FileNotFoundException" in text or "NoSuchFileException" in text:
                raise FileNotFoundError(text) from error
            raise ServiceError("a call into Flink's JVM failed", detail=text) from error
        except (Py4JError, OSError) as error:
            raise ServiceError("Flink's JVM does not answer", detail=str(error)) from error


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else text
