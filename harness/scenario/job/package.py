"""What the run options of a Managed Flink package name, held against what the package holds."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path

from harness.location import Location
from harness.managed_flink.package import KEYS, RUN_OPTIONS, listed
from harness.scenario import vocabulary
from harness.scenario.model import Text
from harness.scenario.problems import Problems


def check(
    path: Path, properties: Mapping[str, Mapping[str, Text]], where: Location, problems: Problems
) -> None:
    """Note every run option that there is none of, and every name that the package has not.

    Args:
        path: The zip or folder; a jar is its own run option.
        properties: The property groups of the pipeline.
        where: Where the package is named.
        problems: Where to note.
    """
    if path.suffix.lower() == ".jar":
        return
    options = properties.get(RUN_OPTIONS, {})
    for key, text in options.items():
        if key not in KEYS:
            problems.add(
                text.location,
                f"`{key}` is no run option of Managed Flink",
                vocabulary.suggest(key, KEYS, what="run options"),
            )
    if not any(key in options for key in ("python", "pyModule")):
        hint = f"as in `properties: {{{RUN_OPTIONS}: {{python: job.py}}}}`"
        problems.add(where, f"nothing says which script of {path.name} is run", hint)
    names = _names(path)
    if names is None:
        problems.add(where, f"{path.name} is no zip", "build it again")
        return
    for key, text in options.items():
        if key not in KEYS or key == "pyModule" or "${" in text.value:
            continue
        for name in listed(text.value):
            if not _has(names, name.partition("#")[0]):
                hint = vocabulary.suggest(name, _files(names), what="files in it")
                problems.add(text.location, f"{path.name} has no `{name}`", hint)


def _names(path: Path) -> Collection[str] | None:
    """The files of a zip or folder, relative to it; None if it cannot be read."""
    if path.is_dir():
        return {str(file.relative_to(path)) for file in path.rglob("*") if file.is_file()}
    try:
        with zipfile.ZipFile(path) as archive:
            return set(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return None


def _has(names: Collection[str], name: str) -> bool:
    name = os.path.normpath(name)
    return name in names or any(other.startswith(f"{name}/") for other in names)


def _files(names: Collection[str]) -> list[str]:
    return sorted(name for name in names if not name.endswith("/"))[:1000]
