"""The verdict on one planned scenario: its lease, its run, and what became of it.

FAILED is only said when an expectation was held against what a sink holds, or a rule against what
the job did. Everything else that goes wrong is ERROR: nobody can tell.
"""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from harness.clock import Deadline, monotonic, poll
from harness.engine import layout
from harness.engine.account import Account
from harness.environment import Environment, Lease
from harness.errors import HarnessError, InvalidFiles, JobError, PlanError, SettleTimeout
from harness.events import Emit, Progress, ScenarioFinished, ScenarioStarted
from harness.evidence import WHY_NOT, keep, masked
from harness.flink.report_pipe import NeedsJars
from harness.location import shown
from harness.managed_flink.package import RUN_OPTIONS, open_package
from harness.plan import Plan
from harness.result import Failure, ScenarioResult, Status, Trouble, to_json
from harness.scenario import runnable
from harness.scenario.model import JobKind

Told = TypeVar("Told", Failure, Trouble)

LEASE_WAIT_S = 120.0
"""How long a scenario waits for what others hold, before its own time begins."""
BLAME_S = 0.5
"""A connection breaks some milliseconds before the death of its service is known."""


def run(
    plan: Plan,
    environment: Environment,
    emit: Emit,
    *,
    evidence: Path,
    cache: Path,
    jars: MutableMapping[str, tuple[str, ...]],
) -> ScenarioResult:
    """Run one scenario; whatever happens, the answer is a result.

    Only an interrupt or a fault of our own passes through as an exception.

    Args:
        plan: What to do.
        environment: Where.
        emit: Told of everything that happens.
        evidence: Folder that receives output and logs of a scenario that does not pass.
        cache: Where a package is unpacked.
        jars: What scripts were found to name beside the cluster's own, by script; added to here, so
            that only the first scenario of a script has to find out.
    """
    scenario = plan.scenario
    script = plan.pipeline.job.path
    plan = plan.with_jars(jars.get(script, ()))
    emit(ScenarioStarted(plan.id, plan.title))
    began = monotonic()
    account = Account()
    if scenario.skip is None:
        try:
            _refuse(plan)
            plan = _unpacked(plan, cache)
            _lease_and_run(plan, environment, emit, account, evidence)
        except NeedsJars as wanted:
            # The cluster of another set of jars: what was done on the first one is done again there.
            account.steps.clear()
            jars[script] = (*jars.get(script, ()), *wanted.paths)
            account.trouble = _again(plan.with_jars(wanted.paths), environment, emit, account, evidence)
        except HarnessError as error:
            account.trouble = trouble(error)
    result = ScenarioResult(
        id=plan.id,
        name=plan.title,
        pipeline=plan.pipeline.name,
        status=account.status,
        seconds=monotonic() - began,
        location=scenario.location,
        flink=plan.flink,
        steps=tuple(account.steps),
        failures=tuple(_without_secrets(failure, account.secrets) for failure in account.failures),
        trouble=_without_secrets(account.trouble, account.secrets) if account.trouble else None,
        proofs=tuple(account.proofs),
        phases=dict(account.phases),
        known_failure=scenario.known_failure,
        rerun=_rerun(plan),
        evidence=account.evidence,
        example=scenario.example,
        left_out=account.left_out,
        metrics=account.metrics,
    )
    if scenario.skip is not None:
        result = replace(result, status=Status.SKIPPED, skipped_because=scenario.skip)
    elif scenario.known_failure is not None:
        result = known_failure(result, scenario.known_failure)
    emit(ScenarioFinished(result))
    return result


def _rerun(plan: Plan) -> str:
    scenario = plan.scenario
    version = f" --flink {plan.flink}" if plan.mark else ""
    return f"harness run {shown(scenario.location.path)} -k {shlex.quote(scenario.name)}{version}"


def _refuse(plan: Plan) -> None:
    """Raise what keeps a scenario from being run, before anything is started for it.

    Raises:
        InvalidFiles: It needs what this version or its layout of Flink cannot do, all of it at once.
    """
    hindrances = (*runnable.hindrances(plan.scenario), *layout.hindrances(plan))
    if hindrances:
        raise InvalidFiles(hindrances)


def _unpacked(plan: Plan, cache: Path) -> Plan:
    """The plan with the package of its job, if it has one."""
    job = plan.pipeline.job
    if job.kind is not JobKind.MANAGED_FLINK or plan.runs_jar:
        return plan
    options = {key: text.value for key, text in job.properties.get(RUN_OPTIONS, {}).items()}
    try:
        return plan.with_package(open_package(Path(job.path), options, cache))
    except PlanError as error:
        error.location = error.location or job.location
        raise


def _without_secrets(found: Told, secrets: tuple[str, ...]) -> Told:
    detail = masked(found.detail, secrets) if found.detail else found.detail
    told = replace(found, message=masked(found.message, secrets), detail=detail)
    if isinstance(told, Trouble):
        obstacles = tuple(replace(one, text=masked(one.text, secrets)) for one in told.obstacles)
        return replace(told, obstacles=obstacles)
    return told


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
        detail=error.render() if isinstance(error, InvalidFiles) else error.detail,
        hint=error.hint,
        location=error.location,
        obstacles=error.obstacles if isinstance(error, SettleTimeout) else (),
        suspects=error.suspects if isinstance(error, JobError) else (),
    )


def _again(
    plan: Plan, environment: Environment, emit: Emit, account: Account, evidence: Path
) -> Trouble | None:
    try:
        _lease_and_run(plan, environment, emit, account, evidence)
    except NeedsJars as wanted:
        fact = "the script names jars that cannot be read, or other ones each time"
        location = plan.pipeline.job.location
        return trouble(JobError(fact, detail="\n".join(wanted.paths), location=location))
    except HarnessError as error:
        return trouble(error)
    return None


def _lease_and_run(
    plan: Plan, environment: Environment, emit: Emit, account: Account, evidence: Path
) -> None:
    def progress(subject: str, phase: str, seconds: float) -> None:
        emit(Progress(subject, phase, seconds))

    with contextlib.ExitStack() as stack:
        with account.phase("lease"):
            lease = stack.enter_context(
                environment.lease(plan.needs, label=plan.id, wait_s=LEASE_WAIT_S, progress=progress)
            )
        account.secrets = lease.grant.secrets
        # The clients of Kafka and Postgres take a tenth of a second to import: a lease is asked for first.
        from harness.engine.scenario_run import ScenarioRun

        try:
            ScenarioRun(plan, lease, emit, account).go()
        except HarnessError as error:
            _write_obstacles(error, Path(lease.grant.folder))
            account.evidence = keep(lease.grant, plan.scenario, evidence, plan.mark)
            _blame(lease)
            raise
        if account.failures:
            account.evidence = keep(lease.grant, plan.scenario, evidence, plan.mark)
            # Wrong rows because a service died are no wrong rows.
            _blame(lease)


def _write_obstacles(error: HarnessError, folder: Path) -> None:
    """Put what stood in the way of a job beside its output, to be kept with it."""
    if isinstance(error, SettleTimeout) and error.obstacles:
        text = json.dumps(to_json(error.obstacles), indent=2, ensure_ascii=False)
        with contextlib.suppress(OSError):
            (folder / WHY_NOT).write_text(f"{text}\n")


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
