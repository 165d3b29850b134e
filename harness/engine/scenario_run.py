"""One scenario on its lease: its steps in order, and the rules that hold unless it says otherwise."""

from __future__ import annotations

import contextlib
from pathlib import Path

from harness.clock import Deadline, monotonic
from harness.codecs.moments import Moment
from harness.engine import faults, heartbeats
from harness.engine.account import Account
from harness.engine.job import FollowedJob
from harness.engine.restore import FIRST, Restore
from harness.engine.schemas import Schemas
from harness.environment import Lease
from harness.errors import SettleTimeout
from harness.events import Emit, StepFinished
from harness.expectation import Expectations
from harness.flink import completion, event_time
from harness.flink.cluster import Partition
from harness.inputs import kafka as kafka_input
from harness.inputs import postgres as postgres_input
from harness.plan import Plan
from harness.result import Failure, Status, StepResult
from harness.rows import Rows
from harness.scenario.model import (
    Advance,
    EndOfInput,
    Evolve,
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
    System,
)


class ScenarioRun:
    """One scenario on its lease."""

    def __init__(self, plan: Plan, lease: Lease, emit: Emit, account: Account) -> None:
        self.plan = plan
        self.lease = lease
        self.emit = emit
        self.account = account
        self.clock = Moment.from_text(plan.T)
        self.deadline = Deadline(plan.timeout_s)
        self.sent: dict[str, kafka_input.Sent] = {}
        self.job = FollowedJob(plan, lease)
        self.unsettled = True
        self.savepoints: dict[str, Path] = {}
        self.stack = contextlib.ExitStack()
        self.schemas = Schemas(plan, lease.grant)
        self.expectations = Expectations(plan, lease.grant, self.clock, self.schemas.registry)

    def go(self) -> None:
        """Everything from the given steps to the rules that always hold."""
        scenario = self.plan.scenario
        with contextlib.ExitStack() as stack:
            stack.callback(self.schemas.close)
            with self.account.phase("given"):
                self.schemas.register()
                for step in scenario.given:
                    self.step(step)
            self.stack = stack
            self._submit(FIRST)
            for step in scenario.steps:
                self.step(step)
            self._settle()
            self._always()

    def _submit(self, restore: Restore) -> None:
        """Start the job, and wait until it reads everything that it will read."""
        with self.account.phase("submit"):
            watch = self.job.submit(self.stack, self.deadline, restore)
        with self.account.phase("ready"), self.job.expecting_failure():
            completion.wait_until_ready(watch, self._partitions(), self.deadline)
        self.unsettled = True

    # Steps

    def step(self, step: Step) -> None:
        """One step, timed, an event."""
        began = monotonic()
        before = len(self.account.failures)
        name, note, status = _name(step), "", Status.ERROR
        try:
            self.lease.check()
            note = self._do(step)
            status = Status.FAILED if len(self.account.failures) > before else Status.PASSED
        finally:
            result = StepResult(
                name=name, status=status, seconds=monotonic() - began, location=step.location, note=note
            )
            self.account.steps.append(result)
            self.emit(StepFinished(self.plan.scenario.id, result))

    def _do(self, step: Step) -> str:
        match step:
            case Send():
                with self.account.phase("send"):
                    return self._send(step)
            case Put() | Remove():
                self._settle()
                with self.account.phase("put"):
                    return self._write_table(step)
            case Settle():
                self._settle()
                return ""
            case Evolve():
                return self.schemas.evolve(step)
            case ExpectRows() | ExpectJob():
                self._settle()
                with self.account.phase("expect"):
                    failure = self._expect(step)
                if failure is not None:
                    self.account.failures.append(failure)
                return ""
            case _:
                return self._change(step)

    def _expect(self, step: ExpectRows | ExpectJob) -> Failure | None:
        if isinstance(step, ExpectRows):
            return self.expectations.rows(step)
        return self.expectations.job(step, self.job.state(), self.job.restarts(), self.job.cause())

    def _change(self, step: Step) -> str:
        """What happens to the job, or to its time."""
        match step:
            case Advance():
                return self._advance(step)
            case EndOfInput():
                return self._end()
            case Savepoint():
                self.savepoints[step.name] = self.job.savepoint(self.deadline)
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
        return f"{self._write(step.source, step.rows)} records"

    def _write(self, source: str, rows: Rows) -> int:
        place = self.plan.pipeline.sources[source]
        kafka = self.lease.grant.kafka
        assert kafka is not None
        records = kafka_input.payloads(place, rows, self.clock, self.schemas.of(source))
        sent = self.sent.setdefault(source, kafka_input.Sent())
        kafka_input.send(kafka.internal, self.plan.names[source], records, sent)
        self.unsettled = True
        return len(records)

    def _write_table(self, step: Put | Remove) -> str:
        place = self.plan.pipeline.place(step.table)
        grant = self.lease.grant
        assert place is not None
        assert grant.postgres is not None
        write = postgres_input.put if isinstance(step, Put) else postgres_input.remove
        count = write(grant.postgres, place, step.rows, self.clock)
        self.expectations.forget()
        return f"{count} rows"

    # Time and life

    def _advance(self, step: Advance) -> str:
        self._settle()
        watch = self.job.running()
        target = heartbeats.millis(step.to, self.clock)
        with self.account.phase("settle"), self.job.expecting_failure():
            behind = event_time.pass_moment(
                watch, self._send_heartbeats, target, Deadline(self.deadline.left)
            )
        self._settle()
        return f"watermarks stay {behind} ms behind event time" if behind else ""

    def _send_heartbeats(self, millis: int) -> None:
        for name, place in self.plan.pipeline.sources.items():
            if place.system is System.KAFKA:
                self._write(name, heartbeats.rows(place, millis, self.clock))

    def _end(self) -> str:
        """Let event time come to its end: every open window fires, and the job finishes."""
        if self.job.watch is None:
            return "the job does not run"
        self._settle()
        self._refuse_idle()
        with self.account.phase("settle"), self.job.expecting_failure():
            self.job.stop(self.deadline, drain=True)
        with self.account.phase("settle"):
            self.expectations.wait_until_visible()
        self.expectations.forget()
        return ""

    def _refuse_idle(self) -> None:
        watch = self.job.running()
        idle = [o for o in watch.watched.cluster.operators(watch.watched.job) if o.idle]
        if idle:
            names = ", ".join(f"{o.name}, subtask {o.subtask}" for o in idle)
            raise SettleTimeout(
                "the end of the input would lose the last windows: a source is idle",
                detail=f"idle: {names}",
                hint="a source that is idle drops the watermark of the end; take `with_idleness` or "
                "`idle-timeout` out of the job's configuration, or leave `advance` out of the scenario",
            )

    def _stop(self, step: Stop) -> str:
        with self.account.phase("settle"), self.job.expecting_failure():
            self.savepoints[step.savepoint] = self.job.stop(self.deadline)
        return ""

    def _start(self, step: Start) -> str:
        self.expectations.forget()
        self._submit(
            Restore(
                savepoint=self.savepoints[step.savepoint] if step.savepoint else None,
                drop_state=step.drop_state,
                parallelism=step.parallelism,
                version=step.version,
            )
        )
        return ""

    def _strike(self, step: Fault) -> str:
        watch = self.job.running()
        self.job.expect_restart()
        self.unsettled = True
        return faults.strike(step, watch, Path(self.lease.grant.folder))

    def _partitions(self) -> set[Partition]:
        sources = self.plan.pipeline.sources
        return {
            (self.plan.names[name], partition)
            for name, place in sources.items()
            if place.system is System.KAFKA
            for partition in range(place.partitions)
        }

    def _settle(self) -> None:
        """Wait until all that was sent is processed and committed, and visible in every sink."""
        watch = self.job.watch
        if watch is None or self.job.failed is not None or not self.unsettled:
            return
        targets = {
            (self.plan.names[source], partition): offset
            for source, sent in self.sent.items()
            for partition, offset in sent.last.items()
        }
        with self.account.phase("settle"), self.job.expecting_failure():
            left = Deadline(self.deadline.left)
            self.job.await_restart(left)
            proof = completion.settle(watch, targets, left)
            self.account.proofs.append(proof)
            self.job.recover()
        if self.job.failed is None:
            with self.account.phase("settle"):
                self.expectations.wait_until_visible()
        self.expectations.forget()
        self.unsettled = False

    def _always(self) -> None:
        """The rules that hold unless a scenario says otherwise."""
        with self.account.phase("expect"):
            self.account.failures += self.expectations.always(self.job.own_restarts(), self.job.cause)


def _name(step: Step) -> str:
    match step:
        case Send():
            return f"send {step.source}"
        case Put() | Remove():
            return f"{type(step).__name__.lower()} {step.table}"
        case Evolve():
            return f"evolve {step.source}"
        case ExpectRows():
            return f"expect {step.sink}"
        case ExpectJob():
            return "expect job"
        case ExpectSchema():
            return "expect schema"
        case ExpectConserved():
            return f"expect {', '.join(step.sinks)}"
        case _:
            return type(step).__name__.lower()
