"""What the steps of one file are read against, and how they find the places that they name."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from harness.scenario import vocabulary
from harness.scenario.cells import Cells
from harness.scenario.model import Place
from harness.scenario.nodes import Scalar
from harness.scenario.places import Places, Role
from harness.scenario.problems import Problems
from harness.scenario.schemas import InForce


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the steps of one file are read against.

    Attributes:
        schemas: The schemas that rows have at the step that is being read.
    """

    problems: Problems
    cells: Cells
    places: Places
    folder: Path
    schemas: InForce = field(default_factory=InForce)


def find_place(
    target: Scalar, roles: tuple[Role, ...], verb: str, surroundings: Surroundings
) -> Place | None:
    """The place that a step names, or None where it cannot take the step; why is noted."""
    places, problems = surroundings.places, surroundings.problems
    role = places.roles.get(target.text)
    wanted = " or ".join(wanted.value for wanted in roles)
    if role is None:
        if places.complete:
            known = places.names(*roles)
            hint = (
                vocabulary.suggest(target.text, known, what=f"{wanted}s")
                if known
                else f"the pipeline has no {wanted}"
            )
            problems.add(target.location, f"`{target.text}` is no {wanted} of the pipeline", hint)
        return None
    if role not in roles:
        hint = vocabulary.suggest(target.text, places.names(*roles), what=f"{wanted}s")
        problems.add(
            target.location, f"`{target.text}` is a {role.value}, and `{verb}` wants a {wanted}", hint
        )
        return None
    return places.good.get(target.text)
