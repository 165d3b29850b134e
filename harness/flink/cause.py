"""The root cause of a failed job, from Flink's stack trace: the user's own lines first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>.+)$')
_PYTHON = re.compile(
    r"^(?P<type>[A-Za-z_][\w.]*(?:Error|Exception|Warning|Exit|Interrupt|Iteration)\w*)(?:: (?P<text>.*))?$"
)
_CAUSE = re.compile(r"^Caused by: (?P<text>.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A line of the user's code that a failure went through."""

    file: str
    line: int
    function: str
    source: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line} in {self.function}"
        return f"{where}\n    {self.source}" if self.source else where


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a job failed.

    Attributes:
        message: The innermost exception: of Python code the Python one, else Java's last `Caused by`.
        frames: The user's own frames, the innermost last.
        stacktrace: All that Flink said.
    """

    message: str
    frames: tuple[Frame, ...] = ()
    stacktrace: str = ""

    def text(self) -> str:
        """The user's own line first, then the message."""
        shown = [str(frame) for frame in reversed(self.frames[-3:])]
        return "\n".join([*shown, self.message])


def root_cause(stacktrace: str, folder: Path) -> Cause:
    """The cause in a stack trace of Flink's.

    Args:
        stacktrace: As the REST interface gives it.
        folder: Where the user's code lies; frames elsewhere are not theirs.
    """
    lines = stacktrace.splitlines()
    python = _python_error(lines)
    if python is not None:
        return Cause(message=python, frames=tuple(_frames(lines, folder)), stacktrace=stacktrace)
    causes = _CAUSE.findall(stacktrace)
    message = causes[-1] if causes else (lines[0] if lines else "unknown")
    return Cause(message=message.strip(), stacktrace=stacktrace)


def _python_error(lines: list[str]) -> str | None:
    """The last line of the last Python traceback."""
    found = None
    inside = False
    for line in lines:
        if "Traceback (most recent call last):" in line:
            inside = True
        elif inside and _PYTHON.match(line.strip()) and not line.startswith((" ", "\t")):
            found = line.strip()
            inside = False
    return found


def _frames(lines: list[str], folder: Path) -> Iterable[Frame]:
    """Frames in the user's folder; a function that was shipped by value has its script's file name."""
    seen: set[tuple[str, int]] = set()
    for i, line in enumerate(lines):
        match = _FRAME.match(line)
        if not match:
            continue
        file, number = match["file"], int(match["line"])
        if "site-packages" in file or not Path(file).is_relative_to(folder) or (file, number) in seen:
            continue
        seen.add((file, number))
        source = lines[i + 1].strip() if i + 1 < len(lines) and lines[i + 1].startswith("    ") else ""
        yield Frame(
            file=file, line=number, function=match["function"], source=source or _source(file, number)
        )


def _source(file: str, number: int) -> str:
    try:
        return Path(file).read_text().splitlines()[number - 1].strip()
    except (OSError, IndexError, UnicodeDecodeError):
        return ""
