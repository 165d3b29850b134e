"""The nodes of a YAML text from their first to their last character, so that each can be replaced alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from harness.location import Location
from harness.scenario.rewrite.edits import Edit, FileText

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class ScalarSpan:
    """A text; `style` is YAML's sign for it (`'`, `"`, `|`, `>`), or "" for a plain one."""

    start: int
    end: int
    text: str
    style: str


@dataclass(frozen=True, slots=True)
class ListSpan:
    """A list; `flow` is one in brackets."""

    start: int
    end: int
    items: tuple[NodeSpan, ...]
    flow: bool


@dataclass(frozen=True, slots=True)
class MapSpan:
    """A mapping; `flow` is one in braces."""

    start: int
    end: int
    entries: tuple[EntrySpan, ...]
    flow: bool

    def entry(self, key: str) -> EntrySpan | None:
        """The entry of a key, or None."""
        return next((entry for entry in self.entries if entry.key.text == key), None)


@dataclass(frozen=True, slots=True)
class EntrySpan:
    """A key with its value."""

    key: ScalarSpan
    value: NodeSpan

    @property
    def start(self) -> int:
        """Where the key begins."""
        return self.key.start

    @property
    def end(self) -> int:
        """Where the value ends."""
        return max(self.key.end, self.value.end)


NodeSpan: TypeAlias = "ScalarSpan | ListSpan | MapSpan"


def documents(text: FileText) -> tuple[NodeSpan, ...]:
    """The documents of a YAML file that is right."""
    loader = _LOADER(text.text)
    try:
        return _Reader(text, loader).documents()
    finally:
        loader.dispose()


def step_at(text: FileText, location: Location) -> MapSpan | None:
    """The mapping that has a key at this place, or None if there is none."""
    offset = text.offset(location)
    return next(
        (
            found
            for document in documents(text)
            for found in _maps(document)
            if any(entry.key.start == offset for entry in found.entries)
        ),
        None,
    )


def removal(text: FileText, node: MapSpan, number: int) -> Edit:
    """The edit that takes an entry out, which may not touch that of its neighbour."""
    entry = node.entries[number]
    if number + 1 < len(node.entries):
        return Edit(entry.start, node.entries[number + 1].start, "")
    if number == 0:
        return Edit(entry.start, entry.end, "")
    before = node.entries[number - 1].end
    # What is written behind the entry before, on its line, stays.
    return Edit(before if node.flow else text.line_end(text.line_of(before)), entry.end, "")


def _maps(node: NodeSpan) -> Iterator[MapSpan]:
    if isinstance(node, MapSpan):
        yield node
        for entry in node.entries:
            yield from _maps(entry.value)
    elif isinstance(node, ListSpan):
        for item in node.items:
            yield from _maps(item)


class _Reader:
    """Events to spans; what the loader of scenarios has accepted is nested only so deep."""

    def __init__(self, text: FileText, events: Any) -> None:
        self._text = text
        self._events = events

    def documents(self) -> tuple[NodeSpan, ...]:
        found: list[NodeSpan] = []
        while True:
            event = self._events.get_event()
            if isinstance(event, yaml.StreamEndEvent):
                return tuple(found)
            if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
                found.append(self._node(event))

    def _node(self, event: Any) -> NodeSpan:
        start = self._at(event.start_mark)
        if isinstance(event, yaml.ScalarEvent):
            end = max(start, self._at(event.end_mark))
            if event.style in ("|", ">"):
                # Its mark is at the next token; the last line of the text is where it ends.
                last = self._text.line_of(start + len(self._text.text[start:end].rstrip()))
                end = self._text.line_end(last)
            return ScalarSpan(start, end, event.value, event.style or "")
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[NodeSpan] = []
            while not isinstance(inner := self._events.get_event(), yaml.SequenceEndEvent):
                items.append(self._node(inner))
            end = self._at(inner.end_mark) if event.flow_style else items[-1].end
            return ListSpan(start, end, tuple(items), bool(event.flow_style))
        entries: list[EntrySpan] = []
        while not isinstance(inner := self._events.get_event(), yaml.MappingEndEvent):
            key = self._node(inner)
            assert isinstance(key, ScalarSpan)
            entries.append(EntrySpan(key, self._node(self._events.get_event())))
        end = self._at(inner.end_mark) if event.flow_style else entries[-1].end
        return MapSpan(start, end, tuple(entries), bool(event.flow_style))

    def _at(self, mark: Any) -> int:
        return self._text.at(mark.line + 1, mark.column + 1)
