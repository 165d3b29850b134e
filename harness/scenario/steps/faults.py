"""`kill`, `fail`, `cut`, `pause`, `slow`, `heal` and `reshard`: what goes wrong, or changes, around a job."""

from __future__ import annotations

from harness.scenario import moments, vocabulary
from harness.scenario.model import Fault, Link, LinkState, Reshard, Step, System, Victim
from harness.scenario.place_words import SHOWN
from harness.scenario.places.places import Role
from harness.scenario.steps.surroundings import Surroundings, find_job, find_place
from harness.scenario.yaml.nodes import MapNode, Scalar
from harness.scenario.yaml.reader import Fields

_LINKS = {state.value: state for state in LinkState}
VERBS = ("kill", "fail", *_LINKS, "reshard")
_WORDS = {
    "kill": vocabulary.KILL,
    "fail": vocabulary.FAIL,
    "cut": vocabulary.CUT,
    "pause": vocabulary.PAUSE,
    "slow": vocabulary.SLOW,
    "heal": vocabulary.HEAL,
    "reshard": vocabulary.RESHARD,
}
_LINKED = (Role.SOURCE, Role.TABLE, Role.SINK)
_UNLINKED = (System.PRINT, System.MEMORY, System.FOLDER)


def read(node: MapNode, verb: str, surroundings: Surroundings) -> Step | None:
    """The step, or None where it cannot be used; why is noted."""
    problems = surroundings.problems
    before = len(problems)
    fields = Fields(node, _WORDS[verb], problems)
    if verb in ("kill", "fail"):
        step: Step | None = _read_fault(fields, verb, surroundings)
    elif verb == "reshard":
        step = _read_reshard(fields, surroundings)
    else:
        step = _read_link(fields, verb, surroundings)
    return step if len(problems) == before else None


def _read_fault(fields: Fields, verb: str, surroundings: Surroundings) -> Fault | None:
    word = fields.choice(verb)
    job = find_job(fields, "job" if verb == "kill" else "of", surroundings, needed=verb == "fail")
    return Fault(victim=Victim(word), location=fields.where(verb), job=job) if word else None


def _read_link(fields: Fields, verb: str, surroundings: Surroundings) -> Link | None:
    problems = surroundings.problems
    target = fields.scalar(verb)
    if target is None:
        return None
    place = find_place(target, _LINKED, verb, surroundings)
    if place is not None and place.system in _UNLINKED:
        problems.add(target.location, f"`{target.text}` is {SHOWN[place.system]}, and no link leads to it")
    seconds = None
    if verb == "slow" and fields.need("by", "as in `by: 200ms`"):
        by = fields.scalar("by")
        try:
            seconds = moments.duration_s(by.text.strip()) if by else None
        except ValueError as error:
            problems.add(fields.where("by"), str(error), "as in `200ms`; units are ms, s, m, h, d")
    _follow(target, verb, surroundings)
    return Link(state=_LINKS[verb], place=target.text, location=fields.where(verb), by_s=seconds)


def _follow(target: Scalar, verb: str, surroundings: Surroundings) -> None:
    """Note what is healed and was never broken, and what is broken twice."""
    broken, problems = surroundings.life.links, surroundings.problems
    first = broken.get(target.text)
    if verb == "heal":
        if first is None:
            problems.add(target.location, f"the link to `{target.text}` is whole", "`cut` it first")
        broken.pop(target.text, None)
    elif first is not None:
        hint = f"since line {first.line}; `heal` it first"
        problems.add(target.location, f"the link to `{target.text}` is broken already", hint)
    else:
        broken[target.text] = target.location


def _read_reshard(fields: Fields, surroundings: Surroundings) -> Reshard | None:
    problems = surroundings.problems
    target = fields.scalar("reshard")
    to = fields.integer("to", least=1) if fields.need("to", "the number of shards, as in `to: 4`") else None
    place = find_place(target, (Role.SOURCE,), "reshard", surroundings) if target else None
    if target and place is not None and place.system is not System.KINESIS:
        problems.add(
            target.location,
            f"`{target.text}` is on {SHOWN[place.system]}, and only a stream of Kinesis has shards",
        )
    return Reshard(source=target.text, to=to, location=fields.where("reshard")) if target and to else None
