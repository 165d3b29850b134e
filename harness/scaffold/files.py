"""What was found out as files: a pipeline that explains itself, a first scenario, and what they refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.scaffold import editor_schema, flink_types, samples
from harness.scaffold.found import FoundJob, FoundPlace, Saved
from harness.scenario.model import System
from harness.scenario.places.places import Role
from harness.scenario.rewrite.forms import YamlForm

_SECTIONS = {Role.SOURCE: "sources", Role.TABLE: "tables", Role.SINK: "sinks"}
_EXPLAINED = {
    Role.SOURCE: "What the job reads; a scenario sends rows there.",
    Role.TABLE: "What the job looks up; a scenario puts rows into it.",
    Role.SINK: "What the job writes; a scenario says what it must hold.",
}
_STUB = "# TODO: the job under test, as it is; then delete this file or name yours in the pipeline\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Everything that was found out.

    Attributes:
        name: The name of the pipeline.
        job: The job, or None if there is none to look at.
        places: Its sources, tables and sinks.
        root: The folder of the project.
        folder: Where the files go.
    """

    name: str
    job: FoundJob | None
    places: tuple[FoundPlace, ...]
    root: Path
    folder: Path


def files_of(project: Project) -> list[Saved]:
    """All files, the pipeline first."""
    job = project.job or FoundJob(
        kind="python", path=f"{project.name}_job.py", connectors=_connectors(project)
    )
    places = [_completed(place) for place in project.places]
    ddl = [place.ddl for place in places if place.ddl]
    files = [
        Saved(
            name=f"{project.name}.pipeline.yaml",
            text="".join(f"{line}\n" for line in _pipeline(project, job, places)),
        ),
        Saved(name=f"{project.name}.scenario.yaml", text=_scenario(project, places)),
    ]
    files += [Saved(name=f"{project.name}.sql", text="\n".join(ddl))] if ddl else []
    files += [place.schema for place in places if place.schema is not None]
    if project.job is None:
        files.append(Saved(name=job.path, text=_STUB))
    return files


def _connectors(project: Project) -> tuple[str, ...]:
    systems = {place.system for place in project.places}
    formats = {place.format for place in project.places}
    wanted = (
        ("kafka", System.KAFKA in systems),
        ("jdbc-postgres", System.POSTGRES in systems),
        ("avro-confluent", "avro-confluent" in formats),
    )
    return tuple(name for name, is_wanted in wanted if is_wanted)


def _completed(place: FoundPlace) -> FoundPlace:
    """The place with a schema, where it needs one and nobody had it."""
    if place.system is not System.KAFKA:
        return place
    format_ = place.format or "json"
    if format_ in ("json", "raw"):
        return replace(place, format=format_)
    if place.schema is not None:
        return replace(place, columns={})
    if place.role is Role.SINK:
        return replace(place, columns={}, types={})
    ending, text = flink_types.schema_text(format_, place.name, place.columns)
    flat = {name: type_ for name, type_ in place.types.items() if "." not in name}
    todo = (*place.todo, f"put your schema into {place.name}{ending}; this one is made of the job's columns")
    saved = Saved(name=f"{place.name}{ending}", text=text)
    return replace(place, columns={}, types=flat, schema=saved, todo=todo)


def _pipeline(project: Project, job: FoundJob, places: Sequence[FoundPlace]) -> Iterator[str]:
    yield editor_schema.modeline(editor_schema.PIPELINE, project.root, project.folder).rstrip()
    yield "# How the job is run and where it reads and writes. Written once; every scenario refers to it."
    yield f"pipeline: {_plain(project.name)}"
    yield "# The version of Flink: 1.20 or 2.2, or a list of both."
    yield 'flink: "1.20"'
    yield "job:"
    yield from _todo(job.todo if project.job else ("name your job: `python`, `sql` or `jar`",), "  ")
    yield "  # The job as it is; nothing in it has to change."
    yield f"  {job.kind}: {_plain(job.path)}"
    if job.args:
        yield "  # Its options. `${...}` is filled in for each scenario."
        yield f"  args: [{', '.join(_flow(text) for text in job.args)}]"
    if job.env:
        yield "  # The environment variables that it reads. `${...}` is filled in for each scenario."
        yield "  env:"
        yield from (f"    {name}: {_plain(text)}" for name, text in job.env.items())
    if job.connectors:
        yield "  # The connectors that it needs beside Flink; jars and coordinates work too."
        yield f"  connectors: [{', '.join(job.connectors)}]"
    if any(place.ddl for place in places):
        yield "services:"
        yield "  # Makes the tables; every scenario has a database of its own."
        yield f"  postgres: {{schema: {_flow(f'{project.name}.sql')}}}"
    for role, section in _SECTIONS.items():
        found = [place for place in places if place.role is role]
        if found:
            yield f"# {_EXPLAINED[role]}"
            yield f"{section}:"
            for place in found:
                yield f"  {place.name}:"
                yield from _place(place)


