"""The sources of a job that read files from a folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """One source of one job.

    Attributes:
        path: The folder, or the one file.
        operator: The id of its operator.
        monitored: It looks for new files again and again; else it reads what is there when the job starts.
        followed: A checkpoint says how far it has come; `readFile` of Flink 1 is not followed.
    """

    path: str
    operator: str
    monitored: bool
    followed: bool

    def reads(self, path: str) -> bool:
        """Whether a file or folder is in what it reads."""
        return Path(path).is_relative_to(self.path)


def must_find(sources: Sequence[FileSource], files: Iterable[str]) -> dict[str, int]:
    """How many sources must have found each file, of those that look for new ones."""
    counts = {file: sum(s.monitored and s.followed and s.reads(file) for s in sources) for file in files}
    return {file: count for file, count in counts.items() if count}


def unfollowed(sources: Sequence[FileSource]) -> list[str]:
    """What keeps anybody from telling how far sources have come, in words; empty if nothing does."""
    return [
        f"{source.path} is read by `readFile`, which tells how far it is only when the job has finished"
        for source in sources
        if not source.followed
    ]
