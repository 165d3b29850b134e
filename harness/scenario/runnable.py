"""What the language has and this version cannot run yet: known before anything is started."""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import Problem
from harness.location import Location
from harness.scenario.language.choices import (
    LATER_CATALOGUE,
    LATER_FILE_FORMATS,
    LATER_FORMATS,
)
from harness.scenario.model import (
    JobKind,
    Link,
    Mode,
    Pipeline,
    Place,
    Reshard,
    Scenario,
    Step,
    System,
)
from harness.scenario.place_words import SERVICE_OF
from harness.scenario.vocabulary import not_yet

SYSTEMS = (System.KAFKA, System.POSTGRES, System.FOLDER, System.PRINT, System.MEMORY)
SERVICES = ("kafka", "schema_registry", "postgres")
JOBS = (JobKind.PYTHON, JobKind.SQL, JobKind.JAR, JobKind.MANAGED_FLINK, JobKind.FUNCTION)


def hindrances(scenario: Scenario) -> tuple[Problem, ...]:
    """Everything in a scenario and its pipeline that keeps it from being run, in the order of the files."""
    found = [*_of_pipeline(scenario.pipeline), *_of_scenario(scenario)]
    return tuple(Problem(location, not_yet(words)) for words, location in dict.fromkeys(found))


def _of_pipeline(pipeline: Pipeline) -> Iterator[tuple[str, Location]]:
    jobs = list(pipeline.jobs.values())
    for job in jobs:
        if job.kind not in JOBS:
            yield job.kind.value, job.location
        for connector in job.connectors:
            if connector.value in LATER_CATALOGUE:
                yield f"connectors: [{connector.value}]", connector.location
    places = (*pipeline.sources.values(), *pipeline.tables.values(), *pipeline.sinks.values())
    for place in places:
        if place.system not in SYSTEMS:
            yield place.system.value, place.location
        elif place.system is System.FOLDER:
            yield from _of_folder(place, pipeline)
        elif place.format in LATER_FORMATS:
            yield f"format: {place.format}", place.location
    placed = {SERVICE_OF.get(place.system) for place in places}
    for service in sorted(pipeline.services - set(SERVICES)):
        if service not in placed:
            yield service, pipeline.location


def _of_folder(place: Place, pipeline: Pipeline) -> Iterator[tuple[str, Location]]:
    if not place.fresh:
        yield f"folder: {place.address}", place.location
    if place.name in pipeline.tables:
        yield "folder (of a table)", place.location
    if any(place.name in job.reads for job in pipeline.jobs.values()) and place.name in pipeline.sinks:
        yield "folder (between two jobs)", place.location
    if place.mode is not Mode.APPEND and place.name in pipeline.sinks:
        yield f"mode: {place.mode.value} (of a folder)", place.location
    if place.format in LATER_FILE_FORMATS:
        yield f"format: {place.format} (of a folder)", place.location


def _of_scenario(scenario: Scenario) -> Iterator[tuple[str, Location]]:
    for proof in scenario.prove:
        yield f"prove: [{proof}]", scenario.location
    for step in scenario.steps:
        word = _of_step(step)
        if word:
            yield word, step.location


def _of_step(step: Step) -> str | None:
    match step:
        case Link():
            return step.state.value
        case Reshard():
            return "reshard"
        case _:
            return None
