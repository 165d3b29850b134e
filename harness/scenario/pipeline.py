"""A pipeline file to the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import Problem
from harness.location import Location
from harness.scenario import filename, references, source, steps, vocabulary
from harness.scenario import job as jobs
from harness.scenario import places as places_of
from harness.scenario.cells import Cells
from harness.scenario.model import Job, Pipeline, PostgresOptions, Step, System, Text
from harness.scenario.nodes import ListNode, MapNode, kind
from harness.scenario.places import Places, Role
from harness.scenario.problems import Problems
from harness.scenario.reader import Fields
from harness.scenario.step_rows import Surroundings

VERSIONS = ("1.20", "2.2")
DEFAULT_VERSION = "1.20"


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
    documents = source.read(path, problems)
    pipeline = None
    places = Places(complete=False)
    if documents == () and not problems:
        problems.add(Location(path), "the file holds no pipeline", "it begins with `pipeline: NAME`")
    elif documents:
        if len(documents) > 1:
            problems.add(
                documents[1].location, "a pipeline file holds one pipeline", "a second one is a second file"
            )
        root = documents[0]
        if isinstance(root, MapNode):
            pipeline, places = _read_pipeline(Fields(root, vocabulary.PIPELINE, problems), path)
        else:
            problems.add(
                root.location, f"a pipeline is a mapping, not {kind(root)}", "it begins with `pipeline: NAME`"
            )
    return PipelineFile(path, None if len(problems) else pipeline, places, problems.found())


def _read_pipeline(fields: Fields, path: Path) -> tuple[Pipeline | None, Places]:
    folder = path.parent
    fields.need("pipeline", "as in `pipeline: orders`")
    name = fields.text("pipeline")
    if name and "${" in name:
        fields.problems.add(fields.where("pipeline"), "the name of a pipeline cannot hold `${...}`")
    places = places_of.read(fields)
    job = jobs.read(fields, folder)
    files = _read_files(fields, folder)
    used = frozenset[str]()
    if job is not None:
        texts = (*job.args, *job.env.values(), *job.config.values(), *files.values())
        used = references.check(texts, places, fields.problems)
        references.check_fresh(places, used, fields.problems)
    fields.choice("finish", ("settle",), ("end_of_input",))
    pipeline_of = _Whole(fields, places, job, files)
    return pipeline_of.build(name, used), places


@dataclass(frozen=True, slots=True)
class _Whole:
    """The parts that are read, and those that still stand in the tree."""

    fields: Fields
    places: Places
    job: Job | None
    files: Mapping[str, Text]

    def build(self, name: str | None, used: frozenset[str]) -> Pipeline | None:
        fields, places = self.fields, self.places
        flink = _read_versions(fields)
        services, postgres = _read_services(fields)
        given = _read_given(fields, places)
        if name is None or self.job is None:
            return None
        systems = {place.system.value for place in places.good.values()}
        referred = {reference.partition(".")[0] for reference in used}
        return Pipeline(
            name=name,
            location=fields.location,
            flink=flink,
            job=self.job,
            sources=places.of(Role.SOURCE),
            tables=places.of(Role.TABLE),
            sinks=places.of(Role.SINK),
            files=self.files,
            postgres=postgres,
            services=frozenset(services | systems | (referred & {system.value for system in System})),
            given=given,
        )


def _read_versions(fields: Fields) -> tuple[str, ...]:
    if "flink" not in fields:
        return (DEFAULT_VERSION,)
    versions = fields.names("flink")
    for text in versions:
        if text.value not in VERSIONS:
            hint = vocabulary.suggest(text.value, VERSIONS, what="versions")
            fields.problems.add(text.location, f"Flink `{text.value}` is not supported", hint)
    node = fields.take("flink")
    if isinstance(node, ListNode) and not node.items:
        fields.problems.add(node.location, "an empty list of versions", 'as in `flink: ["1.20"]`')
    return tuple(text.value for text in versions)


def _read_services(fields: Fields) -> tuple[set[str], PostgresOptions]:
    problems = fields.problems
    node = fields.mapping("services")
    if node is None:
        return set(), PostgresOptions()
    services = Fields(node, vocabulary.SERVICES, problems)
    kafka = services.mapping("kafka")
    if kafka:
        Fields(kafka, vocabulary.KAFKA_SERVICE, problems)
    options = services.mapping("postgres")
    postgres = PostgresOptions()
    if options:
        schema = Fields(options, vocabulary.POSTGRES_SERVICE, problems).scalar("schema")
        if schema:
            folder = fields.location.path.parent
            postgres = PostgresOptions(schema=filename.resolve(schema.text, schema.content, folder, problems))
    return set(vocabulary.SERVICES.keys) & set(node.entries), postgres


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


def _read_given(fields: Fields, places: Places) -> tuple[Step, ...]:
    problems = fields.problems
    folder = fields.location.path.parent
    return steps.read(fields, "given", steps.GIVEN, Surroundings(problems, Cells(problems), places, folder))
