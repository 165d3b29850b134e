"""The text of a file, and edits that keep every byte they are not about."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from harness.location import Location

_MARK = b"\xef\xbb\xbf"
_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Other text in the place of what stands from `start` to `end`; both are offsets into the text."""

    start: int
    end: int
    text: str


class FileText:
    """The text of a UTF-8 file; lines and columns are counted as everywhere in the harness.

    Attributes:
        text: The text, the mark at its beginning gone.
        newline: The line break of its first line.
    """

    def __init__(self, data: bytes) -> None:
        self._mark = _MARK if data.startswith(_MARK) else b""
        self.text = data.decode("utf-8-sig")
        breaks = list(_BREAK.finditer(self.text))
        self.newline = breaks[0][0] if breaks else "\n"
        self._starts = [0, *(found.end() for found in breaks)]
        self._ends = [*(found.start() for found in breaks), len(self.text)]

    def offset(self, location: Location) -> int:
        """Where a location is in the text."""
        return self.at(location.line, location.column)

    def at(self, line: int, column: int) -> int:
        """Where a line and column, both from 1, are in the text."""
        if line > len(self._starts):
            return len(self.text)
        return min(self._starts[line - 1] + column - 1, len(self.text))

    def line_of(self, offset: int) -> int:
        """The number of the line that an offset is in."""
        return bisect_right(self._starts, offset)

    def line(self, number: int) -> str:
        """A line without its break."""
        return self.text[self._starts[number - 1] : self._ends[number - 1]]

    def line_end(self, number: int) -> int:
        """Where a line ends, before its break."""
        return self._ends[number - 1]

    def line_start(self, number: int) -> int:
        """Where a line begins; behind the last one, the end of the text."""
        return self._starts[number - 1] if number <= len(self._starts) else len(self.text)

    def edited(self, edits: Iterable[Edit]) -> bytes:
        """The bytes of the file after the edits, which do not overlap."""
        parts, position = [], 0
        # A stable sort: what is inserted at one place keeps the order in which it came.
        for edit in sorted(edits, key=lambda e: (e.start, e.end)):
            assert edit.start >= position, "edits overlap"
            parts += [self.text[position : edit.start], edit.text]
            position = edit.end
        return self._mark + "".join([*parts, self.text[position:]]).encode()
