"""`send`, `put` and `remove`: rows that are written."""

from __future__ import annotations

from harness.scenario import vocabulary
from harness.scenario.model import Mode, Place, Put, Remove, Send, Step, System
from harness.scenario.places.places import Role
from harness.scenario.rows import kafka_rows
from harness.scenario.steps import volume
from harness.scenario.steps.surroundings import Surroundings, find_place
from harness.scenario.yaml.nodes import MapNode, Scalar
from harness.scenario.yaml.reader import Fields

_WORDS = {"send": vocabulary.SEND, "put": vocabulary.PUT, "remove": vocabulary.REMOVE}


def read(node: MapNode, verb: str, surroundings: Surroundings) -> Step | None:
    """The step, or None where it cannot be used; why is noted."""
    problems = surroundings.problems
    fields = Fields(node, _WORDS[verb], problems)
    before = len(problems)
    target = fields.scalar(verb)
    if target is None:
        return None
    place = _find_place(target, verb, surroundings)
    rows = None
    if not fields.unsupported:
        rows = volume.read(fields, surroundings, place, verb)
        if not any(key in fields for key in ("rows", "file", "generate")):
            problems.add(fields.where(verb), f"`{verb}` needs `rows`, `file` or `generate`")
    if rows is None or len(problems) > before:
        return None
    where = fields.where(verb)
    if verb == "send":
        return Send(source=target.text, rows=rows, location=where)
    if verb == "put":
        return Put(table=target.text, rows=rows, location=where)
    return Remove(table=target.text, rows=rows, location=where)


def _find_place(target: Scalar, verb: str, surroundings: Surroundings) -> Place | None:
    if verb == "send":
        return find_place(target, (Role.SOURCE,), verb, surroundings)
    place = find_place(target, (Role.TABLE, Role.SINK), verb, surroundings)
    if place is not None and place.mode is not Mode.UPSERT:
        article = "an append" if place.mode is Mode.APPEND else "a changelog"
        surroundings.problems.add(
            target.location,
            f"`{target.text}` is {article} sink, and `{verb}` needs keys",
            "a sink that holds one row per key says `mode: upsert` and its `key`",
        )
        return None
    if place is not None and place.system is System.KAFKA:
        kafka_rows.check_writable(target, verb, place, surroundings.problems)
    return place
