"""`expect: [a, b]` with `conserves`: each row that was sent is in exactly one of these sinks, once."""

from __future__ import annotations

from harness.scenario import vocabulary
from harness.scenario.model import ExpectConserved, Mode, Place, Text
from harness.scenario.places import schemas
from harness.scenario.places.places import Role
from harness.scenario.rows import columns
from harness.scenario.steps.surroundings import Surroundings, find_place
from harness.scenario.yaml.nodes import MapNode
from harness.scenario.yaml.reader import Fields


def read(node: MapNode, surroundings: Surroundings) -> ExpectConserved | None:
    """The expectation, or None where it cannot be used; why is noted."""
    problems = surroundings.problems
    before = len(problems)
    target = node.entries["expect"].value
    if isinstance(target, MapNode):
        problems.add(target.location, "`expect` wants the name of a sink, not a mapping")
        return None
    fields = Fields(node, vocabulary.EXPECT_CONSERVED, problems)
    if "conserves" not in fields:
        problems.add(
            target.location,
            "several sinks are expected together with `conserves: SOURCE` only",
            "without it, several sinks are several `expect` steps",
        )
        return None
    sinks = fields.scalars("expect")
    found = [find_place(sink, (Role.SINK,), "expect", surroundings) for sink in sinks]
    source = fields.scalar("conserves")
    place = find_place(source, (Role.SOURCE,), "conserves", surroundings) if source else None
    by: tuple[Text, ...] = ()
    if fields.need("by", "the fields that tell rows apart, as in `by: [id]`"):
        by = fields.names("by")
        for text in by:
            if text.value.startswith("$"):
                hint = "name fields that are in the row itself, on both sides"
                message = f"`{text.value}` is about the record, and tells no rows apart"
                problems.add(text.location, message, hint)
    for sink in (*found, place):
        if sink is not None:
            _check_fields(by, sink, surroundings)
    for scalar, sink in zip(sinks, found, strict=True):
        if sink is not None and sink.mode is not Mode.APPEND and not set(sink.key) <= {t.value for t in by}:
            surroundings.problems.add(
                scalar.location,
                f"`{sink.name}` holds one row per key, so rows with another `by` may replace each other",
                f"`by` needs its key: {', '.join(sink.key)}",
            )
    if source is None or len(problems) > before:
        return None
    return ExpectConserved(
        sinks=tuple(sink.text for sink in sinks),
        source=source.text,
        by=by,
        location=fields.where("expect"),
    )


def _check_fields(by: tuple[Text, ...], place: Place, surroundings: Surroundings) -> None:
    names = {text.value: text.location for text in by}
    columns.check_about(names, place.system, surroundings.problems)
    if place.schema is not None:
        schemas.check_fields(names.items(), place.schema.schema, surroundings.problems)