def _place(place: FoundPlace) -> Iterator[str]:
    yield from _todo(place.todo, "    ")
    if place.system is System.POSTGRES:
        yield f"    postgres: {_plain(place.address or '')}"
        yield "    # What identifies a row."
        yield f"    key: [{', '.join(_flow(name) for name in place.key)}]"
        return
    if place.address is None:
        yield "    # A new topic for each scenario; the job is told its name above."
        yield "    kafka: <fresh>"
    else:
        yield "    # Exactly this topic; two scenarios never share it at a time."
        yield f"    kafka: {_plain(place.address)}"
    if place.partitions is not None:
        yield f"    partitions: {place.partitions}"
    yield "    # How bytes become fields."
    yield f"    format: {place.format}"
    if place.schema is not None:
        yield f"    schema: {_plain(place.schema.name)}"
    if place.columns:
        yield "    # The types of the fields; one that is left out is read as JSON."
        yield f"    columns: {_mapping(place.columns)}"
    if place.times:
        yield "    # Numbers that are times, so that `T+5s` works in them."
        yield f"    times: {_mapping(place.times)}"
    if place.key:
        is_sink = place.role is Role.SINK
        yield "    # What identifies a row." if is_sink else "    # What goes into the key of a record."
        yield f"    key: [{', '.join(_flow(name) for name in place.key)}]"
    if place.upsert and place.role is Role.SINK and place.key:
        yield "    # The last record of a key counts, and one without a value deletes."
        yield "    mode: upsert"
    if place.event_time and place.role is Role.SOURCE:
        yield "    # The field that the job's watermark follows."
        yield f"    event_time: {_plain(place.event_time)}"


def _scenario(project: Project, places: Sequence[FoundPlace]) -> str:
    sections: dict[str, list[str]] = {"given": [], "when": [], "then": []}
    for place in places:
        table = samples.table_of(place, "      ")
        if place.role is Role.SINK:
            sections["then"].append(f"  - {{expect: {place.name}, count: <at least 1>}}\n")
        elif table is not None:
            verb, section = ("put", "given") if place.role is Role.TABLE else ("send", "when")
            sections[section].append(f"  - {verb}: {place.name}\n    rows: |\n{table}")
        elif place.role is Role.SOURCE:
            line = f"  # TODO: say the fields of a row\n  - {{send: {place.name}, rows: [{{id: 1}}]}}\n"
            sections["when"].append(line)
    sections["then"] = sections["then"] or ["  - {expect: job, state: running}\n"]
    comments = {
        "given": "# What is there before the job starts.",
        "when": "# What happens. T is the scenario's time. The values are made up: put in your own.",
        "then": "# What must be there when all is processed. Instead of a count, write `rows: |` and a\n"
        "# table of what you expect; `harness accept` puts into it what is there.",
    }
    parts = [editor_schema.modeline(editor_schema.SCENARIO, project.root, project.folder)]
    parts.append("# What the scenario shows, in a sentence.\nscenario: what is sent arrives\n")
    parts.append(f"pipeline: {_plain(project.name)}\n")
    for section, steps in sections.items():
        if steps:
            parts.append(f"{comments[section]}\n{section}:\n{''.join(steps)}")
    return "".join(parts)


def _todo(sentences: Iterable[str], indent: str) -> Iterator[str]:
    for sentence in dict.fromkeys(sentences):
        yield f"{indent}# TODO: {sentence}"


def _mapping(values: Mapping[str, str]) -> str:
    form = YamlForm(flow=True)
    return "{" + ", ".join(f"{form.key(name)}: {_flow(value)}" for name, value in values.items()) + "}"


def _plain(text: str) -> str:
    return YamlForm(flow=False).scalar(text)


def _flow(text: str) -> str:
    return YamlForm(flow=True).scalar(text)
