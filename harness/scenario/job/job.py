"""`job:`, `jobs:` and `versions:`: what is under test, as its team wrote it."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

from harness.location import Location
from harness.scenario import filename, vocabulary
from harness.scenario.job import package, sql_file
from harness.scenario.language.choices import CATALOGUE, JOB_KINDS, LATER_CATALOGUE
from harness.scenario.language.keys import Vocabulary
from harness.scenario.language.pipeline import ONLY_KINDS
from harness.scenario.model import Job, JobKind, Text
from harness.scenario.problems import Problems
from harness.scenario.yaml.nodes import MapNode, Node, is_missing
from harness.scenario.yaml.nodes import kind as kind_of
from harness.scenario.yaml.reader import Fields

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_FUNCTION = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_ENDINGS = {"sql": (".sql",), "jar": (".jar",), "managed_flink": (".zip", ".jar")}
_BUILT = frozenset({"target", "build", "dist", "out"})
_CLASS = re.compile(r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)*")
_COORDINATES = re.compile(r"[\w.-]+:[\w.-]+:[\w.-]+(?::[\w.-]+)?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read(pipeline: Fields, folder: Path) -> dict[str, Job]:
    """The jobs of a pipeline by name, those that can be used; why others cannot is noted."""
    problems = pipeline.problems
    if "jobs" in pipeline:
        if "job" in pipeline:
            problems.add(
                pipeline.where("jobs"), "`job` and `jobs` contradict each other", "leave one of them out"
            )
        jobs = {}
        for key, node in pipeline.entries("jobs"):
            if not _NAME.fullmatch(key.text):
                problems.add(
                    key.location, f"`{key.text}` is no name", "a name is letters, digits, `_` and `-`"
                )
            job = _read_job(node, key.location, vocabulary.ONE_OF_JOBS, folder, problems)
            if job:
                jobs[key.text] = replace(job, name=key.text)
        return jobs
    if not pipeline.need("job", "as in `job: {python: job.py}`"):
        return {}
    only = pipeline.mapping("job")
    job = _read_job(only, pipeline.where("job"), vocabulary.JOB, folder, problems) if only else None
    return {job.name: job} if job else {}


def read_versions(pipeline: Fields, folder: Path) -> dict[str, Job]:
    """The other versions of the job: its keys, and those that differ."""
    problems = pipeline.problems
    node = pipeline.take("job")
    versions = {}
    if "versions" in pipeline and "jobs" in pipeline:
        problems.add(pipeline.where("versions"), "`versions` are those of a single `job`")
        return {}
    for key, changed in pipeline.entries("versions"):
        if not isinstance(changed, MapNode):
            hint = f"the keys of `job` that differ, as in `{key.text}: {{python: job_v2.py}}`"
            problems.add(changed.location, f"a version is a mapping, not {kind_of(changed)}", hint)
            continue
        entries = dict(node.entries) if isinstance(node, MapNode) else {}
        if any(kind in changed.entries for kind in JOB_KINDS):
            entries = {name: entry for name, entry in entries.items() if name not in JOB_KINDS}
        merged = MapNode({**entries, **changed.entries}, changed.location)
        before = len(problems)
        Fields(changed, vocabulary.VERSION, problems)
        if len(problems) == before:
            version = _read_job(merged, key.location, vocabulary.JOB, folder, problems)
            if version:
                versions[key.text] = version
    return versions


def _read_job(node: Node, where: Location, words: Vocabulary, folder: Path, problems: Problems) -> Job | None:
    if not isinstance(node, MapNode):
        problems.add(node.location, f"a job is a mapping, not {kind_of(node)}", "as in `{python: job.py}`")
        return None
    before = len(problems)
    given = [kind for kind in JOB_KINDS if kind in node.entries]
    fields = Fields(node, words, problems)
    if len(given) != 1:
        found = " and ".join(f"`{kind}`" for kind in given)
        needs = "a job needs `python`, `sql`, `jar`, `managed_flink` or `function`"
        message = f"a job is one thing, and here are {found}" if given else needs
        problems.add(where, message, "as in `job: {python: job.py}`" if not given else None)
        return None
    kind = JobKind(given[0])
    for option, kinds in ONLY_KINDS.items():
        if option in fields and kind.value not in kinds:
            *first, last = (f"`{one}`" for one in kinds)
            wanted = f"{', '.join(first)} or {last}" if first else last
            problems.add(
                fields.where(option), f"`{option}` belongs to {wanted}, and this job is `{kind.value}`"
            )
    job = Job(
        kind=kind,
        path=_read_path(fields, kind, folder),
        location=where,
        args=fields.texts("args"),
        env=_read_env(fields),
        connectors=_read_connectors(fields, folder),
        config=_read_config(fields),
        parallelism=fields.integer("parallelism", least=1) or 1,
        python_env=_read_interpreter(fields, folder),
        main_class=_read_class(fields),
        properties=_read_properties(fields),
        reads=tuple(text.value for text in fields.names("reads")) if "reads" in words.keys else (),
        writes=tuple(text.value for text in fields.names("writes")) if "writes" in words.keys else (),
    )
    if kind is JobKind.MANAGED_FLINK and len(problems) == before:
        package.check(Path(job.path), job.properties, fields.where("managed_flink"), problems)
    if kind is JobKind.SQL and len(problems) == before:
        statements = sql_file.read(Path(job.path), job.env, problems)
        job = replace(job, has_python=any(statement.is_python for statement in statements))
    return job if len(problems) == before else None


def _read_path(fields: Fields, kind: JobKind, folder: Path) -> str:
    if kind is not JobKind.FUNCTION:
        return _existing(fields, kind.value, folder, is_folder_allowed=kind is JobKind.MANAGED_FLINK)
    name = fields.text("function")
    if name is not None and not _FUNCTION.fullmatch(name):
        hint = "a module and a function of it, as in `my_jobs.operators:tag`"
        fields.problems.add(fields.where("function"), f"`{name}` is no function", hint)
    return name or ""


def _existing(fields: Fields, key: str, folder: Path, *, is_folder_allowed: bool = False) -> str:
    scalar = fields.scalar(key)
    if scalar is None:
        return ""
    path = folder / scalar.text
    if is_folder_allowed and "\0" not in scalar.text and os.path.isdir(path):  # noqa: PTH112 - as filename does
        return os.path.abspath(path)  # noqa: PTH100 - keeps links
    if _BUILT.intersection(Path(scalar.text).parts) and not os.path.exists(path):  # noqa: PTH110
        hint = "build it first: its folder is what a build leaves behind"
        fields.problems.add(scalar.content, f"the file `{scalar.text}` does not exist", hint)
        return ""
    found = filename.resolve(scalar.text, scalar.content, folder, fields.problems)
    if found is not None and found.suffix.lower() not in _ENDINGS.get(key, (found.suffix.lower(),)):
        endings = " or ".join(f"`{ending}`" for ending in _ENDINGS[key])
        fields.problems.add(scalar.content, f"`{scalar.text}` is no `{key}`", f"it ends with {endings}")
    return str(found or "")


def _read_class(fields: Fields) -> str | None:
    name = fields.text("class")
    if name is not None and not _CLASS.fullmatch(name):
        fields.problems.add(fields.where("class"), f"`{name}` is no class", "as in `com.example.Job`")
    return name


def _read_properties(fields: Fields) -> dict[str, dict[str, Text]]:
    node = fields.mapping("properties")
    if node is None:
        return {}
    groups = {}
    for group, entry in node.entries.items():
        if isinstance(entry.value, MapNode):
            keys = {key: fields.as_scalar(key, inner.value) for key, inner in entry.value.entries.items()}
            groups[group] = {key: scalar.as_text() for key, scalar in keys.items() if scalar}
        elif not is_missing(entry.value):
            hint = "as in `properties: {my.group: {key: value}}`"
            fields.problems.add(entry.value.location, f"the property group `{group}` wants keys", hint)
    return groups


def _read_interpreter(fields: Fields, folder: Path) -> str | None:
    """A path becomes absolute; a bare name such as `python3.11` is looked up when it is run."""
    name = fields.text("python_env")
    return _existing(fields, "python_env", folder) if name and "/" in name else name


def _read_env(fields: Fields) -> dict[str, Text]:
    for key, _ in fields.entries("env"):
        if not _VARIABLE.fullmatch(key.text):
            fields.problems.add(key.location, f"`{key.text}` is no name of an environment variable")
    return fields.named_texts("env")


def _read_connectors(fields: Fields, folder: Path) -> tuple[Text, ...]:
    connectors = fields.names("connectors")
    for text in connectors:
        name = text.value
        if name in CATALOGUE or name in LATER_CATALOGUE or _COORDINATES.fullmatch(name):
            continue
        if name.endswith(".jar"):
            filename.resolve(name, text.location, folder, fields.problems)
        else:
            match = vocabulary.suggested(name, (*CATALOGUE, *LATER_CATALOGUE))
            hint = f"did you mean `{match}`?" if match else f"the catalogue has {', '.join(CATALOGUE)}"
            fields.problems.add(
                text.location,
                f"`{name}` is no connector",
                f"{hint} Coordinates (`group:artefact:version`) and jars work too"
                if match
                else f"{hint}; coordinates (`group:artefact:version`) and jars work too",
            )
    return connectors


def _read_config(fields: Fields) -> dict[str, Text]:
    for key, node in fields.entries("config"):
        if isinstance(node, MapNode) and node.entries:
            inner = next(iter(node.entries))
            hint = f"as in `{key.text}.{inner}: ...`"
            fields.problems.add(node.location, "an option of Flink is one key with dots in it", hint)
            return {}
    return fields.named_texts("config")
