"""Where the scenario and pipeline files are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from harness.errors import SettingsError, did_you_mean
from harness.location import shown
from harness.scenario import pipeline
from harness.scenario.file_names import PIPELINES, SCENARIOS
from harness.scenario.pipeline import PipelineFile
from harness.scenario.problems import Problems
from harness.scenario.yaml.nodes import MapNode, Scalar
from harness.scenario.yaml.source import parse

SETTINGS = "harness.toml"
_SKIPPED = frozenset({"node_modules", "build", "dist", "venv", "__pycache__"})
# The common spelling of a name; anything else is left to the YAML parser.
_NAME = re.compile(r"^pipeline:[ \t]+([\w.-]+)[ \t]*(?:#.*)?\r?$", re.MULTILINE)


def find(paths: Sequence[Path], root: Path) -> list[Path]:
    """The scenario files among and below `paths`, absolute, each once.

    Args:
        paths: Files and folders; none means `root`. Relative ones start at the working directory.
        root: The folder of the project.

    Raises:
        SettingsError: A path does not exist, or is a file of another kind.
    """
    return _found(paths, root, SCENARIOS, "scenario file", "scenario files are named `*.scenario.yaml`")


def find_texts(paths: Sequence[Path], root: Path) -> list[Path]:
    """The scenario and pipeline files among and below `paths`; see `find`."""
    hint = "they are named `*.scenario.yaml` and `*.pipeline.yaml`"
    return _found(paths, root, (*SCENARIOS, *PIPELINES), "scenario or pipeline file", hint)


def find_pipelines(root: Path) -> Mapping[str, tuple[Path, ...]]:
    """The pipeline files below `root`, by the name that each gives itself.

    A folder with a harness.toml is a project of its own, whose pipelines are nobody else's.
    """
    by_name: dict[str, tuple[Path, ...]] = {}
    for path in _below(Path(os.path.abspath(root)), PIPELINES, within=True):  # noqa: PTH100 - keeps links
        name = _name_of(path)
        if name is not None:
            by_name[name] = (*by_name.get(name, ()), path)
    return by_name


class Pipelines:
    """The pipeline files of a project; each is read once, when a scenario first names it."""

    def __init__(self, root: Path) -> None:
        self._root = Path(os.path.abspath(root))  # noqa: PTH100 - keeps links
        self._read: dict[Path, PipelineFile] = {}
        self._outside: dict[Path, Mapping[str, tuple[Path, ...]]] = {}

    def named(self, name: str, folder: Path) -> tuple[Path, ...]:
        """The files of that name for a scenario in `folder`: the one beside it, else all there are."""
        paths = self._names(folder).get(name, ())
        beside = tuple(path for path in paths if path.parent == folder)
        return beside or paths

    def names(self, folder: Path) -> tuple[str, ...]:
        """All names that a scenario in `folder` can use."""
        return tuple(sorted(self._names(folder)))

    def read(self, path: Path) -> PipelineFile:
        """The pipeline of a file."""
        if path not in self._read:
            self._read[path] = pipeline.read(path)
        return self._read[path]

    @cached_property
    def _inside(self) -> Mapping[str, tuple[Path, ...]]:
        return find_pipelines(self._root)

    def _names(self, folder: Path) -> Mapping[str, tuple[Path, ...]]:
        inside = folder.is_relative_to(self._root)
        project = self._project_of(folder) if inside else folder
        if project == self._root:
            return self._inside
        if folder not in self._outside:
            own = find_pipelines(project)
            self._outside[folder] = {**self._inside, **own}
        return self._outside[folder]

    def _project_of(self, folder: Path) -> Path:
        """The project that a folder below the root belongs to: this one, or one within it."""
        while folder != self._root and not (folder / SETTINGS).exists():
            folder = folder.parent
        return folder


def _found(paths: Sequence[Path], root: Path, endings: tuple[str, ...], what: str, hint: str) -> list[Path]:
    found: dict[Path, None] = {}
    for path in paths or (root,):
        absolute = Path(os.path.abspath(path))  # noqa: PTH100 - keeps links
        if absolute.is_dir():
            found.update(dict.fromkeys(_below(absolute, endings)))
        elif not absolute.exists():
            raise SettingsError(f"`{path}` does not exist", hint=_nearby(absolute))
        elif absolute.name.endswith(endings):
            found[absolute] = None
        else:
            raise SettingsError(f"`{path}` is no {what}", hint=hint)
    return list(found)


def _below(folder: Path, endings: tuple[str, ...], *, within: bool = False) -> Iterator[Path]:
    """The files below a folder; `within`: not those of other projects in it."""
    for parent, folders, files in os.walk(folder):
        if within and SETTINGS in files and parent != str(folder):
            folders[:] = []
            continue
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        for name in sorted(files):
            if name.endswith(endings) and not name.startswith("."):
                yield Path(parent, name)


def _name_of(path: Path) -> str | None:
    """The name in a pipeline file, also of one that has problems; None where there is none to find."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    match = _NAME.search(data.decode("utf-8", errors="replace"))
    if match:
        return match[1]
    documents = parse(data, path, Problems())
    root = documents[0] if documents else None
    entry = root.entries.get("pipeline") if isinstance(root, MapNode) else None
    return entry.value.text.strip() if entry and isinstance(entry.value, Scalar) else None


def _nearby(path: Path) -> str | None:
    try:
        names = [
            entry.name for entry in path.parent.iterdir() if entry.is_dir() or entry.name.endswith(SCENARIOS)
        ]
    except OSError:
        return f"the folder `{shown(path.parent)}` does not exist either"
    return did_you_mean(path.name, sorted(names)[:20], what="there are") if names else None
