"""Runs one planned scenario: lease, given, submit, ready, steps, verdict.

FAILED is only said when an expectation was held against what a sink holds, or a rule against what
the job did. Everything else that goes wrong is ERROR: nobody can tell.
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import assert_never

from harness.clock import Deadline, monotonic, poll
from harness.codecs.moments import Moment
from harness.environment import Environment, Lease
from harness.errors import HarnessError, JobError
from harness.events import Emit, Progress, ScenarioFinished, ScenarioStarted, StepFinished
from harness.evidence import keep
from harness.expectation import Expectations
from harness.flink import completion, mounts, submission
from harness.flink.cluster import Cluster, Partition
from harness.flink.completion import JobFailed, Watched
from harness.inputs import kafka as kafka_input
from harness.inputs import postgres as postgres_input
from harness.location import shown
from harness.plan import Plan, bind
from harness.result import Failure, Proof, ScenarioResult, Status, StepResult, Trouble
from harness.scenario.model import (
    ExpectJob,
    ExpectRows,
    Put,
    Remove,
    Send,
    Settle,
    Step,
    System,
)

LEASE_WAIT_S = 120.0
"""How long a scenario waits for what others hold, before its own time begins."""
BLAME_S = 0.5
"""A connection breaks some milliseconds before the death of its service is known."""


@dataclass(kw_only=True)
class Account:
    """What a run of a scenario has come to so far."""

    steps: list[StepResult] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    phases: dict[str, float] = field(default_factory=dict)
    trouble: Trouble | None = None
    evidence: tuple[str, ...] = ()

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the time of a block into a phase."""
        began = monotonic()
        try:
            yield
        finally:
            self.phases[name] = self.phases.get(name, 0.0) + monotonic() - began

    @property
    def status(self) -> Status:
        """The verdict as far as it is known."""
        if self.trouble is not None:
            return Status.ERROR
        return Status.FAILED if self.failures else Status.PASSED


def run(plan: Plan, environment: Environment, emit: Emit, evidence: Path) -> ScenarioResult:
    """Run one scenario; whatever happens, the answer is a result.

    Only an interrupt or a fault of our own passes through as an exception.

    Args:
        plan: What to do.
        environment: Where.
        emit: Told of everything that happens.
        evidence: Folder that receives output and logs of a scenario that does not pass.
    """
    scenario = plan.scenario
    emit(ScenarioStarted(scenario.id, scenario.name))
    began = monotonic()
    account = Account()
    if scenario.skip is None:
        try:
            _lease_and_run(plan, environment, emit, account, evidence)
        except HarnessError as error:
            account.trouble = trouble(error)
    result = ScenarioResult(
        id=scenario.id,
        name=scenario.name,
        pipeline=plan.pipeline.name,
        status=account.status,
        seconds=monotonic() - began,
        location=scenario.location,
        flink=plan.flink,
        steps=tuple(account.steps),
        failures=tuple(account.failures),
        trouble=account.trouble,
        proofs=tuple(account.proofs),
        phases=dict(account.phases),
        known_failure=scenario.known_failure,
        rerun=f"harness run {shown(scenario.location.path)} -k {shlex.quote(scenario.name)}",
        evidence=account.evidence,
    )
    if scenario.skip is not None:
        result = replace(result, status=Status.SKIPPED, skipped_because=scenario.skip)
    elif scenario.known_failure is not None:
        result = known_failure(result, scenario.known_failure)
    emit(ScenarioFinished(result))
    return result


def known_failure(result: ScenarioResult, why: str) -> ScenarioResult:
    """The result of a scenario that is known to fail: a pass is a failure, so that the mark goes away."""
    if result.status is Status.FAILED:
        return replace(result, status=Status.SKIPPED, skipped_because=f"known failure: {why}")
    if result.status is Status.PASSED:
        fact = "it passes now: take its `known_failure` away"
        surprise = Failure(message=fact, location=result.location, subject="scenario")
        return replace(result, status=Status.FAILED, failures=(surprise,))
    return result


def trouble(error: HarnessError) -> Trouble:
    """An error as part of a result."""
    return Trouble(
        kind=type(error).__name__,
        message=error.message,
        detail=error.detail,
        hint=error.hint,
        location=error.location,
    )


def _lease_and_run(
    plan: Plan, environment: Environment, emit: Emit, account: Account, evidence: Path
) -> None:
    def progress(subject: str, phase: str, seconds: float) -> None:
        emit(Progress(subject, phase, seconds))

    with contextlib.ExitStack() as stack:
        with account.phase("lease"):
            lease = stack.enter_context(
                environment.lease(plan.needs, label=plan.scenario.id, wait_s=LEASE_WAIT_S, progress=progress)
            )
        try:
            _Run(plan, lease, emit, account).go()
        except HarnessError:
            account.evidence = keep(lease.grant, plan.scenario, evidence)
            _blame(lease)
            raise
        if account.failures:
            account.evidence = keep(lease.grant, plan.scenario, evidence)
            # Wrong rows because a service died are no wrong rows.
            _blame(lease)


def _blame(lease: Lease) -> None:
    """Raise the death of a leased service, if there was one: it explains everything else."""
    found: list[HarnessError] = []

    def died() -> bool:
        try:
            lease.check()
        except HarnessError as error:
            found.append(error)
        return bool(found)

    if poll(died, Deadline(BLAME_S)):
        raise found[0]


