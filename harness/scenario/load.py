"""Scenario files to checked scenarios: everything in one call, and every problem at once."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from harness.errors import Problem
from harness.location import shown
from harness.scenario import discover, scenario, vocabulary
from harness.scenario.discover import Pipelines
from harness.scenario.model import Scenario, Text
from harness.scenario.pipeline import PipelineFile
from harness.scenario.problems import Problems, TooManyProblems


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFile:
    """What was found in a scenario file.

    Attributes:
        path: The file, absolute.
        scenarios: The scenarios that can be used.
        problems: Everything that is wrong with the file and with the pipelines that it names.
    """

    path: Path
    scenarios: tuple[Scenario, ...]
    problems: tuple[Problem, ...]


def load_scenarios(paths: Sequence[Path], root: Path) -> tuple[tuple[Scenario, ...], tuple[Problem, ...]]:
    """The scenarios of all files among and below `paths`, and all problems of all files.

    Args:
        paths: Files and folders; none means `root`.
        root: The folder of the project, below which pipelines are found by name.

    Raises:
        SettingsError: A path does not exist.

    Example:
        >>> scenarios, problems = load_scenarios([Path("scenarios")], Path())
    """
    pipelines = Pipelines(root)
    with without_collection():
        files = [load_file(path, pipelines) for path in discover.find(paths, root)]
    problems = dict.fromkeys(problem for file in files for problem in file.problems)
    return (
        tuple(found for file in files for found in file.scenarios),
        tuple(sorted(problems, key=lambda problem: problem.location)),
    )


@contextmanager
def without_collection() -> Iterator[None]:
    """No search for cycles: what is read is kept and has none, and each search walks through all of it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def load_file(path: Path, pipelines: Pipelines) -> ScenarioFile:
    """The scenarios of one file; `pipelines` is shared by the files of a project."""
    path = Path(os.path.abspath(path))  # noqa: PTH100 - keeps links
    problems = Problems()
    named: dict[Path, PipelineFile] = {}

    def find_pipeline(name: Text) -> PipelineFile | None:
        found = _find_pipeline(name, path, pipelines, problems)
        if found:
            named[found.path] = found
        return found

    scenarios: tuple[Scenario, ...] = ()
    with suppress(TooManyProblems):
        scenarios = scenario.read(path, problems, find_pipeline)
    of_pipelines = (problem for file in named.values() for problem in file.problems)
    return ScenarioFile(path=path, scenarios=scenarios, problems=(*of_pipelines, *problems.found()))


def _find_pipeline(name: Text, path: Path, pipelines: Pipelines, problems: Problems) -> PipelineFile | None:
    files = pipelines.named(name.value.strip(), path.parent)
    if len(files) == 1:
        return pipelines.read(files[0])
    if files:
        both = " and ".join(f"`{shown(file)}`" for file in files)
        problems.add(name.location, f"several files are the pipeline `{name.value}`", both)
        return None
    names = pipelines.names(path.parent)
    hint = (
        vocabulary.suggest(name.value, names, what="pipelines")
        if names
        else "no `*.pipeline.yaml` file was found"
    )
    problems.add(name.location, f"there is no pipeline `{name.value}`", hint)
    return None
