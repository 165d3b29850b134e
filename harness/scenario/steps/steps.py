"""The steps of `given`, `when` and `then`."""

from __future__ import annotations

from collections.abc import Callable, Collection

from harness.scenario import vocabulary
from harness.scenario.language.scenario import GIVEN
from harness.scenario.model import EndOfInput, Settle, Step
from harness.scenario.steps import evolve, expectations, faults, lifecycle, row_steps, time_steps
from harness.scenario.steps.surroundings import Surroundings
from harness.scenario.yaml.nodes import ListNode, MapNode, Node, Scalar, is_missing, kind
from harness.scenario.yaml.reader import Fields

_ALL = (*vocabulary.VERBS, *vocabulary.ALONE)
_READERS: dict[str, Callable[[MapNode, str, Surroundings], Step | None]] = {
    **dict.fromkeys(GIVEN, row_steps.read),
    **dict.fromkeys(time_steps.VERBS, time_steps.read),
    **dict.fromkeys(lifecycle.VERBS, lifecycle.read),
    **dict.fromkeys(faults.VERBS, faults.read),
    "evolve": evolve.read,
    "expect": expectations.read,
}


def read(
    fields: Fields, section: str, allowed: Collection[str], surroundings: Surroundings
) -> tuple[Step, ...]:
    """The steps of a section; those that cannot be used are noted and left out."""
    node = fields.take(section)
    if node is None:
        return ()
    if not isinstance(node, ListNode):
        surroundings.problems.add(
            node.location,
            f"`{section}` wants a list of steps, not {kind(node)}",
            "each step begins with `- `",
        )
        return ()
    steps = (_read_step(item, section, allowed, surroundings) for item in node.items if not is_missing(item))
    return tuple(step for step in steps if step)


def _read_step(node: Node, section: str, allowed: Collection[str], surroundings: Surroundings) -> Step | None:
    problems = surroundings.problems
    if isinstance(node, Scalar):
        return _read_word(node, section, allowed, surroundings)
    if not isinstance(node, MapNode):
        problems.add(node.location, f"a step is a mapping, not {kind(node)}", "as in `- send: orders`")
        return None
    verbs = [key for key in node.entries if key in _ALL]
    if len(verbs) != 1:
        _note_verbs(node, verbs, surroundings)
        return None
    verb = verbs[0]
    entry = node.entries[verb]
    if verb == "end_of_input":
        problems.add(entry.key.location, "`end_of_input` stands alone", "write `- end_of_input`")
    elif verb not in allowed:
        _note_misplaced(entry.key, verb, section, allowed, surroundings)
    elif not is_missing(entry.value):
        return _READERS[verb](node, verb, surroundings)
    return None


def _read_word(
    node: Scalar, section: str, allowed: Collection[str], surroundings: Surroundings
) -> Step | None:
    problems = surroundings.problems
    word = node.text.strip()
    if word in vocabulary.ALONE and word in allowed:
        return Settle(location=node.location) if word == "settle" else EndOfInput(location=node.location)
    if word in vocabulary.ALONE:
        _note_misplaced(node, word, section, allowed, surroundings)
    elif word in _ALL:
        problems.add(node.location, f"`{word}` needs to say what", f"as in `- {word}: NAME`")
    else:
        verb = word.split(":")[0].split(" ")[0]
        problems.add(node.location, f"`{word}` is no step", vocabulary.suggest(verb, _ALL, what="steps"))
    return None


def _note_verbs(node: MapNode, verbs: list[str], surroundings: Surroundings) -> None:
    problems = surroundings.problems
    if verbs:
        where = node.entries[verbs[1]].key.location
        problems.add(
            where,
            f"a step has one verb, and here are `{verbs[0]}` and `{verbs[1]}`",
            "each step begins with `- `",
        )
        return
    first = next(iter(node.entries.values()), None)
    if first is None:
        problems.add(node.location, "an empty step")
        return
    hints = (
        (entry.key, vocabulary.suggest(name, _ALL, what="verbs")) for name, entry in node.entries.items()
    )
    near = next(((key, hint) for key, hint in hints if hint.startswith("did you mean")), None)
    key, hint = near or (first.key, vocabulary.suggest(first.key.text, _ALL, what="verbs"))
    problems.add(key.location, f"`{key.text}` is no step", hint)


def _note_misplaced(
    key: Scalar, verb: str, section: str, allowed: Collection[str], surroundings: Surroundings
) -> None:
    listed = ", ".join(f"`{word}`" for word in allowed)
    hint = "it belongs to `when`" if section == "then" else f"`{section}` takes {listed}"
    surroundings.problems.add(key.location, f"`{verb}` cannot stand in `{section}`", hint)
