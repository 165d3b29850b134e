"""The problems of the files that are being read, each with the line it stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.location import Location


class Problems:
    """Collects everything that is wrong, so that one reading reports all of it."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._lines: dict[Path, Sequence[str]] = {}

    def know(self, path: Path, lines: Sequence[str]) -> None:
        """Remember the lines of a file, to show them with its problems."""
        self._lines[path] = lines

    def add(self, location: Location, message: str, hint: str | None = None) -> None:
        """Note one thing that is wrong."""
        lines = self._lines.get(location.path, ())
        source = lines[location.line - 1] if location.line <= len(lines) else ""
        self._found.append(Problem(location, message, source, hint))

    def __len__(self) -> int:
        return len(self._found)

    def found(self) -> tuple[Problem, ...]:
        """All problems in the order of files and lines, equal ones once."""
        return tuple(sorted(dict.fromkeys(self._found), key=lambda problem: problem.location))
