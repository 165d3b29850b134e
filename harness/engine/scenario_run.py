"""One scenario on its lease: its steps in order, and the rules that hold unless it says otherwise."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial
from pathlib import Path

from harness.clock import Deadline, monotonic
from harness.codecs.moments import Moment
from harness.engine import faults, heartbeats
from harness.engine.account import Account
from harness.engine.folders import IN_FOLDERS, Folders
from harness.engine.inputs import Inputs
from harness.engine.job import FollowedJob
from harness.engine.jobs import Jobs
from harness.engine.own_time import clocks_of
from harness.engine.restore import Restore, explained
from harness.engine.schemas import Schemas
from harness.engine.step_words import made, step_name
from harness.environment import Lease
from harness.errors import ExpectationError, HarnessError, JobError, SettleTimeout
from harness.events import Emit, StepFinished
from harness.expectation import Expectations, JobFacts, Outcome, watermark_test
from harness.flink import event_time
from harness.plan import Plan
from harness.result import Status, StepResult
from harness.rows import Word
from harness.scenario.model import (
    EXPECTATIONS,
    Advance,
    EndOfInput,
    Evolve,
    Expectation,
    ExpectConserved,
    ExpectJob,
    ExpectRows,
    ExpectSchema,
    Fault,
    Put,
    Remove,
    Savepoint,
    Send,
    Settle,
    Start,
    Step,
    Stop,
    Victim,
)

RISING = (Word.AT_LEAST, Word.AFTER, Word.NOT_NULL)
"""What remains true of a watermark however far it rises."""


class ScenarioRun:
    """One scenario on its lease."""

    def __init__(self, plan: Plan, lease: Lease, emit: Emit, account: Account) -> None:
        self.plan = plan
        self.lease = lease
        self.emit = emit
        self.account = account
        self.clock = Moment.from_text(plan.T)
        self.deadline = Deadline(plan.timeout_s)
        self.jobs = Jobs(plan, lease)
        self.folders = Folders(plan, lease.grant)
        self.unsettled = True
        self.savepoints: dict[str, Path] = {}
        self.stack = contextlib.ExitStack()
        self.schemas = Schemas(plan, lease.grant)
        self.inputs = Inputs(plan, lease.grant, self.clock, self.schemas, self.folders)
        self.expectations = Expectations(plan, lease.grant, self.clock, self.schemas.registry)

    def go(self) -> None:
        """Everything from the given steps to the rules that always hold."""
        scenario = self.plan.scenario
        with contextlib.ExitStack() as stack:
            stack.callback(self.schemas.close)
            stack.callback(self.expectations.forget)
            with self.account.phase("given"):
                self.schemas.register()
                for step in scenario.given:
                    self.step(step)
            self.stack = stack
            with self.account.phase("submit"):
                self.jobs.submit(stack, self.deadline)
            self._wait_until_ready()
            try:
                for number, step in enumerate(scenario.steps):
                    self.step(step, scenario.phase_of(number))
                self._settle()
                self._always()
            finally:
                self._note_metrics()

    def _note_metrics(self) -> None:
        # Where Flink does not answer any more, something else is told.
        with contextlib.suppress(HarnessError):
            self.account.metrics = {n: found for job in self.jobs for n, found in job.all_metrics().items()}

    def _wait_until_ready(self) -> None:
        with self.account.phase("ready"):
            self.jobs.wait_until_ready(self.inputs.partitions(), self.deadline)
            self.folders.check_read(self.jobs)
        self.unsettled = True

    # Steps

    def step(self, step: Step, phase: str = "") -> None:
        """One step of a phase of the scenario, timed, an event."""
        began = monotonic()
        name, note, status = step_name(step), "", Status.ERROR
        try:
            self.lease.check()
            outcome = self._expect(step) if isinstance(step, EXPECTATIONS) else Outcome(note=self._do(step))
            note = outcome.note
            status = Status.FAILED if outcome.failures else Status.PASSED
            self.account.failures += [replace(failure, phase=phase) for failure in outcome.failures]
            self.expectations.passed(step)
        finally:
            result = StepResult(
                name=name,
                status=status,
                seconds=monotonic() - began,
                location=step.location,
                note=note,
                phase=phase,
            )
            self.account.steps.append(result)
            self.emit(StepFinished(self.plan.id, result))

    def _do(self, step: Step) -> str:
        match step:
            case Send():
                with self.account.phase("send"):
                    return self._send(step)
            case Put() | Remove():
                self._settle()
                with self.account.phase("put"):
                    return self._write(step)
            case Settle():
                self._settle()
                return self._await_timers() if step.timers else ""
            case Evolve():
                return self.schemas.evolve(step)
            case _:
                return self._change(step)

    def _expect(self, step: Expectation) -> Outcome:
        self._settle()
        with self.account.phase("expect"):
            match step:
                case ExpectRows():
                    return self.expectations.rows(step)
                case ExpectConserved():
                    return self.expectations.conserved(step)
                case ExpectSchema():
                    return self.expectations.schema(step)
                case ExpectJob():
                    return self.expectations.job(step, self._facts(step))

    def _facts(self, step: ExpectJob) -> JobFacts:
        job = self.jobs.named(step.of)
        return JobFacts(
            state=job.state(),
            restarts=job.restarts(),
            cause=job.cause(),
            failed_on=job.failed_on,
            metrics=job.metrics(step.metrics, step.location),
            late=None if step.late is None else job.late(step.location),
            watermark=self._watermark(step, job),
        )

    def _watermark(self, step: ExpectJob, job: FollowedJob) -> int | None:
        if step.watermark is None:
            return None
        if not job.running:
            raise ExpectationError("a job that has ended has no watermark any more", location=step.location)
        rises = step.watermark.word in RISING
        expected = watermark_test(step, self.clock)
        with job.expecting_failure():
            clocks = event_time.Clocks(watches=job.running)
            return event_time.reached(clocks, expected, rises=rises, deadline=self.deadline)

    def _change(self, step: Step) -> str:
        """What happens to the job, or to its time."""
        # Flink cannot be asked for anything until it has a JobManager again.
        self.jobs.await_job_manager(self.deadline)
        match step:
            case Advance():
                return self._advance(step)
            case EndOfInput():
                return self._end()
            case Savepoint():
                self.savepoints[step.name] = self.jobs.named(step.job).savepoint(self.deadline)
                return ""
            case Stop():
                return self._stop(step)
            case Start():
                return self._start(step)
            case Fault():
                return self._strike(step)
            case _:
                # Refused before the lease was asked for.
                raise AssertionError(f"{step} cannot be run")

    def _send(self, step: Send) -> str:
        if self.plan.pipeline.sources[step.source].system in IN_FOLDERS:
            self.folders.check_late(step.source, self.jobs, step.location)
        self.jobs.check_reading()
        self.inputs.send(step.source, step.rows)
        self.unsettled = True
        self.expectations.sent(step, self.schemas.of(step.source))
        return made(step.rows, "records")

    def _write(self, step: Put | Remove) -> str:
        if self.inputs.write(step):
            self.unsettled = True
        self.expectations.forget()
        return made(step.rows, "rows")

    # Time and life

    def _advance(self, step: Advance) -> str:
        self._settle()
        if not self.jobs.running:
            return "no job runs"
        sources = self.plan.pipeline.sources
        alone = step.only if len(sources) > 1 else None
        meant = tuple(sources) if alone is None else (alone,)
        target = heartbeats.millis(step.to, self.clock)
        everything = event_time.Clocks(watches=self.jobs.running)
        with self.account.phase("settle"):
            left = Deadline(self.deadline.left)
            clocks = everything if alone is None else clocks_of(step, self.plan, self.lease.grant, self.jobs)
            with self.jobs.named(None).expecting_failure():
                send = partial(self.inputs.send_heartbeats, meant)
                sent = self.inputs.newest(meant if alone else (*meant, *self.plan.pipeline.tables))
                behind = event_time.pass_moment(clocks, send, target, left, sent)
                if alone is not None:
                    # Where it meets the time of others, nobody can say how far it is to come.
                    event_time.come_to_rest(everything, left)
        self.unsettled = True
        self._settle()
        return f"watermarks stay {behind} ms behind event time" if behind else ""

    def _end(self) -> str:
        """Let event time come to its end: every open window fires, and one job after the other finishes."""
        ended = 0
        for job in self.jobs.in_order:
            self._settle()
            if job.running:
                self._refuse_idle(job)
                with self.account.phase("settle"), job.expecting_failure():
                    job.drain(self.deadline)
                ended += 1
                with self.account.phase("settle"):
                    # Those behind it may have a transaction open.
                    self.expectations.wait_until_visible(job.job.writes if self.jobs.running else None)
                self.expectations.left_open(self.jobs.parts)
                # What it wrote last is still to be read by those behind it.
                self.unsettled = True
        self.expectations.forget()
        return "" if ended else "no job runs"

    def _refuse_idle(self, job: FollowedJob) -> None:
        flink = self.lease.grant.flink
        if flink is not None and flink.layout != "in-process":
            # Nobody can look. A drain after `advance` was refused, for any other the sources never go idle.
            return
        tasks = (task for w in job.running for task in w.watched.cluster.tasks(w.watched.job))
        operators = (operator for task in tasks for operator in task.operators)
        idle = ", ".join(f"{o.name}, subtask {o.subtask}" for o in operators if o.idle)
        if idle:
            raise SettleTimeout(
                "the end of the input would lose the last windows: a source is idle",
                detail=f"idle: {idle}",
                hint="an idle source drops the last watermark; take `with_idleness` or `idle-timeout` out "
                "of the job's configuration, or leave `advance` out of the scenario",
            )

    def _stop(self, step: Stop) -> str:
        job = self.jobs.named(step.job)
        with self.account.phase("settle"), job.expecting_failure():
            self.savepoints[step.savepoint] = job.stop(self.deadline)
        return ""

    def _start(self, step: Start) -> str:
        self.expectations.forget()
        restore = Restore(
            savepoint=self.savepoints[step.savepoint] if step.savepoint else None,
            drop_state=step.drop_state,
            parallelism=step.parallelism,
            version=step.version,
        )
        try:
            with self.account.phase("submit"):
                self.jobs.named(step.job).submit(self.stack, self.deadline, restore)
            self._wait_until_ready()
        except JobError as error:
            raise explained(error, step.savepoint or "", step.location) from error
        return ""

    def _strike(self, step: Fault) -> str:
        if self.unsettled:
            # Where it has not begun, or is done, there is nothing that a fault could spoil.
            with self.account.phase("settle"):
                self.jobs.reach_the_middle(self.inputs.ends, self.deadline)
        self.unsettled = True
        victims = self.jobs.running if step.job is None else self.jobs.named(step.job).running
        if step.victim is Victim.JOBMANAGER:
            self.jobs.expect_job_manager()
        else:
            self.jobs.expect_restart()
        return faults.strike(step, victims, self.lease)

    def _settle(self) -> None:
        """Wait until all that was sent is processed and committed, and visible in every sink."""
        if not self.jobs.running or not self.unsettled:
            return
        with self.account.phase("settle"):
            left = Deadline(self.deadline.left)
            self.account.proofs += self.jobs.settle(self.inputs.ends, left, self.folders.files)
        self.expectations.left_open(self.jobs.parts)
        if self.jobs.running:
            with self.account.phase("settle"):
                self.expectations.wait_until_visible()
        self.expectations.forget()
        self.unsettled = False

    def _await_timers(self) -> str:
        with self.account.phase("settle"):
            fired = self.jobs.await_timers(Deadline(self.deadline.left))
        # What they wrote is still to be flushed and committed.
        self.unsettled = True
        self._settle()
        return "" if fired else "no processing-time timer was set"

    def _always(self) -> None:
        """The rules that hold unless a scenario says otherwise."""
        with self.account.phase("expect"):
            restarted = next((job for job in self.jobs if job.own_restarts()), self.jobs.named(None))
            self.account.failures += self.expectations.always(restarted.own_restarts(), restarted.cause)
            self.account.left_out = self.expectations.left_out
