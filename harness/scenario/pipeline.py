"""A pipeline file to the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.codecs.moments import Moment
from harness.errors import Problem
from harness.location import Location
from harness.scenario import filename, references, vocabulary
from harness.scenario import services as services_of
from harness.scenario.head import DEFAULT_T
from harness.scenario.job import job as jobs
from harness.scenario.job import job_links
from harness.scenario.language.choices import FLINK
from harness.scenario.language.scenario import GIVEN
from harness.scenario.model import Pipeline, Step, Text
from harness.scenario.place_words import SERVICE_OF
from harness.scenario.places import places as places_of
from harness.scenario.places.places import Places, Role
from harness.scenario.problems import Problems, TooManyProblems
from harness.scenario.rows.cells import Cells
from harness.scenario.steps import steps
from harness.scenario.steps.surroundings import Surroundings
from harness.scenario.yaml import source
from harness.scenario.yaml.nodes import ListNode, MapNode, kind
from harness.scenario.yaml.reader import Fields

DEFAULT_VERSION = FLINK[0]


@dataclass(frozen=True, slots=True)
class PipelineFile:
    """What was found in a pipeline file.

    Attributes:
        path: The file.
        pipeline: The pipeline, or None where it has problems.
        places: Its sources, tables and sinks as far as they could be read.
        problems: Everything that is wrong with it.
    """

    path: Path
    pipeline: Pipeline | None
    places: Places
    problems: tuple[Problem, ...]


def read(path: Path) -> PipelineFile:
    """The pipeline of a file, with all of its problems."""
    problems = Problems()
    places = Places()
    pipeline = None
    try:
        fields = _read_root(path, problems)
        if fields is not None:
            pipeline = _read_pipeline(fields, path.parent, places)
    except TooManyProblems:
        pass
    return PipelineFile(path, None if len(problems) else pipeline, places, problems.found())


def _read_root(path: Path, problems: Problems) -> Fields | None:
    documents = source.read(path, problems)
    if documents is None:
        return None
    hint = "it begins with `pipeline: NAME`"
    if not documents:
        if not len(problems):
            problems.add(Location(path), "the file holds no pipeline", hint)
        return None
    if len(documents) > 1:
        where = documents[1].location
        problems.add(where, "a pipeline file holds one pipeline", "a second one is a second file")
    root = documents[0]
    if isinstance(root, MapNode):
        return Fields(root, vocabulary.PIPELINE, problems)
    problems.add(root.location, f"a pipeline is a mapping, not {kind(root)}", hint)
    return None


def _read_pipeline(fields: Fields, folder: Path, places: Places) -> Pipeline | None:
    """The pipeline, and into `places` whatever can be said about its places."""
    name = _read_name(fields)
    places_of.read(fields, folder, places)
    found = jobs.read(fields, folder)
    versions = jobs.read_versions(fields, folder)
    job_links.check(found, places, fields)
    job_links.check_memory(found, places, fields.problems)
    files = _read_files(fields, folder)
    flink = _read_versions(fields)
    services = services_of.read(fields, folder)
    hosts = services_of.read_hosts(fields)
    given = _read_given(fields, folder, places)
    finish = fields.choice("finish")
    if not found:
        return None
    of_jobs = (text for job in (*found.values(), *versions.values()) for text in job.texts())
    texts = (*of_jobs, *files.values())
    used = references.check(texts, places, services, fields.problems)
    references.check_fresh(places, used, fields.problems)
    if name is None:
        return None
    referred = {reference.partition(".")[0] for reference in used} & set(vocabulary.SERVICES.keys)
    systems = {service for place in places.good.values() if (service := SERVICE_OF.get(place.system))}
    if any(place.registered for place in places.good.values()):
        systems.add("schema_registry")
    return Pipeline(
        name=name,
        location=fields.location,
        flink=flink,
        jobs=found,
        versions=versions,
        sources=places.of(Role.SOURCE),
        tables=places.of(Role.TABLE),
        sinks=places.of(Role.SINK),
        files=files,
        hosts=hosts,
        kafka=services.kafka,
        schema_registry=services.schema_registry,
        postgres=services.postgres,
        aws=services.aws,
        services=services.declared | systems | referred | set(hosts.values()),
        given=given,
        finish=finish or "settle",
    )


def _read_name(fields: Fields) -> str | None:
    if not fields.need("pipeline", "as in `pipeline: orders`"):
        return None
    name = fields.text("pipeline")
    if name and "${" in name:
        fields.problems.add(fields.where("pipeline"), "the name of a pipeline cannot hold `${...}`")
    return name


def _read_versions(fields: Fields) -> tuple[str, ...]:
    if "flink" not in fields:
        return (DEFAULT_VERSION,)
    versions = fields.names("flink")
    for text in versions:
        if text.value not in FLINK:
            hint = vocabulary.suggest(text.value, FLINK, what="versions")
            fields.problems.add(text.location, f"Flink `{text.value}` is not supported", hint)
    node = fields.take("flink")
    if isinstance(node, ListNode) and not node.items:
        fields.problems.add(node.location, "an empty list of versions", 'as in `flink: ["1.20"]`')
    return tuple(text.value for text in versions)


def _read_files(fields: Fields, folder: Path) -> Mapping[str, Text]:
    for key, _ in fields.entries("files"):
        if not key.text.startswith("/"):
            fields.problems.add(
                key.location,
                f"`{key.text}` is no absolute path",
                "a job finds it there, as in `/etc/app.json`",
            )
    files = fields.named_texts("files")
    for text in files.values():
        if "${" not in text.value:
            filename.resolve(text.value, text.location, folder, fields.problems)
    return files


def _read_given(fields: Fields, folder: Path, places: Places) -> tuple[Step, ...]:
    problems = fields.problems
    clock = Moment.from_text(DEFAULT_T)
    surroundings = Surroundings(problems, Cells(problems), places, folder, clock)
    return steps.read(fields, "given", GIVEN, surroundings)
