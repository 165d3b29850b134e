"""Bytes of a YAML file to node trees: nothing but structure, and every refusal is a problem."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from harness.location import Location
from harness.scenario import syntax
from harness.scenario.nodes import Entry, ListNode, MapNode, Node, Scalar, Style

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.scenario.problems import Problems

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 50
MAX_PROBLEMS = 50
"""Structural problems of one file after which reading stops: a bomb needs no longer list."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STYLES = {"'": Style.QUOTED, '"': Style.QUOTED, "|": Style.LITERAL, ">": Style.FOLDED}
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
# NEL, LS and PS are line breaks to YAML alone, so they would shift every line that is shown.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


class _Refused(Exception):  # noqa: N818 - it never leaves this module
    """Reading cannot go on; the problem is already noted."""


def read(path: Path, problems: Problems) -> tuple[Node, ...] | None:
    """The documents of a file, or None where it cannot be read at all.

    Several documents are separated by `---`. An empty document is left out.
    """
    data = read_bytes(path, problems, MAX_BYTES)
    return None if data is None else parse(data, path, problems)


def read_bytes(path: Path, problems: Problems, most: int) -> bytes | None:
    """The bytes of a file of at most `most` bytes, or None with a problem."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problems.add(Location(path), f"the file cannot be read: {reason.lower()}")
        return None
    if len(data) > most:
        problems.add(Location(path), f"the file is larger than {most // 1024 // 1024} MB")
        return None
    return data


def decode(data: bytes, path: Path, problems: Problems) -> str | None:
    """The text of a UTF-8 file, its mark gone, or None with a problem."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.know(path, split_lines(data.decode("utf-8", errors="replace")))
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            problems.add(Location(path), "the file is UTF-16, not UTF-8", "save it as UTF-8")
            return None
        before = split_lines(error.object[: error.start].decode("utf-8", errors="replace"))
        where = Location(path, len(before), len(before[-1]) + 1)
        byte = error.object[error.start]
        problems.add(where, f"the file is not UTF-8: byte 0x{byte:02x} stands here", "save it as UTF-8")
        return None
    problems.know(path, split_lines(text))
    return text


def split_lines(text: str) -> list[str]:
    """The lines of a text, by the breaks that both YAML and editors count."""
    return _LINE_BREAK.split(text) if "\r" in text else text.split("\n")


def parse(data: bytes, path: Path, problems: Problems) -> tuple[Node, ...] | None:
    """The documents in `data`, or None where it is no readable YAML."""
    text = decode(data, path, problems)
    if text is None:
        return None
    lines = split_lines(text)
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        before = split_lines(text[: forbidden.start()])
        code = ord(forbidden.group())
        where = Location(path, len(before), len(before[-1]) + 1)
        hint = None if code == 0 else f'write it as "\\u{code:04x}" in double quotes'
        problems.add(where, f"the character U+{code:04X} cannot stand in the file", hint)
        return None
    known = len(problems)
    loader = _LOADER(text)
    try:
        documents = _Builder(path, lines, problems).build(loader)
    except _Refused:
        return None
    except yaml.MarkedYAMLError as error:
        _note_syntax_error(error, path, lines, problems)
        return None
    except yaml.YAMLError as error:
        problems.add(Location(path), f"this is not valid YAML: {str(error).splitlines()[0]}")
        return None
    finally:
        loader.dispose()
    return documents if len(problems) == known or documents else None


