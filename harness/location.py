"""Where something was written: file, line and column, and the source line to show with it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Location(NamedTuple):
    """A place in a file that a user wrote; line and column count from 1.

    Every value of every file has one, and a tuple is made in half the time of a frozen dataclass.
    """

    path: Path
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{shown(self.path)}:{self.line}:{self.column}"

    def to_json(self) -> dict[str, object]:
        """The location as plain data for the result document."""
        return {"file": shown(self.path), "line": self.line, "column": self.column}


def shown(path: Path) -> str:
    """A path as a person wants to read it: relative to the working directory where it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
