"""`evolve: SOURCE`: the next version of its schema."""

from __future__ import annotations

from harness.codecs.schema import REGISTERED
from harness.scenario import vocabulary
from harness.scenario.model import Evolve
from harness.scenario.places import schemas
from harness.scenario.places.places import Role
from harness.scenario.steps.surroundings import Surroundings, find_place
from harness.scenario.yaml.nodes import MapNode
from harness.scenario.yaml.reader import Fields


def read(node: MapNode, verb: str, surroundings: Surroundings) -> Evolve | None:
    """The step, or None where it cannot be used; why is noted. Rows of later steps have its schema."""
    problems = surroundings.problems
    fields = Fields(node, vocabulary.EVOLVE, problems)
    target = fields.scalar(verb)
    if target is None:
        return None
    place = find_place(target, (Role.SOURCE,), verb, surroundings)
    name = fields.scalar("schema") if fields.need("schema", "the path of its next version") else None
    if place is None:
        return None
    if place.format not in REGISTERED or place.schema is None:
        problems.add(
            target.location,
            f"`{target.text}` has no schema that could evolve",
            "a source whose `format` is in the registry names it, as in `schema: v1.avsc`",
        )
        return None
    if name is None:
        return None
    file = schemas.read(name, place.format, place.schema.message, surroundings.folder, problems)
    surroundings.schemas.evolve(place, file)
    if file is None:
        return None
    named = [(field, fields.where("schema")) for field in (*place.key, *place.times) if field]
    if place.event_time:
        named.append((place.event_time, fields.where("schema")))
    schemas.check_fields(named, file.schema, problems)
    return Evolve(source=target.text, schema=file, location=fields.where(verb))
