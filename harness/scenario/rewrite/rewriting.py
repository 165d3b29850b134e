"""Files that a user wrote, put back with other content: all of it at once, or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from harness.errors import HarnessError
from harness.location import shown


class NotWritten(HarnessError):
    """A file that was left as it is."""


def write_back(path: Path, before: bytes, after: bytes) -> None:
    """Put `after` in the place of `before`; its mode is kept, and a link goes on to lead to it.

    Raises:
        NotWritten: The file is not what it was, or cannot be written.
    """
    target = path.resolve()
    try:
        _write(target, before, after)
    except OSError as error:
        fact = f"{shown(path)} cannot be written: {(error.strerror or str(error)).lower()}"
        raise NotWritten(fact) from None


def _write(target: Path, before: bytes, after: bytes) -> None:
    mode = stat.S_IMODE(target.stat().st_mode)
    if not os.access(target, os.W_OK):
        raise PermissionError(0, "it is read-only")
    number, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    draft = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(mode)
        if target.read_bytes() != before:
            hint = "nothing was written; run the command again"
            raise NotWritten(f"{shown(target)} was changed meanwhile", hint=hint)
        draft.replace(target)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
