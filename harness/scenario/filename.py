"""The name of a file as a user wrote it, relative to the file that it stands in."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import did_you_mean
from harness.location import Location
from harness.scenario.problems import Problems


def resolve(name: str, where: Location, folder: Path, problems: Problems) -> Path | None:
    """The absolute path of `name` in `folder`, or None where there is no such file; then that is noted."""
    path = Path(os.path.abspath(folder / name)) if "\0" not in name else None  # noqa: PTH100 - keeps links
    # Path.is_file raises for names that are too long.
    if path is not None and os.path.isfile(path):  # noqa: PTH113
        return path
    problems.add(where, f"the file `{name}` does not exist", _nearby(path, folder))
    return None


def _nearby(path: Path | None, folder: Path) -> str | None:
    if path is None:
        return None
    try:
        names = sorted(entry.name for entry in path.parent.iterdir() if entry.suffix == path.suffix)
    except OSError:
        return "its folder does not exist either; paths start at the folder of this file"
    hint = did_you_mean(path.name, names[:20])
    if hint.startswith("did you mean"):
        match = os.path.relpath(path.parent / hint.split("`")[1], folder)
        return f"did you mean `{match}`?"
    return "paths start at the folder of this file"
