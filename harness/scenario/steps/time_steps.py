"""`settle` and `advance`: waiting for what was sent, and letting event time pass."""

from __future__ import annotations

from harness.codecs.cell_error import CellError
from harness.codecs.moments import read_instant
from harness.scenario import vocabulary
from harness.scenario.model import Advance, Settle, System
from harness.scenario.places.places import Role
from harness.scenario.steps.surroundings import Surroundings, find_place
from harness.scenario.yaml.nodes import MapNode, Scalar
from harness.scenario.yaml.reader import Fields

VERBS = ("settle", "advance")


def read(node: MapNode, verb: str, surroundings: Surroundings) -> Settle | Advance | None:
    """The step, or None where it cannot be used; why is noted."""
    problems = surroundings.problems
    if verb == "settle":
        fields = Fields(node, vocabulary.SETTLE, problems)
        word = fields.scalar(verb)
        if word is None:
            return None
        if word.text.strip() != "timers":
            problems.add(word.location, "`settle` stands alone", "write `- settle`, or `- settle: timers`")
            return None
        return Settle(location=fields.where(verb), timers=True)
    return _read_advance(Fields(node, vocabulary.ADVANCE, problems), surroundings)


def _read_advance(fields: Fields, surroundings: Surroundings) -> Advance | None:
    problems = surroundings.problems
    before = len(problems)
    moment = fields.scalar("advance")
    only = fields.scalar("only")
    if moment is not None:
        try:
            read_instant(moment.text.strip(), surroundings.clock)
        except CellError as error:
            problems.add(moment.content, error.message, error.hint or "as in `T+10m`")
    if only is not None:
        find_place(only, (Role.SOURCE,), "advance", surroundings)
    elif surroundings.places.complete and not surroundings.places.names(Role.SOURCE):
        problems.add(fields.where("advance"), "the pipeline has no source whose time could pass")
    _check_heartbeats(fields, only, surroundings)
    if moment is None or len(problems) > before:
        return None
    return Advance(
        to=moment.text.strip(), location=fields.where("advance"), only=only.text if only is not None else None
    )


def _check_heartbeats(fields: Fields, only: Scalar | None, surroundings: Surroundings) -> None:
    """Note sources that have nothing to send whose time would count."""
    for name, place in surroundings.places.of(Role.SOURCE).items():
        if (only is not None and name != only.text) or place.system is System.MEMORY:
            continue
        if not place.heartbeat:
            surroundings.problems.add(
                fields.where("advance"),
                f"`{name}` has no `heartbeat`, a row whose time counts and that means nothing else",
                "add `heartbeat: {field: value}` to it in the pipeline",
            )
