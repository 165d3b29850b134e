"""What a failed PyFlink test shows beside pytest's own traceback: the user's frames and the JVM's words."""

from __future__ import annotations

import re
from pathlib import Path

from harness.flink.cause import root_cause, where

MOST = 20_000
"""Characters of the log that are shown, the last ones."""
_ENTRY = re.compile(r"^\d\d:\d\d:\d\d\.\d{3} (?P<level>[A-Z]+) ")
_QUIET = frozenset({"TRACE", "DEBUG", "INFO"})


def user_code(error: BaseException, folder: Path) -> str:
    """The lines of the user's functions that an error of a job went through, innermost first, or ""."""
    texts = []
    seen: BaseException | None = error
    while seen is not None:
        texts.append(str(seen))
        seen = seen.__cause__ or seen.__context__
    cause = root_cause("\n".join(texts), folder)
    return where(cause.frames, cause.message, "") if cause.frames else ""


class Tail:
    """What is written to a file from now on.

    Args:
        path: The file; it may not be there yet.
        whole: From its start on instead.
    """

    def __init__(self, path: Path, *, whole: bool = False) -> None:
        self._path = path
        self._start = path.stat().st_size if path.exists() and not whole else 0

    def text(self) -> str:
        """All of it."""
        if not self._path.exists():
            return ""
        with self._path.open("rb") as file:
            file.seek(self._start)
            return file.read().decode(errors="replace")


def worth_showing(log: str, *, traces: bool = True) -> str:
    """The warnings and errors of Flink's log; of a long one the end.

    Args:
        log: Its text.
        traces: With their stack traces.
    """
    shown = []
    loud = False
    for line in log.splitlines():
        entry = _ENTRY.match(line)
        if entry:
            loud = entry["level"] not in _QUIET
        if loud and (entry or traces):
            shown.append(line)
    text = "\n".join(shown)
    return text if len(text) <= MOST else f"... {len(text) - MOST} characters before\n{text[-MOST:]}"
