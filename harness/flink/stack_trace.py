"""A stack trace as Flink gives it: the chain of its exceptions, and the user's own frames."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.location import shown

_PYTHON_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>.+)$')
_STANDING = re.compile(r'^  File "(?P<file>[^"]+)", line (?P<line>\d+) in (?P<function>.+)$', re.MULTILINE)
_PYTHON_ERROR = re.compile(
    r"^(?P<type>[A-Za-z_][\w.]*(?:Error|Exception|Warning|Exit|Interrupt|Iteration)\w*)(?:: (?P<text>.*))?$"
)
_PYTHON_TRACE = "Traceback (most recent call last):"
_JAVA_FRAME = re.compile(
    r"^\tat (?:[\w.@-]+//?)*(?P<function>[\w.$<>]+)\((?P<file>[\w$]+\.(?:java|scala|kt)):(?P<line>\d+)\)"
)
_CAUSED = "Caused by: "
_WRAPPED = re.compile(
    r"^(?:[\w.]+\.)?(?:SerializedThrowable|RemoteException): (?=[\w.$]+(?:Exception|Error)\b)"
)
_LIBRARIES = (
    "akka.",
    "com.esotericsoftware.",
    "com.fasterxml.",
    "com.google.",
    "com.sun.",
    "com.zaxxer.",
    "io.netty.",
    "java.",
    "javax.",
    "jdk.",
    "kafka.",
    "org.apache.",
    "org.codehaus.",
    "org.postgresql.",
    "org.rocksdb.",
    "py4j.",
    "scala.",
    "sun.",
)
"""Packages that no user writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A line of the user's code that a failure went through."""

    file: str
    line: int
    function: str
    source: str = ""

    def __str__(self) -> str:
        where = f"{shown(Path(self.file)) if Path(self.file).is_absolute() else self.file}:{self.line}"
        return f"{where} in {self.function}" + (f"\n    {self.source}" if self.source else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class StackTrace:
    """What is in a stack trace.

    Attributes:
        chain: The exceptions as `type: message`, from the outermost to the root; at least one.
        frames: The user's own frames, the innermost last.
        python: The last Python error in it, or None.
    """

    chain: tuple[str, ...]
    frames: tuple[Frame, ...] = ()
    python: str | None = None


def read_stack_trace(text: str, folder: Path) -> StackTrace:
    """Read a stack trace.

    Args:
        text: As Flink's REST interface gives it.
        folder: Where the user's code lies; frames of Python elsewhere are not theirs.
    """
    lines = text.splitlines()
    python = _python_error(lines)
    sections = list(_sections(lines))
    chain = tuple(_WRAPPED.sub("", "\n".join(head)).strip() for head, _ in sections)
    if python is not None:
        return StackTrace(chain=(*chain, python), frames=tuple(_python_frames(lines, folder)), python=python)
    own = ([frame for line in body if (frame := java_frame(line))] for _, body in reversed(sections))
    # The innermost exception that went through the user's code; its first line is the innermost frame.
    frames = next((found for found in own if found), [])
    return StackTrace(chain=chain or ("unknown",), frames=tuple(reversed(frames[:3])))


def _sections(lines: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """The message of each exception of the chain, and its frames."""
    head: list[str] = []
    body: list[str] = []
    for line in lines:
        if line.startswith(_CAUSED):
            yield head, body
            head, body = [line.removeprefix(_CAUSED)], []
        elif body or line.startswith(("\tat ", "\t... ", "\tSuppressed: ")):
            body.append(line)
        else:
            head.append(line)
    if head:
        yield head, body


def java_frame(line: str) -> Frame | None:
    """The frame in a line of Java's, or None where it is none of the user's code."""
    match = _JAVA_FRAME.match(line)
    if match is None or match["function"].startswith(_LIBRARIES):
        return None
    return Frame(file=match["file"], line=int(match["line"]), function=match["function"])


def python_stack(text: str, folder: Path) -> list[Frame]:
    """The user's frames in what `faulthandler` writes, the innermost first."""
    found = ((m["file"], int(m["line"]), m["function"]) for m in _STANDING.finditer(text))
    return [
        Frame(file=file, line=line, function=function, source=_source(file, line))
        for file, line, function in found
        if "site-packages" not in file and Path(file).is_relative_to(folder)
    ]


def _python_error(lines: Sequence[str]) -> str | None:
    """The last line of the last Python traceback."""
    found = None
    inside = False
    for line in lines:
        if _PYTHON_TRACE in line:
            inside = True
        elif inside and _PYTHON_ERROR.match(line.strip()) and not line.startswith((" ", "\t")):
            found = line.strip()
            inside = False
    return found


def _python_frames(lines: Sequence[str], folder: Path) -> Iterator[Frame]:
    """Frames in the user's folder; a function that was shipped by value has its script's file name."""
    seen: set[tuple[str, int]] = set()
    for i, line in enumerate(lines):
        match = _PYTHON_FRAME.match(line)
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
