"""What one check found: a fact, what was seen, where, and what mends it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum


class Status(Enum):
    """How bad it is: only a problem makes `harness doctor` fail."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of what the doctor says.

    Attributes:
        check: Which check found it.
        fact: One fact, without a full stop.
        seen: What was seen, line by line; "" where the fact says it all.
        remedy: A command or an edit that mends it; "" where there is nothing to mend.
        where: The file and line, or the folder, that it is about.
    """

    check: str
    status: Status
    fact: str
    seen: str = ""
    remedy: str = ""
    where: str = ""

    def to_json(self) -> dict[str, str]:
        """The finding as plain data."""
        return {**asdict(self), "status": self.status.value}


def ok(check: str, fact: str, seen: str = "") -> Finding:
    """Nothing to mend."""
    return Finding(check=check, status=Status.OK, fact=fact, seen=seen)


def warning(check: str, fact: str, *, seen: str = "", remedy: str, where: str = "") -> Finding:
    """Runs work, but slower or otherwise than meant."""
    return Finding(check=check, status=Status.WARNING, fact=fact, seen=seen, remedy=remedy, where=where)


def problem(check: str, fact: str, *, seen: str = "", remedy: str, where: str = "") -> Finding:
    """A run fails of it, or something is left that nobody clears away."""
    return Finding(check=check, status=Status.PROBLEM, fact=fact, seen=seen, remedy=remedy, where=where)


def unknown(check: str, fact: str, *, seen: str = "", remedy: str = "") -> Finding:
    """It could not be told."""
    return Finding(check=check, status=Status.UNKNOWN, fact=fact, seen=seen, remedy=remedy)
