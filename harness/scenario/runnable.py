"""What the language has and this version cannot run yet: known before anything is started."""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import Problem
from harness.location import Location
from harness.scenario.language.choices import LATER_CATALOGUE
from harness.scenario.model import (
    Advance,
    EndOfInput,
    ExpectJob,
    Fault,
    JobKind,
    Link,
    Pipeline,
    Reshard,
    Savepoint,
    Scenario,
    Settle,
    Start,
    Step,
    Stop,
    System,
    Victim,
)
from harness.scenario.place_words import SHOWN
from harness.scenario.vocabulary import not_yet

SYSTEMS = (System.KAFKA, System.POSTGRES)
SERVICES = ("kafka", "schema_registry", "postgres")
JOBS = (JobKind.PYTHON, JobKind.JAR, JobKind.MANAGED_FLINK)


def hindrances(scenario: Scenario) -> tuple[Problem, ...]:
    """Everything in a scenario and its pipeline that keeps it from being run, in the order of the files."""
    found = [*_of_pipeline(scenario.pipeline), *_of_scenario(scenario)]
    return tuple(Problem(location, not_yet(words)) for words, location in dict.fromkeys(found))


def _of_pipeline(pipeline: Pipeline) -> Iterator[tuple[str, Location]]:
    jobs = list(pipeline.jobs.values())
    for job in jobs[1:2]:
        yield "jobs", job.location
    for job in jobs:
        if job.kind not in JOBS:
            yield job.kind.value, job.location
        for connector in job.connectors:
            if connector.value in LATER_CATALOGUE:
                yield f"connectors: [{connector.value}]", connector.location
    for place in (*pipeline.sources.values(), *pipeline.tables.values(), *pipeline.sinks.values()):
        if place.system not in SYSTEMS:
            yield place.system.value, place.location
    placed = {SHOWN[place.system] for place in pipeline.sources.values()}
    for service in sorted(pipeline.services - set(SERVICES)):
        if service not in placed:
            yield service, pipeline.location


def _of_scenario(scenario: Scenario) -> Iterator[tuple[str, Location]]:
    if scenario.finish != "settle":
        yield f"finish: {scenario.finish}", scenario.location
    for proof in scenario.prove:
        yield f"prove: [{proof}]", scenario.location
    for step in scenario.steps:
        word = _of_step(step)
        if word:
            yield word, step.location


def _of_step(step: Step) -> str | None:  # noqa: PLR0911  (one kind of step each)
    match step:
        case Settle(timers=True):
            return "settle: timers"
        case Advance():
            return "advance"
        case EndOfInput():
            return "end_of_input"
        case Stop():
            return "stop"
        case Start():
            return "start"
        case Savepoint():
            return "savepoint"
        case Fault():
            return "fail: job" if step.victim is Victim.JOB else f"kill: {step.victim.value}"
        case Link():
            return step.state.value
        case Reshard():
            return "reshard"
        case ExpectJob():
            return next((key for key in ("late", "watermark", "metrics") if getattr(step, key)), None)
        case _:
            return None
