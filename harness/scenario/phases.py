"""`given`, `when` and `then`, once or in several phases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.location import Location
from harness.scenario import vocabulary
from harness.scenario.language.scenario import GIVEN, THEN, WHEN
from harness.scenario.model import EndOfInput, Step
from harness.scenario.steps import steps
from harness.scenario.steps.surroundings import Surroundings
from harness.scenario.yaml.nodes import MapNode, kind
from harness.scenario.yaml.reader import Fields


@dataclass(frozen=True, slots=True)
class Parts:
    """The steps of a scenario.

    Attributes:
        given: Before the job starts.
        steps: `when`, then `then`; phase after phase.
        names: Each phase with the index of its first step; () where there are none.
    """

    given: tuple[Step, ...] = ()
    steps: tuple[Step, ...] = ()
    names: tuple[tuple[str, int], ...] = ()


def read(fields: Fields, surroundings: Surroundings, finish: EndOfInput | None) -> Parts:
    """The steps of a scenario; those that cannot be used are noted and left out.

    Args:
        fields: The scenario.
        surroundings: What it is read against.
        finish: What comes after the last `when`, unless a step says it already.
    """
    given = steps.read(fields, "given", GIVEN, surroundings)
    if "phases" not in fields:
        when, then = _read_both(fields, surroundings)
        return Parts(given, (*when, *_ending(when, finish), *then))
    problems = surroundings.problems
    for section in ("when", "then"):
        if section in fields:
            problems.add(
                fields.where(section),
                f"`{section}` beside `phases`",
                f"each phase has a `{section}` of its own",
            )
    names: list[tuple[str, int]] = []
    found: list[Step] = []
    before = 0
    seen: dict[str, Location] = {}
    for node in fields.items("phases"):
        if not isinstance(node, MapNode):
            hint = "as in `- {name: before, when: [...], then: [...]}`"
            problems.add(node.location, f"a phase is a mapping, not {kind(node)}", hint)
            continue
        phase = Fields(node, vocabulary.PHASE, problems)
        name = phase.text("name") if phase.need("name", "a word that says what it is about") else None
        if name is not None:
            first = seen.setdefault(name, phase.where("name"))
            if first is not phase.where("name"):
                message = f"two phases are called `{name}`"
                problems.add(phase.where("name"), message, f"the first is on line {first.line}")
            names.append((name, len(found)))
        if "when" not in phase and "then" not in phase:
            problems.add(phase.location, "a phase without steps", "it has `when`, `then` or both")
        when, then = _read_both(phase, surroundings)
        found += when
        before = len(found)
        found += then
    ending = _ending(found, finish)
    return Parts(given, (*found[:before], *ending, *found[before:]), tuple(names))


def _read_both(fields: Fields, surroundings: Surroundings) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    return (
        steps.read(fields, "when", WHEN, surroundings),
        steps.read(fields, "then", THEN, surroundings),
    )


def _ending(done: Iterable[Step], finish: EndOfInput | None) -> tuple[Step, ...]:
    """The end of the input, where the steps do not say it."""
    said = any(isinstance(step, EndOfInput) for step in done)
    return () if finish is None or said else (finish,)
