"""What `harness check` tells of scenarios: many files are read on all cores, and only this comes back."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import Problem
from harness.scenario import discover
from harness.scenario.load import load_file, without_collection
from harness.scenario.model import Scenario

ALONE = 200
"""Files that one process reads in less time than another takes to start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A scenario without its steps.

    Attributes:
        name: Its name, unique in its file.
        tags: Its tags.
        path: Its file.
        pipeline: The file of its pipeline.
        warnings: What is probably not meant so.
    """

    name: str
    tags: tuple[str, ...]
    path: Path
    pipeline: Path
    warnings: tuple[Problem, ...]


Read = tuple[tuple[Heading, ...], tuple[Problem, ...]]


def read_headings(paths: Sequence[Path], root: Path) -> Read:
    """The scenarios of all files among and below `paths`, and all problems of all files.

    Args:
        paths: Files and folders; none means `root`.
        root: The folder of the project, below which pipelines are found by name.

    Raises:
        SettingsError: A path does not exist.
    """
    files = discover.find(paths, root)
    shares = min(_cores(), len(files) // ALONE)
    parts = _read_apart(files, root, shares) if shares > 1 else [_read(files, root)]
    problems = dict.fromkeys(problem for _, found in parts for problem in found)
    return (
        tuple(heading for headings, _ in parts for heading in headings),
        tuple(sorted(problems, key=lambda problem: problem.location)),
    )


def _cores() -> int:
    if sys.platform != "linux":
        # Elsewhere a process starts from nothing and reads what this one has read already.
        return 1
    return len(os.sched_getaffinity(0))


def _read_apart(files: Sequence[Path], root: Path, shares: int) -> Iterable[Read]:
    """Read the files in several processes: neighbours together, for they name the same pipelines."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    size = -(-len(files) // shares)
    slices = [files[begin : begin + size] for begin in range(0, len(files), size)]
    # A child that is interrupted dies without a word: the parent speaks.
    forked = get_context("fork")
    interrupted = (signal.SIGINT, signal.SIG_DFL)
    try:
        with ProcessPoolExecutor(shares, forked, initializer=signal.signal, initargs=interrupted) as pool:
            return list(pool.map(_read, slices, [root] * len(slices)))
    except BrokenProcessPool:
        return [_read(files, root)]


def _read(files: Iterable[Path], root: Path) -> Read:
    pipelines = discover.Pipelines(root)
    headings: list[Heading] = []
    problems: dict[Problem, None] = {}
    with without_collection():
        for path in files:
            loaded = load_file(path, pipelines)
            problems.update(dict.fromkeys(loaded.problems))
            headings += map(_heading, loaded.scenarios)
    return tuple(headings), tuple(problems)


def _heading(scenario: Scenario) -> Heading:
    return Heading(
        name=scenario.name,
        tags=scenario.tags,
        path=scenario.location.path,
        pipeline=scenario.pipeline.location.path,
        warnings=scenario.warnings,
    )
