"""YAML events to node trees; anchors, aliases, tags, repeated and empty keys are refused here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

from harness.location import Location
from harness.scenario.problems import Problems
from harness.scenario.yaml import syntax
from harness.scenario.yaml.nodes import Entry, ListNode, MapNode, Node, Scalar, Style

MAX_DEPTH = 50
MAX_PROBLEMS = 50
"""Structural problems of one file after which reading stops: a bomb needs no longer list."""

_STYLES = {"'": Style.QUOTED, '"': Style.QUOTED, "|": Style.LITERAL, ">": Style.FOLDED}


class Refused(Exception):
    """Reading cannot go on; the problem is already noted."""


class Events(Protocol):
    """What is needed of a YAML loader."""

    def get_event(self) -> Any:
        """The next event."""


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet; `entries` is None in a list."""

    location: Location
    items: list[Node]
    entries: dict[str, Entry] | None
    key: Scalar | None = None


def _is_empty(node: Node) -> bool:
    """Whether nothing was written; a refused alias is missing too, but already reported."""
    return type(node) is Scalar and node.style is Style.MISSING and not node.text


class TreeBuilder:
    """Events to trees, without recursion: the depth of a file is its author's choice, not ours."""

    def __init__(self, path: Path, lines: Sequence[str], problems: Problems) -> None:
        self._path = path
        self._lines = lines
        self._problems = problems
        self._limit = len(problems) + MAX_PROBLEMS
        self._stack: list[_Open] = []
        self._documents: list[Node] = []

    def build(self, events: Events) -> tuple[Node, ...]:
        """All documents; an empty one is left out."""
        while True:
            event = events.get_event()
            kind = type(event)
            if kind is yaml.ScalarEvent:
                if event.anchor is not None or event.tag is not None:
                    self._refuse_marks(event)
                self._put(self._scalar(event))
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._refuse_marks(event)
                self._open(event, is_mapping=kind is yaml.MappingStartEvent)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._put(self._close())
            elif kind is yaml.AliasEvent:
                where = self._at(event)
                self._note(
                    where,
                    f"`*{event.anchor}` is a YAML alias, and they are not used here",
                    "write the value out; a text that begins with `*` needs quotes",
                )
                self._put(Scalar("*", where, Style.MISSING, where))
            elif kind is yaml.StreamEndEvent:
                return tuple(self._documents)

    def _at(self, event: Any) -> Location:
        mark = event.start_mark
        return Location(self._path, mark.line + 1, mark.column + 1)

    def _note(self, location: Location, message: str, hint: str | None = None) -> None:
        self._problems.add(location, message, hint)
        if len(self._problems) >= self._limit:
            raise Refused

    def _refuse_marks(self, event: Any) -> None:
        if event.anchor is not None:
            self._note(
                self._at(event),
                f"`&{event.anchor}` is a YAML anchor, and they are not used here",
                "write the value out; a text that begins with `&` needs quotes",
            )
        if event.tag is not None:
            self._note(
                self._at(event),
                "YAML tags (`!...`) are not used here",
                "leave the tag out; a text that begins with `!` needs quotes",
            )

    def _open(self, event: Any, *, is_mapping: bool) -> None:
        if len(self._stack) >= MAX_DEPTH:
            self._note(self._at(event), f"the file is nested more than {MAX_DEPTH} levels deep")
            raise Refused
        top = self._stack[-1] if self._stack else None
        if top and top.entries is not None and top.key is None:
            self._note(self._at(event), "a key is a word, not a list or mapping", syntax.CLOSE_IT)
            raise Refused
        self._stack.append(_Open(self._at(event), [], {} if is_mapping else None))

    def _close(self) -> Node:
        done = self._stack.pop()
        if done.entries is None:
            return ListNode(tuple(done.items), done.location)
        return MapNode(done.entries, done.location)

    def _put(self, node: Node) -> None:
        if not self._stack:
            if not (isinstance(node, Scalar) and node.style is Style.MISSING):
                self._documents.append(node)
            return
        top = self._stack[-1]
        if top.entries is None:
            if _is_empty(node):
                self._note(
                    node.location, "a list item with nothing behind it", "give it a value, or leave it out"
                )
            top.items.append(node)
        elif top.key is None:
            self._take_key(top, node)
        else:
            self._take_value(top, top.key, node)
            top.key = None

    def _take_key(self, top: _Open, node: Node) -> None:
        if not isinstance(node, Scalar) or node.style is Style.MISSING:
            self._note(node.location, "a value without a key", syntax.ALIGN_IT)
            raise Refused
        top.key = node

    def _take_value(self, top: _Open, key: Scalar, node: Node) -> None:
        assert top.entries is not None
        if _is_empty(node):
            self._note(
                key.location,
                f"`{key.text}` has nothing behind it",
                'write a value, `null` or `""`, or leave the key out',
            )
        first = top.entries.get(key.text)
        if first:
            self._note(
                key.location,
                f"`{key.text}` is given twice",
                f"the first is on line {first.key.location.line}",
            )
            return
        top.entries[key.text] = Entry(key, node)

    def _scalar(self, event: Any) -> Scalar:
        mark = event.start_mark
        where = Location(self._path, mark.line + 1, mark.column + 1)
        style = _STYLES.get(event.style, Style.PLAIN)
        content = where
        if style is Style.PLAIN:
            if not event.value:
                style = Style.MISSING
        elif style is Style.QUOTED:
            content = Location(self._path, where.line, where.column + 1)
        else:
            content = self._block_start(event.value, where)
        return Scalar(event.value, where, style, content)

    def _block_start(self, value: str, where: Location) -> Location:
        """Where the first character of a block scalar stands; all its lines are indented alike."""
        for offset, line in enumerate(value.split("\n")):
            row = where.line + offset
            if line.strip() and row < len(self._lines):
                indent = max(0, len(self._lines[row]) - len(line))
                return Location(self._path, where.line + 1, indent + 1)
        return where
