"""CSV and TSV lines to cells, each with its place; quotes as spreadsheets write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from harness.location import Location
from harness.scenario.problems import Problems

SEPARATORS = (",", ";", "\t")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_INSIDE = re.compile(r'[^"]*(?:""[^"]*)*')


class Field(NamedTuple):
    """One cell of the file.

    Attributes:
        text: Its text; spaces around it are gone unless it was in quotes.
        location: Where it begins.
        quoted: It stood in the quotes of the file format.
    """

    text: str
    location: Location
    quoted: bool


class _Broken(Exception):
    """Reading ends here; why is noted."""


def read(lines: Iterable[str], path: Path, problems: Problems) -> Iterator[list[Field]]:
    """The rows with anything in them, by the separator of the head; reading ends at a broken quote.

    Args:
        lines: The lines of the file with their breaks.
        path: The file.
        problems: Where to note.
    """
    reader = _Reader(lines, path, problems)
    try:
        yield from reader.rows()
    except _Broken:
        return


class _Reader:
    """Reads one file; a row takes more lines than one where a quoted cell has breaks in it."""

    def __init__(self, lines: Iterable[str], path: Path, problems: Problems) -> None:
        self._lines = iter(lines)
        self._path = path
        self._problems = problems
        self._number = 0
        self._separator = ""
        self._plain = re.compile("")

    def rows(self) -> Iterator[list[Field]]:
        """The rows, empty lines left out."""
        for line in self._lines:
            self._number += 1
            if not self._separator:
                if not line.strip("\r\n"):
                    continue
                bare = _QUOTED.sub("", line)
                self._separator = max(SEPARATORS, key=bare.count)
                self._plain = re.compile(rf"[^{self._separator}\r\n]*")
            fields = self._fields(line) if '"' in line else self._plain_fields(line)
            if len(fields) > 1 or fields[0].text or fields[0].quoted:
                yield fields

    def _plain_fields(self, line: str) -> list[Field]:
        path, number = self._path, self._number
        fields = []
        column = 1
        for raw in line.rstrip("\r\n").split(self._separator):
            text = raw.strip()
            inset = column if text == raw else column + len(raw) - len(raw.lstrip())
            fields.append(Field(text, Location(path, number, inset), quoted=False))
            column += len(raw) + 1
        return fields

    def _fields(self, line: str) -> list[Field]:
        fields = []
        position = 0
        while True:
            where = Location(self._path, self._number, position + 1)
            if line[position : position + 1] == '"':
                text, line, position = self._quoted(line, position + 1, where)
                fields.append(Field(text, where, quoted=True))
            else:
                match = self._plain.match(line, position)
                assert match is not None
                raw = match[0]
                inset = len(raw) - len(raw.lstrip())
                where = Location(self._path, self._number, position + inset + 1)
                fields.append(Field(raw.strip(), where, quoted=False))
                position = match.end()
            if line[position : position + 1] != self._separator:
                return fields
            position += 1

    def _quoted(self, line: str, position: int, where: Location) -> tuple[str, str, int]:
        """The text behind an opening quote, and the line and the position behind the closing one."""
        pieces = []
        while True:
            match = _INSIDE.match(line, position)
            assert match is not None
            pieces.append(match[0])
            position = match.end()
            if position < len(line):
                break
            following = next(self._lines, None)
            if following is None:
                self._problems.add(where, "a quote that is not closed")
                raise _Broken
            line, position = following, 0
            self._number += 1
        position += 1
        if line[position : position + 1] not in (self._separator, "\r", "\n", ""):
            self._problems.add(
                Location(self._path, self._number, position + 1),
                "text behind a closing quote",
                'a quote inside of quotes is written twice: `""`',
            )
            raise _Broken
        return "".join(pieces).replace('""', '"'), line, position
