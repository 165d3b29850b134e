"""The steps of `given`, `when` and `then`."""

from __future__ import annotations

from collections.abc import Collection

from harness.scenario import evolve, expectations, vocabulary, volume
from harness.scenario.model import Mode, Place, Put, Remove, Send, Settle, Step
from harness.scenario.nodes import ListNode, MapNode, Node, Scalar, is_missing, kind
from harness.scenario.places import Role
from harness.scenario.reader import Fields
from harness.scenario.surroundings import Surroundings, find_place

GIVEN = ("send", "put", "remove")
WHEN = (*vocabulary.VERBS, "settle")
THEN = ("expect",)
_ALL = (*vocabulary.VERBS, *vocabulary.LATER_VERBS, *vocabulary.ALONE)
_WORDS = {"send": vocabulary.SEND, "put": vocabulary.PUT, "remove": vocabulary.REMOVE}


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


def _read_step(  # noqa: PLR0911  (one form of a step each)
    node: Node, section: str, allowed: Collection[str], surroundings: Surroundings
) -> Step | None:
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
    where = node.entries[verb].key.location
    if verb == "settle":
        value = node.entries[verb].value
        if isinstance(value, Scalar) and value.text == "timers":
            problems.add(where, vocabulary.not_yet("settle: timers"))
        elif not is_missing(value):
            problems.add(where, "`settle` stands alone", "write `- settle`")
        return None
    if verb in vocabulary.LATER_VERBS or verb == "end_of_input":
        problems.add(where, vocabulary.not_yet(verb))
        return None
    if verb not in allowed:
        _note_misplaced(node.entries[verb].key, verb, section, allowed, surroundings)
        return None
    if verb == "evolve":
        return evolve.read(Fields(node, vocabulary.EVOLVE, problems), surroundings)
    if verb == "expect":
        return None if is_missing(node.entries[verb].value) else expectations.read(node, surroundings)
    return _read_rows_step(Fields(node, _WORDS[verb], problems), verb, surroundings)


def _read_word(
    node: Scalar, section: str, allowed: Collection[str], surroundings: Surroundings
) -> Step | None:
    problems = surroundings.problems
    word = node.text.strip()
    if word == "settle" and "settle" in allowed:
        return Settle(location=node.location)
    if word == "settle":
        _note_misplaced(node, word, section, allowed, surroundings)
    elif word == "end_of_input":
        problems.add(node.location, vocabulary.not_yet(word))
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


def _read_rows_step(fields: Fields, verb: str, surroundings: Surroundings) -> Step | None:
    problems = surroundings.problems
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
    if place is not None and place.mode is Mode.APPEND:
        surroundings.problems.add(
            target.location,
            f"`{target.text}` is an append sink, and `{verb}` needs keys",
            "a sink that holds one row per key says `mode: upsert` and its `key`",
        )
        return None
    return place
