"""`reads` and `writes` of several jobs: which places they name, and which jobs follow each other."""

from __future__ import annotations

from collections.abc import Mapping

from harness.scenario import vocabulary
from harness.scenario.model import Job, JobKind, System
from harness.scenario.places.places import Places, Role
from harness.scenario.problems import Problems
from harness.scenario.yaml.nodes import ListNode, MapNode, Node, Scalar
from harness.scenario.yaml.reader import Fields


def check(jobs: Mapping[str, Job], places: Places, pipeline: Fields) -> None:
    """Note every name in `reads` and `writes` that is none, and places of several jobs that no job has."""
    section = pipeline.take("jobs")
    if not isinstance(section, MapNode):
        return
    problems = pipeline.problems
    named: set[str] = set()
    for entry in section.entries.values():
        for key, roles in (("reads", tuple(Role)), ("writes", (Role.SINK,))):
            for scalar in _names(entry.value, key):
                name = scalar.text.strip()
                named.add(name)
                role = places.roles.get(name)
                if role is None and places.complete:
                    hint = vocabulary.suggest(name, places.names(*roles), what="places")
                    problems.add(scalar.location, f"`{name}` is no place of the pipeline", hint)
                elif role is not None and role not in roles:
                    problems.add(scalar.location, f"`{name}` is a {role.value}, and a job writes to sinks")
    if len(jobs) == len(section.entries):
        for name in places.names(Role.SOURCE, Role.SINK):
            if name not in named and name in places.good:
                verb = "reads" if places.roles[name] is Role.SOURCE else "writes"
                problems.add(
                    places.good[name].location,
                    f"no job {verb} `{name}`",
                    f"name it in the `{verb}` of a job",
                )


def check_memory(jobs: Mapping[str, Job], places: Places, problems: Problems) -> None:
    """Note places in memory that no function has, and two that are the same."""
    of_function = any(job.kind is JobKind.FUNCTION for job in jobs.values())
    for role in (Role.SOURCE, Role.SINK):
        names: dict[str, str] = {}
        for place in places.of(role).values():
            if place.system is not System.MEMORY:
                continue
            if jobs and not of_function:
                message = f"`{place.name}` is in memory, and only a `function` reads and writes there"
                problems.add(place.location, message, "as in `job: {function: operators:tag}`")
            elif place.address in names:
                message = f"`{place.name}` and `{names[place.address]}` are both `memory: {place.address}`"
                problems.add(place.location, message)
            names.setdefault(place.address, place.name)


def _names(job: Node, key: str) -> tuple[Scalar, ...]:
    entry = job.entries.get(key) if isinstance(job, MapNode) else None
    value = entry.value if entry else None
    if isinstance(value, Scalar):
        return (value,)
    return (
        tuple(item for item in value.items if isinstance(item, Scalar)) if isinstance(value, ListNode) else ()
    )
