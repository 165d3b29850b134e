"""The problems of the files that are being read, each with the line it stands on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from harness.errors import Problem
from harness.location import Location

MAX_PROBLEMS = 500
"""So many problems of one file are enough; reading stops there."""
MAX_MESSAGE = 300
MAX_SOURCE = 300

# A file may hold anything, and its lines go to terminals and into XML.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class TooManyProblems(Exception):
    """Reading stops here; the problems so far are noted, and that there are more."""


class Problems:
    """Collects everything that is wrong, so that one reading reports all of it."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}
        self._warnings: dict[Problem, None] = {}
        self._count = 0
        self._lines: dict[Path, Sequence[str]] = {}

    def know(self, path: Path, lines: Sequence[str]) -> None:
        """Remember the lines of a file, to show them with its problems."""
        self._lines[path] = lines

    def add(self, location: Location, message: str, hint: str | None = None) -> None:
        """Note one thing that is wrong.

        Raises:
            TooManyProblems: There are so many that nobody reads more of them.
        """
        # Each line of `examples` reads the same steps again, and a problem of theirs is one problem.
        self._count += 1
        if len(self._found) >= MAX_PROBLEMS:
            self._found[Problem(location, f"more than {MAX_PROBLEMS} problems; the rest is not read")] = None
            raise TooManyProblems
        hint = None if hint is None else _one_line(hint)
        self._found[Problem(location, _one_line(message), self._source(location), hint)] = None

    def warn(self, location: Location, message: str, hint: str | None = None) -> None:
        """Note what is probably not meant so; nothing fails for it."""
        if len(self._warnings) < MAX_PROBLEMS:
            hint = None if hint is None else _one_line(hint)
            self._warnings[Problem(location, _one_line(message), self._source(location), hint)] = None

    def take_warnings(self) -> tuple[Problem, ...]:
        """The warnings since they were last taken, equal ones once."""
        warnings, self._warnings = self._warnings, {}
        return tuple(warnings)

    def __len__(self) -> int:
        """How often something was noted."""
        return self._count

    def found(self) -> tuple[Problem, ...]:
        """All problems in the order of files and lines, equal ones once."""
        return tuple(sorted(self._found, key=lambda problem: problem.location))

    def _source(self, location: Location) -> str:
        lines = self._lines.get(location.path, ())
        if location.line > len(lines) or location.column > MAX_SOURCE:
            return ""
        line = lines[location.line - 1]
        return _CONTROL.sub("\ufffd", line if len(line) <= MAX_SOURCE else line[:MAX_SOURCE] + "...")


def _one_line(text: str) -> str:
    """A message with what the user typed in it, fit to be shown."""
    if len(text) > MAX_MESSAGE:
        text = f"{text[: MAX_MESSAGE // 2]} ... {text[-MAX_MESSAGE // 2 :]}"
    return _CONTROL.sub("\ufffd", text.replace("\n", "\\n"))
