"""`$NAME` and `${NAME}` of a SQL file, filled in as envsubst does it before a file is submitted; pure."""

from __future__ import annotations

import bisect
import re
from collections.abc import Mapping
from dataclasses import dataclass

_VARIABLE = re.compile(r"\$(?:\{(?P<braced>[A-Za-z_][A-Za-z0-9_]*)\}|(?P<plain>[A-Za-z_][A-Za-z0-9_]*))")


@dataclass(frozen=True, slots=True)
class Filled:
    """A text whose variables are filled in.

    Attributes:
        text: The text.
        pieces: Where its pieces begin: in the filled text, and in that of the file; None: it is a value.
    """

    text: str
    pieces: tuple[tuple[int, int, bool], ...]

    def origin(self, offset: int) -> int:
        """Where in the file a place of the filled text comes from; inside of a value: its variable."""
        at, place, is_value = self.pieces[bisect.bisect_right(self.pieces, offset, key=lambda p: p[0]) - 1]
        return place if is_value else place + offset - at


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """`text` with the variables that have a value; whatever else looks like one stays as it is."""
    parts: list[str] = []
    pieces = [(0, 0, False)]
    length = done = 0
    for match in _VARIABLE.finditer(text):
        name = match["braced"] or match["plain"]
        if name not in values:
            continue
        before, value = text[done : match.start()], values[name]
        parts += [before, value]
        pieces.append((length + len(before), match.start(), True))
        length += len(before) + len(value)
        done = match.end()
        pieces.append((length, done, False))
    return Filled("".join([*parts, text[done:]]), tuple(pieces))


def variables(text: str) -> frozenset[str]:
    """The names that a text could take from an environment."""
    return frozenset(match["braced"] or match["plain"] for match in _VARIABLE.finditer(text))
