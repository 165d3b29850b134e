"""Lines of text in styled pieces: what the terminal colours and the other reports take as plain text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from harness.location import Location

RIGHT_COLUMN = 56
"""Where the place of a row begins, if the line has not got there already."""
_LONGEST_VALUE = 120
_LEAD = 20
_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of control and format characters, halves of pairs, and separators of lines."""


class Piece(NamedTuple):
    """A piece of a line, and its style in the terms of rich."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line."""

    pieces: tuple[Piece, ...]

    @property
    def plain(self) -> str:
        """The line without styles."""
        return "".join(piece.text for piece in self.pieces)


def line(*pieces: str | Piece, indent: int = 0) -> Line:
    """A line of pieces, safe to print: what would steer a terminal is spelled out."""
    parts = [Piece(" " * indent)] if indent else []
    parts += [Piece(p) if isinstance(p, str) else p for p in pieces]
    return Line(tuple(Piece(printable(text), style) for text, style in parts))


def block(text: str, *, indent: int, style: str = "") -> list[Line]:
    """Text of several lines, indented."""
    return [line(Piece(part, style), indent=indent) for part in text.rstrip().splitlines()]


def printable(text: str) -> str:
    """The text with what steers a terminal or hides in it spelled out; line ends and tabs stay."""
    if text.isprintable():
        return text
    return "".join(_spelled(char) if _steers(char) else char for char in text)


def plain_text(lines: Iterable[Line]) -> str:
    """Lines as text without styles."""
    return "\n".join(one.plain.rstrip() for one in lines)


def with_place(left: str, place: str) -> tuple[str, Piece]:
    """A line's text and the place it is about, to the right of it."""
    return f"{left:<{RIGHT_COLUMN}}  ", Piece(place, "dim")


def short_place(location: Location | None, origin: str | None) -> str:
    """Where a row was written, else where its record stood."""
    if location is not None:
        return f"{Path(location.path).name}:{location.line}"
    return origin or ""


def shortened(text: str, most: int = _LONGEST_VALUE) -> str:
    """The text, cut if it is too long to read."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def shortened_apart(one: str, other: str) -> tuple[str, str]:
    """Two long texts, cut so that the first difference can be seen."""
    if max(len(one), len(other)) <= _LONGEST_VALUE:
        return one, other
    pairs = enumerate(zip(one, other, strict=False))
    first = next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
    start = max(0, first - _LEAD) if first > _LONGEST_VALUE - 2 * _LEAD else 0
    lead = "..." if start else ""
    return shortened(lead + one[start:]), shortened(lead + other[start:])


def duration(seconds: float) -> str:
    """A time that a person can take in."""
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def _steers(char: str) -> bool:
    return char not in "\t\n" and unicodedata.category(char) in _STEERING


def _spelled(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"