def _note_syntax_error(
    error: yaml.MarkedYAMLError, path: Path, lines: Sequence[str], problems: Problems
) -> None:
    mark = error.problem_mark or error.context_mark
    row, column = (mark.line, mark.column) if mark else (0, 0)
    line = lines[row] if row < len(lines) else ""
    message, hint, at_context = syntax.explain(error, line, column)
    if at_context and error.context_mark:
        row, column = error.context_mark.line, error.context_mark.column
    if row >= len(lines) or not lines[row].strip():
        # YAML notices at the end of the file; the last line with text is where one looks.
        row = max((i for i, text in enumerate(lines[: row + 1]) if text.strip()), default=0)
        column = len(lines[row].rstrip())
    problems.add(Location(path, row + 1, column + 1), message, hint)


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet; `entries` is None in a list."""

    location: Location
    items: list[Node]
    entries: dict[str, Entry] | None
    key: Scalar | None = None


def _is_empty(node: Node) -> bool:
    """Whether nothing was written; a refused alias is missing too, but already reported."""
    return isinstance(node, Scalar) and node.style is Style.MISSING and not node.text


class _Builder:
    """Events to trees, without recursion: the depth of a file is its author's choice, not ours."""

    def __init__(self, path: Path, lines: Sequence[str], problems: Problems) -> None:
        self._path = path
        self._lines = lines
        self._problems = problems
        self._limit = len(problems) + MAX_PROBLEMS
        self._stack: list[_Open] = []
        self._documents: list[Node] = []

    def build(self, loader: yaml.SafeLoader) -> tuple[Node, ...]:
        """All documents of the loader's text."""
        while True:
            event = loader.get_event()
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._refuse_marks(event)
                self._put(self._scalar(event))
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._refuse_marks(event)
                self._open(event, is_mapping=kind is yaml.MappingStartEvent)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._put(self._close())
            elif kind is yaml.AliasEvent:
                where = self._at(event)
                self._note(where, f"`*{event.anchor}` is a YAML alias, and they are not used here",
                           "write the value out; a text that begins with `*` needs quotes")
                self._put(Scalar("*", where, Style.MISSING, where))
            elif kind is yaml.StreamEndEvent:
                return tuple(self._documents)

    def _at(self, event: yaml.Event) -> Location:
        mark = event.start_mark
        return Location(self._path, mark.line + 1, mark.column + 1)

    def _note(self, location: Location, message: str, hint: str | None = None) -> None:
        self._problems.add(location, message, hint)
        if len(self._problems) >= self._limit:
            raise _Refused

    def _refuse_marks(self, event: yaml.NodeEvent) -> None:
        if event.anchor is not None:
            self._note(self._at(event), f"`&{event.anchor}` is a YAML anchor, and they are not used here",
                       "write the value out; a text that begins with `&` needs quotes")
        if event.tag is not None:
            self._note(self._at(event), "YAML tags (`!...`) are not used here",
                       "leave the tag out; a text that begins with `!` needs quotes")

    def _open(self, event: yaml.NodeEvent, *, is_mapping: bool) -> None:
        if len(self._stack) >= MAX_DEPTH:
            self._note(self._at(event), f"the file is nested more than {MAX_DEPTH} levels deep")
            raise _Refused
        top = self._stack[-1] if self._stack else None
        if top and top.entries is not None and top.key is None:
            self._note(self._at(event), "a key is a word, not a list or mapping", syntax.CLOSE_IT)
            raise _Refused
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
                self._note(node.location, "a list item with nothing behind it", "give it a value, or leave it out")
            top.items.append(node)
        elif top.key is None:
            self._take_key(top, node)
        else:
            self._take_value(top, top.key, node)
            top.key = None

    def _take_key(self, top: _Open, node: Node) -> None:
        if not isinstance(node, Scalar) or node.style is Style.MISSING:
            self._note(node.location, "a value without a key", syntax.ALIGN_IT)
            raise _Refused
        top.key = node

    def _take_value(self, top: _Open, key: Scalar, node: Node) -> None:
        assert top.entries is not None
        if _is_empty(node):
            self._note(key.location, f"`{key.text}` has nothing behind it",
                       'write a value, `null` or `""`, or leave the key out')
        first = top.entries.get(key.text)
        if first:
            self._note(key.location, f"`{key.text}` is given twice", f"the first is on line {first.key.location.line}")
            return
        top.entries[key.text] = Entry(key, node)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        where = self._at(event)
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
