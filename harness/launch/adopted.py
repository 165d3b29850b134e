"""Local jars in the shared cache: a jar of site-packages gets a path and a time that outlive the venv."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path

from harness.errors import ArtefactError
from harness.launch.cached import cached_path, put, put_note

_CHUNK = 1 << 20


def adopt(path: Path, cache: Path) -> Path:
    """Copy a file into the cache by its content, and return the copy.

    A note by (path, size, time) saves the second call from reading the file again.

    Raises:
        ArtefactError: The file cannot be read, or the cache cannot be written.
    """
    path = path.absolute()
    try:
        state = path.stat()
        known = adopted(path, cache)
        if known is not None:
            return known
        copy = _copied(path, cache)
    except OSError as error:
        raise ArtefactError(
            f"{path.name} could not be copied into the cache",
            detail=str(error),
            hint="check the file, and name a cache folder that can be written with --cache or HARNESS_CACHE",
        ) from error
    put_note(
        _note(path, cache),
        json.dumps({"state": [state.st_size, state.st_mtime_ns], "sha256": copy.parent.name}),
    )
    return copy


def adopted(path: Path, cache: Path) -> Path | None:
    """The copy that an earlier call has made of the file as it is now, if there is one.

    Raises:
        OSError: The file is not there.
    """
    path = path.absolute()
    state = path.stat()
    return _remembered(_note(path, cache), [state.st_size, state.st_mtime_ns], path.name, cache)


def _note(path: Path, cache: Path) -> Path:
    return cache / "adopted" / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}.json"


def _remembered(note: Path, state: list[int], name: str, cache: Path) -> Path | None:
    try:
        content = json.loads(note.read_bytes())
        copy = cached_path(cache, content["sha256"], name)
        if content["state"] == state and copy.stat().st_size == state[0]:
            return copy
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def _copied(path: Path, cache: Path) -> Path:
    """Copy and hash in one pass, so that the name is right even if the file changes meanwhile."""
    incoming = cache / "artefacts"
    incoming.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=incoming, prefix=".incoming.")
    temporary = Path(name)
    try:
        digest = hashlib.sha256()
        with os.fdopen(handle, "wb") as target, path.open("rb") as source:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                target.write(chunk)
        copy = cached_path(cache, digest.hexdigest(), path.name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        put(temporary, copy)
        return copy
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
