"""`stop`, `start` and `savepoint`: the life of a job, and the names of what it left behind."""

from __future__ import annotations

from harness.scenario import vocabulary
from harness.scenario.model import Savepoint, Start, Step, Stop
from harness.scenario.steps.surroundings import Surroundings, find_job
from harness.scenario.yaml.nodes import MapNode, Scalar
from harness.scenario.yaml.reader import Fields

VERBS = ("stop", "start", "savepoint")
FRESH = "fresh"
_WORDS = {"stop": vocabulary.STOP, "start": vocabulary.START, "savepoint": vocabulary.SAVEPOINT}


def read(node: MapNode, verb: str, surroundings: Surroundings) -> Step | None:
    """The step, or None where it cannot be used; why is noted."""
    problems = surroundings.problems
    before = len(problems)
    fields = Fields(node, _WORDS[verb], problems)
    name = fields.scalar(verb)
    job = find_job(fields, "job", surroundings)
    if name is None:
        return None
    where = fields.where(verb)
    if verb == "start":
        start = _read_start(fields, name, job, surroundings)
        return start if len(problems) == before else None
    _note_name(name, verb, job, surroundings)
    if len(problems) > before:
        return None
    if verb == "stop":
        return Stop(savepoint=name.text, location=where, job=job)
    return Savepoint(name=name.text, location=where, job=job)


def _note_name(name: Scalar, verb: str, job: str | None, surroundings: Surroundings) -> None:
    """Remember what a savepoint is called; a name that is taken is noted."""
    problems = surroundings.problems
    first = surroundings.life.savepoints.get(name.text)
    if name.text == FRESH:
        hint = "`start: fresh` means: without any state"
        problems.add(name.location, "a savepoint cannot be called `fresh`", hint)
    elif first is not None:
        problems.add(
            name.location, f"there is a savepoint `{name.text}` already", f"the first is on line {first.line}"
        )
    surroundings.life.savepoints.setdefault(name.text, name.location)
    if verb == "stop":
        if job in surroundings.life.stopped:
            line = surroundings.life.stopped[job].line
            problems.add(name.location, "the job is stopped already", f"since line {line}; `start` it first")
        surroundings.life.stopped[job] = name.location


def _read_start(fields: Fields, name: Scalar, job: str | None, surroundings: Surroundings) -> Start:
    problems = surroundings.problems
    known = tuple(surroundings.life.savepoints)
    if name.text != FRESH and name.text not in known:
        hint = (
            vocabulary.suggest(name.text, (*known, FRESH), what="savepoints")
            if known
            else "a `stop: NAME` or `savepoint: NAME` comes first; `start: fresh` has no state"
        )
        problems.add(name.location, f"there is no savepoint `{name.text}`", hint)
    if surroundings.life.stopped.pop(job, None) is None:
        problems.add(fields.where("start"), "the job runs already", "a `stop: NAME` comes first")
    version = fields.scalar("version")
    if (
        version is not None
        and surroundings.versions is not None
        and version.text not in surroundings.versions
    ):
        hint = (
            vocabulary.suggest(version.text, surroundings.versions, what="versions")
            if surroundings.versions
            else "the pipeline has no `versions`"
        )
        problems.add(version.location, f"the job has no version `{version.text}`", hint)
    drop_state = fields.boolean("drop_state") or False
    if drop_state and name.text == FRESH:
        problems.add(fields.where("drop_state"), "`start: fresh` has no state that could be dropped")
    return Start(
        savepoint=None if name.text == FRESH else name.text,
        location=fields.where("start"),
        job=job,
        parallelism=fields.integer("parallelism", least=1),
        version=version.text if version else None,
        drop_state=drop_state,
    )
