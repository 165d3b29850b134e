"""Offsets of a text as lines and columns, and back; pure."""

from __future__ import annotations

import re

_BREAK = re.compile(r"\r\n|\r|\n")


def lines(text: str) -> list[str]:
    """The lines of a text, without their breaks."""
    return _BREAK.split(text)


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset; both count from 1."""
    line, start = 1, 0
    for match in _BREAK.finditer(text, 0, offset):
        line, start = line + 1, match.end()
    return line, offset - start + 1


def offset(text: str, line: int, column: int) -> int | None:
    """The offset of a line and column as a JVM counts them, in UTF-16; None if the text has no such place."""
    start = 0
    for _ in range(line - 1):
        match = _BREAK.search(text, start)
        if match is None:
            return None
        start = match.end()
    units = column - 1
    at = start
    while units > 0 and at < len(text):
        units -= 2 if ord(text[at]) > 0xFFFF else 1
        at += 1
    return at if units <= 0 and line > 0 and column > 0 else None
