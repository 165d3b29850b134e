"""Every error that a user can meet: one fact, what was seen, where, and what to do next.

A message is one fact without a full stop. `detail` is what was seen (a value, a path, the tail of
a log), `hint` is the edit or the command that mends it, `location` is where the user wrote it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from harness.diagnosis import Obstacle, Suspect
from harness.location import Location


class HarnessError(Exception):
    """The base of all expected errors; none of them is shown with a traceback."""

    def __init__(
        self,
        message: str,
        *,
        detail: str | None = None,
        hint: str | None = None,
        location: Location | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.hint = hint
        self.location = location

    def __str__(self) -> str:
        return self.render()

    def render(self) -> str:
        """The whole error as text: location and fact, then detail, then hint."""
        first = f"{self.location}: {self.message}" if self.location else self.message
        parts = [first]
        if self.detail:
            parts += [f"  {line}" for line in self.detail.rstrip().splitlines()]
        if self.hint:
            parts.append(f"  -> {self.hint}")
        return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file, with the line it stands on.

    Attributes:
        location: The file, line and column.
        message: One fact, lowercase, no full stop.
        source: The line as the user wrote it, or "" where the file could not be read.
        hint: The nearest valid key or the edit that mends it.
    """

    location: Location
    message: str
    source: str = ""
    hint: str | None = None

    def render(self) -> str:
        """The problem as text: location and fact, the source line with a caret, the hint."""
        lines = [f"{self.location}: {self.message}"]
        if self.source.strip():
            caret = "".join("\t" if c == "\t" else " " for c in self.source[: self.location.column - 1])
            lines += [f"    {self.source.rstrip()}", f"    {caret}^"]
        if self.hint:
            lines.append(f"  -> {self.hint}")
        return "\n".join(lines)


class InvalidFiles(HarnessError):
    """Files that cannot be used, with all their problems at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: p.location))
        count = len(self.problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in the files")

    def render(self) -> str:
        """All problems, in the order of the files and lines."""
        return "\n".join(problem.render() for problem in self.problems)


class SettingsError(HarnessError):
    """A setting or a command-line value that cannot be used."""


class NothingSelected(SettingsError):
    """Nothing to do: an exit code of its own, so that a gate does not pass because it checked nothing."""


class PlanError(HarnessError):
    """A scenario that is well formed but cannot be carried out."""


class ArtefactError(HarnessError):
    """A jar or another file that could not be fetched or verified."""


class ServiceError(HarnessError):
    """A service that did not start, did not become ready, or died."""


class LeaseError(HarnessError):
    """The keeper could not give what a scenario needs."""


class InputError(HarnessError):
    """A row that could not be written."""


class JobError(HarnessError):
    """A job that could not be submitted, failed, or restarts for ever.

    Attributes:
        suspects: The records on which it may have failed.
    """

    def __init__(self, message: str, *, suspects: tuple[Suspect, ...] = (), **more: Any) -> None:
        super().__init__(message, **more)
        self.suspects = suspects


class SettleTimeout(HarnessError):
    """A job that was not done in time, with the reason why not.

    Attributes:
        obstacles: What stands in its way, the most telling thing first.
    """

    def __init__(self, message: str, *, obstacles: tuple[Obstacle, ...] = (), **more: Any) -> None:
        super().__init__(message, **more)
        self.obstacles = obstacles


class SinkError(HarnessError):
    """A sink that could not be read."""


class ExpectationError(HarnessError):
    """An expectation that cannot be held against what is there, such as an unknown column."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` most likely meant, or None."""
    matches = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def did_you_mean(word: str, known: Iterable[str], *, what: str = "known") -> str:
    """A hint that names the nearest known word, else all of them."""
    known = list(known)
    match = nearest(word, known)
    if match:
        return f"did you mean `{match}`?"
    return f"{what}: {', '.join(f'`{k}`' for k in known)}" if known else f"there are no {what}"
