"""A job of a pipeline: submitted, followed, stopped and started, and asked what it does and why it failed.

One script may submit several jobs to Flink; they are followed together, as one job of the pipeline.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from harness.clock import Deadline
from harness.engine.launcher import Launcher
from harness.engine.restore import FIRST, Restore
from harness.engine.suspects import told
from harness.errors import ExpectationError, JobError
from harness.flink import completion, savepoints
from harness.flink.contents import Partition
from harness.flink.metrics import python_counters, read_metrics
from harness.flink.watch import JobFailed, Watch, newest_cause
from harness.location import Location
from harness.plan import Plan
from harness.result import JobMetrics
from harness.scenario.model import ExpectJob, Job

LATE = "numLateRecordsDropped"
"""What Flink's windows count rows in that they drop as late."""
_ENDINGS = {
    "RESTARTING": "restarts for ever",
    "FINISHED": "finished before it had read all that was sent",
    "CANCELED": "was cancelled",
    "FAILED": "failed",
}
_HINTS = {
    "FINISHED": "a source that ends by itself reads what is there when it starts: put that into `given`",
    "CANCELED": "who cancels it? The harness does so only at the end of a scenario",
}
_WORDS = {"FINISHED": "finished", "CANCELED": "cancelled", "FAILED": "failed", "FAILING": "failed"}


