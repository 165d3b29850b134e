"""One scenario on its lease: its steps in order, and the rules that hold unless it says otherwise."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from harness.clock import Deadline, monotonic
from harness.codecs.moments import Moment
from harness.engine.account import Account
from harness.engine.job import FollowedJob
from harness.engine.schemas import Schemas
from harness.environment import Lease
from harness.events import Emit, StepFinished
from harness.expectation import Expectations, JobFacts, Outcome, is_fault
from harness.flink import completion
from harness.flink.cluster import Partition
from harness.inputs import kafka as kafka_input
from harness.inputs import postgres as postgres_input
from harness.plan import Plan
from harness.result import Status, StepResult
from harness.scenario.model import (
    EXPECTATIONS,
    Evolve,
    Expectation,
    ExpectConserved,
    ExpectJob,
    ExpectRows,
    ExpectSchema,
    Put,
    Remove,
    Send,
    Settle,
    Step,
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
            with self.account.phase("submit"):
                watch = self.job.submit(stack, self.deadline)
            with self.account.phase("ready"), self.job.expecting_failure():
                completion.wait_until_ready(watch, self._partitions(), self.deadline)
            for number, step in enumerate(scenario.steps):
                self.step(step, scenario.phase_of(number))
            self._settle()
            self._always()

    # Steps

    def step(self, step: Step, phase: str = "") -> None:
        """One step of a phase of the scenario, timed, an event."""
        began = monotonic()
        name, note, status = _name(step), "", Status.ERROR
        self.expectations.had_fault |= is_fault(step)
        try:
            self.lease.check()
            outcome = self._expect(step) if isinstance(step, EXPECTATIONS) else Outcome(note=self._do(step))
            note = outcome.note
            status = Status.FAILED if outcome.failures else Status.PASSED
            self.account.failures += [replace(failure, phase=phase) for failure in outcome.failures]
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
            case _:
                # Refused before the lease was asked for.
                raise AssertionError(f"{step} cannot be run")

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
                    facts = JobFacts(
                        state=self.job.state(),
                        restarts=self.job.restarts(),
                        cause=self.job.cause(),
                        metrics=self.job.metrics(step.metrics, step.location),
                        late=None if step.late is None else self.job.late(step.location),
                    )
                    return self.expectations.job(step, facts)

    def _send(self, step: Send) -> str:
        place = self.plan.pipeline.sources[step.source]
        grant = self.lease.grant
        assert grant.kafka is not None
        records = kafka_input.payloads(place, step.rows, self.clock, self.schemas.of(step.source))
        sent = self.sent.setdefault(step.source, kafka_input.Sent())
        kafka_input.send(grant.kafka.internal, self.plan.names[step.source], records, sent)
        self.expectations.sent(step, self.schemas.of(step.source))
        self.unsettled = True
        return f"{len(records)} records"

    def _write_table(self, step: Put | Remove) -> str:
        place = self.plan.pipeline.place(step.table)
        grant = self.lease.grant
        assert place is not None
        assert grant.postgres is not None
        write = postgres_input.put if isinstance(step, Put) else postgres_input.remove
        count = write(grant.postgres, place, step.rows, self.clock)
        self.expectations.forget()
        return f"{count} rows"

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
            proof = completion.settle(watch, targets, Deadline(self.deadline.left))
            self.account.proofs.append(proof)
        if self.job.failed is None:
            with self.account.phase("settle"):
                self.expectations.wait_until_visible()
        self.expectations.forget()
        self.unsettled = False

    def _always(self) -> None:
        """The rules that hold unless a scenario says otherwise."""
        with self.account.phase("expect"):
            self.account.failures += self.expectations.always(self.job.restarts(), self.job.cause)
            self.account.left_out = self.expectations.left_out


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
