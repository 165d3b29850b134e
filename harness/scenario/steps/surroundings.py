"""What the steps of one file are read against, and how they find the places that they name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from harness.codecs.moments import Moment
from harness.location import Location
from harness.scenario import vocabulary
from harness.scenario.model import Place
from harness.scenario.places.places import Places, Role
from harness.scenario.places.schemas import InForce
from harness.scenario.problems import Problems
from harness.scenario.rows.cells import Cells
from harness.scenario.yaml.nodes import Scalar
from harness.scenario.yaml.reader import Fields


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


@dataclass(slots=True)
class Life:
    """What became of the jobs and links before the step that is being read.

    Attributes:
        savepoints: Where each name was given.
        stopped: Where each stopped job was stopped; None is the only job.
        links: Where each broken link was broken.
    """

    savepoints: dict[str, Location] = field(default_factory=dict)
    stopped: dict[str | None, Location] = field(default_factory=dict)
    links: dict[str, Location] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the steps of one file are read against.

    Attributes:
        clock: The scenario's `T`.
        jobs: The names of several jobs; () where there is one, None where nobody knows.
        versions: The names of the job's other versions, None where nobody knows.
        schemas: The schemas that rows have at the step that is being read.
        life: What became of the jobs and links before it.
        seeds: What rows are made from that nobody wrote.
    """

    problems: Problems
    cells: Cells
    places: Places
    folder: Path
    clock: Moment
    jobs: tuple[str, ...] | None = ()
    versions: tuple[str, ...] | None = ()
    schemas: InForce = field(default_factory=InForce)
    life: Life = field(default_factory=Life)
    seeds: Seeds = field(default_factory=Seeds)


def find_place(
    target: Scalar, roles: tuple[Role, ...], verb: str, surroundings: Surroundings
) -> Place | None:
    """The place that a step names, or None where it cannot take the step; why is noted."""
    places, problems = surroundings.places, surroundings.problems
    role = places.roles.get(target.text)
    *first, last = (wanted.value for wanted in roles)
    wanted = f"{', '.join(first)} or {last}" if first else last
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


def find_job(fields: Fields, key: str, surroundings: Surroundings, *, needed: bool = True) -> str | None:
    """The job that a step names under `key`, or None where the only one is meant; a wrong name is noted."""
    name = fields.scalar(key)
    jobs, problems = surroundings.jobs, surroundings.problems
    if name is None:
        if jobs and needed and key not in fields:
            both = ", ".join(f"`{key}: {job}`" for job in jobs)
            problems.add(fields.location, "the pipeline has several jobs", f"say which: {both}")
        return None
    if jobs is None:
        return name.text
    if not jobs:
        problems.add(name.location, f"the pipeline has one job, so `{key}` says nothing", "leave it out")
    elif name.text not in jobs:
        hint = vocabulary.suggest(name.text, jobs, what="jobs")
        problems.add(name.location, f"there is no job `{name.text}`", hint)
    return name.text
