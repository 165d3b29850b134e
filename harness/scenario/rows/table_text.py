"""The text of a table: its lines taken apart and put together, aligned as a terminal shows them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

_CELL = re.compile(r"((?:\\.|[^\\|]|\\$)*)\|")
_RULE = re.compile(r":?-{3,}:?")
_TO_ESCAPE = re.compile(r"\\(?=[|n\\]|$)|[|\n]")
_ESCAPED = {"\\": "\\\\", "|": "\\|", "\n": "\\n"}
_LEAST_RULE = 3
_NO_WIDTH = frozenset({"Mn", "Me", "Cf"})


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line of the block that holds a table.

    Attributes:
        text: The line as it stands, its indentation too.
        cells: The texts between its bars, outer spaces gone and escapes still there; None for a line that
            is no row: a comment or an empty one.
    """

    text: str
    cells: tuple[str, ...] | None = None

    @property
    def is_rule(self) -> bool:
        """Whether it is a line such as `|---|---|`."""
        return self.cells is not None and all(_RULE.fullmatch(cell) for cell in self.cells)


@dataclass(frozen=True, slots=True)
class TableText:
    """All lines of a table that is right; the first one with cells is the head."""

    lines: tuple[TableLine, ...] = field(default=())

    @classmethod
    def from_lines(cls, lines: Iterable[str]) -> TableText:
        """The table of these lines, which hold no line breaks."""
        return cls(tuple(_line(text) for text in lines))

    def head(self) -> TableLine:
        """The line that names the columns."""
        return next(line for line in self.lines if line.cells is not None and not line.is_rule)

    def is_aligned(self) -> bool:
        """Whether every bar stands where it should."""
        return self.aligned() == self

    def widths(self) -> tuple[int, ...]:
        """The widths of its columns where all bars are below each other, however wide; else ()."""
        lines = [line for line in self.lines if line.cells is not None and not line.is_rule]
        found = {
            (indentation(line.text), tuple(width(part) - 2 for part in parts_of(line.text))) for line in lines
        }
        return found.pop()[1] if len(found) == 1 else ()

    def aligned(self, least: Sequence[int] = ()) -> TableText:
        """The same table with its bars below each other; comments and empty lines stay as they are.

        Args:
            least: How wide its columns are at least.
        """
        rows = [line.cells for line in self.lines if line.cells is not None and not line.is_rule]
        if not rows:
            return self
        rules = any(line.is_rule for line in self.lines)
        columns = zip(*rows, strict=True)
        widths = [max(_LEAST_RULE if rules else 0, *map(width, ("", *column))) for column in columns]
        widths = [max(pair) for pair in zip_longest(widths, least[: len(widths)], fillvalue=0)]
        indent = indentation(self.head().text)
        return replace(self, lines=tuple(_aligned(line, indent, widths) for line in self.lines))


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def escape(text: str) -> str:
    """A cell's text with what would end the cell or the line escaped, and no other backslash."""
    return _TO_ESCAPE.sub(lambda found: _ESCAPED[found[0]], text)


def parts_of(line: str) -> list[str]:
    """The texts between the bars of a row, with the spaces around them."""
    stripped = line.strip()
    if "\\" not in stripped:
        return stripped[1:-1].split("|")
    return [found[1] for found in _CELL.finditer(stripped, 1)]


def indentation(line: str) -> str:
    """The space that a line begins with."""
    return line[: len(line) - len(line.lstrip())]


def written(cells: Sequence[str], indent: str) -> str:
    """A row with one space on each side of its cells."""
    return indent + "".join(f"| {cell} " for cell in cells) + "|"


def _line(text: str) -> TableLine:
    stripped = text.strip()
    if stripped[:1] != "|":
        return TableLine(text)
    return TableLine(text, tuple(cell.strip() for cell in parts_of(text)))


def _aligned(line: TableLine, indent: str, widths: Sequence[int]) -> TableLine:
    if line.cells is None or (line.is_rule and len(line.cells) != len(widths)):
        return line
    if line.is_rule:
        cells = [_stretched(cell, wide) for cell, wide in zip(line.cells, widths, strict=True)]
    else:
        cells = [cell + " " * (wide - width(cell)) for cell, wide in zip(line.cells, widths, strict=True)]
    return replace(line, text=written(cells, indent), cells=tuple(cell.strip() for cell in cells))


def _stretched(rule: str, wide: int) -> str:
    left, right = rule[:1].strip("-"), rule[-1:].strip("-")
    return left + "-" * (wide - len(left) - len(right)) + right


def _width(char: str) -> int:
    if unicodedata.category(char) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
