"""What the steps of one file are read against, and how they find the places that they name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from harness.scenario import vocabulary
from harness.scenario.cells import Cells
from harness.scenario.model import Place
from harness.scenario.nodes import Scalar
from harness.scenario.places import Places, Role
from harness.scenario.problems import Problems
from harness.scenario.schemas import InForce


@dataclass(slots=True)
class Seeds:
    """One seed for each step of a scenario that makes rows, the same on every machine.

    Attributes:
        name: The scenario's.
    """

    name: str = ""
    _given: int = 0

    def next(self) -> int:
        """The seed of the next step that makes rows."""
        self._given += 1
        digest = hashlib.sha256(f"{self.name}\0{self._given}".encode()).digest()
        return int.from_bytes(digest[:4], "big")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the steps of one file are read against.

    Attributes:
        schemas: The schemas that rows have at the step that is being read.
        seeds: What rows are made from that nobody wrote.
    """

    problems: Problems
    cells: Cells
    places: Places
    folder: Path
    schemas: InForce = field(default_factory=InForce)
    seeds: Seeds = field(default_factory=Seeds)


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