class FollowedJob:
    """A job from its submission to the verdict.

    Attributes:
        job: As the pipeline has it.
        watches: What follows it in Flink, the latest life of it; () before the submission.
        stopped: Whether the scenario has stopped it.
        failed: How it failed, where the scenario expects it to.
        failed_on: The record that it failed on, in words; "" where none is suspect.
    """

    def __init__(self, job: Job, plan: Plan, launcher: Launcher, savepoints: Path) -> None:
        self.job = job
        self.watches: tuple[Watch, ...] = ()
        self.stopped = False
        self.failed: JobFailed | None = None
        self.failed_on = ""
        self._plan = plan
        self._launcher = launcher
        self._savepoints = savepoints
        self._earlier = 0
        self._excused = 0
        self._struck: int | None = None

    def submit(self, stack: contextlib.ExitStack, deadline: Deadline, restore: Restore = FIRST) -> None:
        """Run its script or jar; see `Launcher.submit`."""
        version = self._plan.pipeline.versions[restore.version] if restore.version else self.job
        self.watches = self._launcher.submit(version, restore, stack, deadline)
        self.stopped = False

    @property
    def running(self) -> tuple[Watch, ...]:
        """What follows it while it runs; () if it is stopped, failed, or was never submitted."""
        if self.stopped or self.failed is not None:
            return ()
        return tuple(watch for watch in self.watches if not watch.finished)

    # Its life

    def savepoint(self, deadline: Deadline) -> Path:
        """Take a savepoint while it goes on; see `savepoints.take`."""
        return savepoints.take(self._only(), self._savepoints, deadline)

    def stop(self, deadline: Deadline) -> Path:
        """Stop it with a savepoint; see `savepoints.stop`."""
        path = savepoints.stop(self._only(), self._savepoints, deadline)
        self._end()
        return path

    def reach_the_middle(self, sent: Mapping[Partition, int], deadline: Deadline) -> None:
        """Wait until all that was sent is read and written, and nothing of it is committed."""
        for watch in self.running:
            completion.wait_until_read(watch, sent, deadline)
            savepoints.flush(watch, self._savepoints, Deadline(min(savepoints.FLUSH_S, deadline.left)))

    def drain(self, deadline: Deadline) -> None:
        """Let event time come to its end and stop; see `savepoints.stop`."""
        for watch in self.running:
            savepoints.stop(watch, self._savepoints, deadline, drain=True)
        self._end()

    def _end(self) -> None:
        self._earlier += self._restarts_now()
        self.stopped = True

    def _only(self) -> Watch:
        if not self.running:
            raise JobError("the job does not run", location=self.job.location)
        if len(self.watches) > 1:
            raise JobError(
                f"`{Path(self.job.path).name}` submits {len(self.watches)} jobs, and each would need a "
                "savepoint of its own",
                hint="put its INSERTs into one statement set",
                location=self.job.location,
            )
        return self.watches[0]

    # What the scenario does to it

    def expect_restart(self) -> None:
        """A fault of the scenario was done: the restarts until the next `recover` are its doing."""
        if self._struck is None:
            self._struck = self.restarts()
        for watch in self.watches:
            watch.struck = True

    def expect_job_manager(self) -> None:
        """The scenario kills the JobManager: another one starts the job again, and counts from 0."""
        self.expect_restart()
        if self.running:
            self._earlier += self._restarts_now() + 1
        for watch in self.watches:
            watch.begin_anew()

    @property
    def restarted(self) -> bool:
        """Whether it has restarted since the scenario's fault."""
        return self._struck is not None and self.restarts() > self._struck

    def recover(self) -> None:
        """It is past the scenario's fault: its restarts since are not its own."""
        if self._struck is not None:
            self._excused += self.restarts() - self._struck
            self._struck = None
        for watch in self.watches:
            watch.recover()

    # What it does

    @contextlib.contextmanager
    def expecting_failure(self) -> Iterator[None]:
        """Keep the failure of a job that the scenario expects to fail; else it is an error."""
        try:
            yield
        except JobFailed as failed:
            if not self._failure_expected():
                raise self._error(failed) from failed
            self.failed = failed
            self.failed_on = told(self._launcher.suspects(failed)) or ""

    def state(self) -> str:
        """What the job is doing, in the words of a scenario."""
        if self.failed is not None:
            return _WORDS.get(self.failed.state, "failed")
        states = [
            "FINISHED" if watch.forgotten else watch.watched.cluster.state(watch.watched.job)
            for watch in self.watches
        ]
        unfinished = [state for state in states if state != "FINISHED"]
        state = unfinished[0] if unfinished else "FINISHED"
        return _WORDS.get(state, state.lower())

    def restarts(self) -> int:
        """How often it started again by itself, in all of its lives."""
        if self.failed is not None:
            return self._earlier + self.failed.restarts
        return self._earlier + (0 if self.stopped else self._restarts_now())

    def own_restarts(self) -> int:
        """How often it started again for another reason than a fault of the scenario."""
        return self.restarts() - self._excused

    def _restarts_now(self) -> int:
        # A job that has finished has no metrics any more: what was seen of it counts.
        return sum(
            max(watch.restarts, watch.watched.cluster.restarts(watch.watched.job))
            for watch in self.watches
            if not watch.forgotten
        )

    def metrics(self, names: Iterable[str], location: Location) -> Mapping[str, Decimal]:
        """Metrics that an expectation at that place asks for.

        Raises:
            ExpectationError: The job does not have one of them, or has ended.
        """
        names = tuple(names)
        if not names:
            return {}
        if not self.running:
            raise ExpectationError("a job that has ended has no metrics any more", location=location)
        try:
            return read_metrics(self.running, names, self._counters())
        except ExpectationError as error:
            error.location = error.location or location
            raise

    def all_metrics(self) -> Mapping[str, JobMetrics]:
        """Every metric that it has now, by its name; numbered where it submitted several jobs to Flink."""
        several = len(self.watches) > 1
        return {
            f"{self.job.name} {number}" if several else self.job.name: metrics
            for number, watch in enumerate(self.watches, start=1)
            if watch in self.running and (metrics := watch.watched.cluster.all_metrics(watch.watched.job))
        }

    def late(self, location: Location) -> int:
        """How many rows the job dropped as late.

        Raises:
            ExpectationError: The job has nothing that counts them, or has ended.
        """
        try:
            return int(self.metrics((LATE,), location)[LATE])
        except ExpectationError as error:
            if not self.running:
                raise
            fact = "no operator of the job counts rows that came too late"
            detail = f"none has the metric {LATE}, as windows have"
            raise ExpectationError(fact, detail=detail, location=error.location) from None

    def _counters(self) -> frozenset[str]:
        """The counters of the job's Python code, which Flink knows only once they count."""
        if self._plan.package is not None:
            return python_counters(self._plan.package.folder.rglob("*.py"))
        path = Path(self.job.path)
        return python_counters(path.parent.rglob("*.py") if path.suffix == ".py" else ())

    def cause(self) -> str | None:
        """The root cause of its newest failure, with the user's own lines first."""
        if self.failed is not None:
            if self.failed.cause is None:
                return None
            return "\n".join(filter(None, [self.failed.cause.text(), self.failed_on]))
        causes = (newest_cause(watch.watched) for watch in self.watches if not watch.forgotten)
        return next((cause.text() for cause in causes if cause), None)

    def _failure_expected(self) -> bool:
        return any(
            isinstance(step, ExpectJob)
            and step.of in (None, self.job.name)
            and (step.fails_with is not None or step.state in ("failed", "finished"))
            for step in self._plan.scenario.steps
        )

    def _error(self, failed: JobFailed) -> JobError:
        several = len(self._plan.pipeline.jobs) > 1
        name = f"the job {self.job.name}" if several else "the job"
        ending = _ENDINGS[failed.state]
        cause = failed.cause
        of_record = cause is None or cause.reason.of_record
        found = self._launcher.suspects(failed)
        fact = f"{name} {ending}: {cause.fact}" if cause else f"{name} {ending}"
        positions = ", ".join(
            f"{t}[{p}] at offset {o}" for (t, p), o in sorted(failed.positions.items()) if o >= 0
        )
        parts = [
            cause.where() if cause else None,
            told(found),
            f"its sources stood at {positions}" if positions and not found and of_record else None,
        ]
        hint = cause.reason.hint if cause else _HINTS.get(failed.state)
        detail = self._launcher.shown("\n".join(filter(None, parts))) or None
        return JobError(fact, detail=detail, hint=hint, location=self.job.location, suspects=found)
