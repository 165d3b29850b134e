"""Where a file lies in the shared cache, and how it is put there."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from harness.errors import ArtefactError

FIXED_TIME_S = 946_684_800
"""The modification time of every cached jar: the beginning of 2000."""


def cached_path(cache: Path, sha256: str, file_name: str) -> Path:
    """Where the cache keeps a file with this content and name."""
    return cache / "artefacts" / sha256[:2] / sha256 / file_name


def put(temporary: Path, path: Path) -> None:
    """Move a finished file of the same file system to its place, with the time that all have."""
    temporary.chmod(0o644)
    os.utime(temporary, (FIXED_TIME_S, FIXED_TIME_S))
    temporary.replace(path)


def put_note(path: Path, text: str) -> None:
    """Write a note that only saves time: where the cache cannot be written, nothing happens."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise


def unwritable(error: OSError) -> ArtefactError:
    """What a user is told when the cache refuses a file."""
    return ArtefactError(
        "the cache cannot be written",
        detail=str(error),
        hint="name a folder that can be with --cache or HARNESS_CACHE",
    )