class _Run:
    """One scenario on its lease."""

    def __init__(self, plan: Plan, lease: Lease, emit: Emit, account: Account) -> None:
        self.plan = plan
        self.lease = lease
        self.emit = emit
        self.account = account
        self.clock = Moment.from_text(plan.scenario.T)
        self.deadline = Deadline(plan.timeout_s)
        self.sent: dict[str, kafka_input.Sent] = {}
        self.job: Watched | None = None
        self.job_failed: JobFailed | None = None
        self.unsettled = True
        self.expectations = Expectations(plan, lease.grant, self.clock)

    def go(self) -> None:
        """Everything from the given steps to the rules that always hold."""
        scenario = self.plan.scenario
        with contextlib.ExitStack() as stack:
            with self.account.phase("given"):
                for step in scenario.given:
                    self.step(step)
            with self.account.phase("submit"):
                watched = self._submit(stack)
                self.job = watched
            with self.account.phase("ready"), self._expecting_failure():
                completion.wait_until_ready(watched, self._partitions(), self.deadline)
            for step in scenario.steps:
                self.step(step)
            self._settle()
            self._always()

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
            case ExpectRows():
                self._settle()
                with self.account.phase("expect"):
                    failure = self.expectations.rows(step)
            case ExpectJob():
                self._settle()
                with self.account.phase("expect"):
                    failure = self.expectations.job(step, self._state(), self._restarts(), self._cause())
            case _:
                assert_never(step)
        if failure is not None:
            self.account.failures.append(failure)
        return ""

    def _send(self, step: Send) -> str:
        place = self.plan.pipeline.sources[step.source]
        grant = self.lease.grant
        assert grant.kafka is not None
        records = kafka_input.payloads(place, step.rows, self.clock)
        sent = self.sent.setdefault(step.source, kafka_input.Sent())
        kafka_input.send(grant.kafka.bootstrap_servers, self.plan.names[step.source], records, sent)
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

    # The job

    def _submit(self, stack: contextlib.ExitStack) -> Watched:
        plan, lease = self.plan, self.lease
        flink = lease.grant.flink
        assert flink is not None
        bound = bind(plan, lease.grant)
        script = submission.Script(
            path=Path(plan.pipeline.job.path),
            python=plan.python,
            folder=plan.pipeline.folder,
            location=plan.pipeline.job.location,
            args=bound.args,
            env=bound.env,
            config=bound.config,
            mounts=mounts.prepare(bound.files, Path(lease.grant.data)) if bound.files else None,
        )
        cluster = Cluster(flink)
        stack.callback(cluster.close)
        jobs = submission.submit(lease, script, self.deadline)
        if len(jobs) > 1:
            raise JobError(
                f"{script.path.name} submitted {len(jobs)} jobs, and only one can be followed yet",
                hint="put its INSERTs into one statement set",
                location=script.location,
            )
        return Watched(job=jobs[0], cluster=cluster, folder=plan.pipeline.folder, alive=lease.check)

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
        if self.job is None or self.job_failed is not None or not self.unsettled:
            return
        targets = {
            (self.plan.names[source], partition): offset
            for source, sent in self.sent.items()
            for partition, offset in sent.last.items()
        }
        with self.account.phase("settle"), self._expecting_failure():
            proof = completion.settle(self.job, targets, Deadline(self.deadline.left))
            self.account.proofs.append(proof)
        if self.job_failed is None:
            with self.account.phase("settle"):
                self.expectations.wait_until_visible()
        self.expectations.forget()
        self.unsettled = False

    @contextlib.contextmanager
    def _expecting_failure(self) -> Iterator[None]:
        """Keep the failure of a job that the scenario expects to fail; else it is an error."""
        try:
            yield
        except JobFailed as failed:
            if not self._failure_expected():
                raise self._job_error(failed) from failed
            self.job_failed = failed

    def _failure_expected(self) -> bool:
        return any(
            isinstance(step, ExpectJob)
            and (step.fails_with is not None or step.state in ("failed", "finished"))
            for step in self.plan.scenario.steps
        )

    def _job_error(self, failed: JobFailed) -> JobError:
        if failed.state == "RESTARTING":
            fact = f"the job restarts for ever: {failed.restarts} times with the same cause and no progress"
        else:
            fact = (
                f"the job {failed.state.lower()}" if failed.state != "CANCELED" else "the job was cancelled"
            )
        positions = ", ".join(
            f"{t}[{p}] at offset {o}" for (t, p), o in sorted(failed.positions.items()) if o >= 0
        )
        parts = [
            failed.cause.text() if failed.cause else None,
            f"its sources stood at {positions}" if positions else None,
        ]
        return JobError(
            fact,
            detail="\n".join(filter(None, parts)) or None,
            location=self.plan.pipeline.job.location,
        )

    def _state(self) -> str:
        if self.job_failed is not None:
            return {"FINISHED": "finished", "CANCELED": "cancelled"}.get(self.job_failed.state, "failed")
        assert self.job is not None
        return self.job.cluster.state(self.job.job).lower()

    def _restarts(self) -> int:
        if self.job_failed is not None:
            return self.job_failed.restarts
        assert self.job is not None
        return self.job.cluster.positions(self.job.job).restarts

    def _cause(self) -> str | None:
        if self.job_failed is not None:
            return self.job_failed.cause.text() if self.job_failed.cause else None
        assert self.job is not None
        cause = completion.Watch(self.job).cause()
        return cause.text() if cause else None

    def _always(self) -> None:
        """The rules that hold unless a scenario says otherwise."""
        with self.account.phase("expect"):
            self.account.failures += self.expectations.always(self._restarts(), self._cause)


def _name(step: Step) -> str:
    match step:
        case Send():
            return f"send {step.source}"
        case Put():
            return f"put {step.table}"
        case Remove():
            return f"remove {step.table}"
        case Settle():
            return "settle"
        case ExpectRows():
            return f"expect {step.sink}"
        case ExpectJob():
            return "expect job"
        case _:
            assert_never(step)
