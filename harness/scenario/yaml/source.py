"""Bytes of a YAML file to node trees: nothing but structure, and every refusal is a problem."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import yaml

from harness.location import Location
from harness.scenario.problems import Problems
from harness.scenario.yaml import syntax
from harness.scenario.yaml.nodes import Node
from harness.scenario.yaml.tree import Refused, TreeBuilder

MAX_BYTES = 8 * 1024 * 1024

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
# NEL, LS and PS are line breaks to YAML alone, so they would shift every line that is shown.
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


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
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            problems.add(Location(path), "the file is UTF-16, not UTF-8", "save it as UTF-8")
            return None
        problems.know(path, split_lines(data.decode("utf-8", errors="replace")))
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


def is_allowed(text: str) -> bool:
    """Whether every character of a text may stand in a file as it is."""
    return _FORBIDDEN.search(text) is None


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
    loader = _LOADER(text)
    try:
        return TreeBuilder(path, lines, problems).build(loader)
    except Refused:
        return None
    except yaml.MarkedYAMLError as error:
        _note_syntax_error(error, path, lines, problems)
        return None
    except yaml.YAMLError as error:
        problems.add(Location(path), f"this is not valid YAML: {str(error).splitlines()[0]}")
        return None
    finally:
        loader.dispose()


def _note_syntax_error(
    error: yaml.MarkedYAMLError, path: Path, lines: Sequence[str], problems: Problems
) -> None:
    mark = error.problem_mark if error.problem_mark is not None else error.context_mark
    row, column = (0, 0) if mark is None else (mark.line, mark.column)
    line = lines[row] if row < len(lines) else ""
    message, hint, began_earlier = syntax.explain(error, line, column)
    begin = error.context_mark
    if begin is not None and (began_earlier or (syntax.is_unclosed(error) and begin.line != row)):
        row, column = begin.line, begin.column
    if row >= len(lines) or not lines[row].strip():
        # YAML notices at the end of the file; the last line with text is where one looks.
        row = max((i for i, text in enumerate(lines[: row + 1]) if text.strip()), default=0)
        column = len(lines[row].rstrip())
    problems.add(Location(path, row + 1, column + 1), message, hint)
