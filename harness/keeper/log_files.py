"""The logs of a keeper and its services, read by their ends and followed, without secrets."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import ServiceError
from harness.keeper.found import FoundKeeper

MASK = "***"
END_BYTES = 1 << 20
"""Of each log so much of its end is looked at."""
_INSTANCE = re.compile(r"[a-z_]+-\d+")
_NAMED = re.compile(
    r"(?i)((?:password|passwd|secret|token)[\w.]*[\"']?\s*[=:]\s*[\"']?)(?!\[hidden\]|null\b)[^\s\"',;&)]+"
)
_IN_URL = re.compile(r"(://[^\s:/@]+:)[^\s@/]+@")


@dataclass(eq=False)
class LogFile:
    """One log, read on from where the last look ended.

    Attributes:
        name: The service and its number, `keeper` or `janitor`.
    """

    name: str
    path: Path
    _offset: int = 0
    _rest: bytes = b""

    def end(self, lines: int | None) -> list[str]:
        """Its last lines; None means all that is looked at."""
        with contextlib.suppress(OSError):
            self._offset = max(0, self.path.stat().st_size - END_BYTES)
        found = self.more()
        return found if lines is None else found[len(found) - min(lines, len(found)) :]

    def more(self) -> list[str]:
        """The lines that were written since the last look; one that is not complete waits."""
        try:
            with self.path.open("rb") as f:
                f.seek(self._offset)
                data = f.read(END_BYTES)
        except OSError:
            return []
        self._offset += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        return [line.decode(errors="replace") for line in whole]


@dataclass(eq=False)
class Logs:
    """All logs of one keeper; services that start later are found later."""

    keeper: FoundKeeper
    files: dict[Path, LogFile] = field(default_factory=dict)
    _silent: bool = False

    def find(self) -> list[LogFile]:
        """The logs that are new since the last look."""
        known = dict(self.files)
        for path in _paths(self.keeper.folder):
            inside = path.parent != self.keeper.folder
            name = path.parent.name if inside else path.stem
            self.files.setdefault(path, LogFile(name=name, path=path))
        return [file for path, file in self.files.items() if path not in known]

    def secrets(self) -> list[str]:
        """What must not be shown; nothing where the keeper cannot tell, and patterns must do."""
        if not self._silent:
            try:
                return list(self.keeper.ask("secrets"))
            except ServiceError:
                self._silent = True
        return []


def _paths(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.glob("*")):
        if path.suffix == ".log":
            yield path
        elif _INSTANCE.fullmatch(path.name):
            yield from sorted(p for p in path.glob("*") if p.suffix in (".log", ".out"))


def without_secrets(line: str, secrets: list[str]) -> str:
    """The line without the secrets that are known, and without what looks like one."""
    for secret in secrets:
        line = line.replace(secret, MASK)
    return _IN_URL.sub(rf"\1{MASK}@", _NAMED.sub(rf"\1{MASK}", line))
