"""`expect: schema`: what must be true of the schema that a sink's records are written with."""

from __future__ import annotations

from harness.scenario.model import ExpectSchema, Text
from harness.scenario.places import column_types
from harness.scenario.places.places import Role
from harness.scenario.steps import counts
from harness.scenario.steps.surroundings import Surroundings, find_place
from harness.scenario.yaml.nodes import ListNode
from harness.scenario.yaml.reader import Fields


def read(fields: Fields, surroundings: Surroundings) -> ExpectSchema | None:
    """The expectation, or None where it cannot be used; why is noted."""
    problems = fields.problems
    before = len(problems)
    where = fields.where("expect")
    target = fields.scalar("of") if fields.need("of", "the sink whose schema is meant") else None
    version = counts.read(fields, "version")
    named = _read_fields(fields)
    if "version" not in fields and "fields" not in fields:
        problems.add(where, "nothing is said about the schema", "add `version` or `fields`")
    place = find_place(target, (Role.SINK,), "expect: schema", surroundings) if target else None
    if target and place is not None and not place.registered:
        problems.add(
            target.location,
            f"the schemas of `{target.text}` are in no registry",
            f"its format is {place.format}; `avro-confluent` and the like have schemas there"
            if place.format
            else None,
        )
    if target is None or len(problems) > before:
        return None
    return ExpectSchema(of=target.text, location=where, version=version, fields=named)


def _read_fields(fields: Fields) -> dict[str, Text | None]:
    node = fields.take("fields")
    if isinstance(node, ListNode):
        return dict.fromkeys(text.value for text in fields.names("fields"))
    named: dict[str, Text | None] = {}
    for name, text in fields.named_texts("fields").items():
        named[name] = text
        # `text?` also says that null is a value.
        type_name = text.value.removesuffix("?")
        if not (column_types.is_known(type_name) or column_types.is_later(type_name)):
            fields.problems.add(text.location, f"`{text.value}` is no type", column_types.hint(text.value))
    return named
