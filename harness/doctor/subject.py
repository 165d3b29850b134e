"""What is examined: a project's settings, its pipelines, and what each of them needs of the machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import harness.training
from harness.environment import FlinkNeed, Needs
from harness.errors import ArtefactError, HarnessError, SettingsError
from harness.launch.flink_distribution import find_distribution
from harness.launch.flink_python import python_for
from harness.plan import make_plan
from harness.scenario import discover, pipeline
from harness.scenario.file_names import PIPELINES
from harness.scenario.language.choices import FLINK
from harness.scenario.model import Pipeline, Scenario
from harness.scenario.pipeline import PipelineFile
from harness.settings import Settings, load_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One pipeline on one version of Flink.

    Attributes:
        needs: What a scenario of it would lease.
        python: The interpreter of its job.
    """

    pipeline: Pipeline
    needs: Needs
    python: Path

    @property
    def flink(self) -> FlinkNeed:
        """What it needs of Flink."""
        assert self.needs.flink is not None
        return self.needs.flink

    @property
    def where(self) -> str:
        """The pipeline's file and line."""
        return str(self.pipeline.location)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Everything that the checks look at.

    Attributes:
        root: The folder of the project.
        error: Why the settings could not be read; `settings` are the defaults then.
        files: The pipeline files that were found.
        uses: What they need; of a project without any, what the harness' own training needs.
        network: Whether the network may be asked.
    """

    root: Path
    settings: Settings
    environ: Mapping[str, str]
    error: HarnessError | None = None
    files: tuple[PipelineFile, ...] = ()
    uses: tuple[Use, ...] = ()
    network: bool = False

    @property
    def has_pipelines(self) -> bool:
        """Whether the uses are the project's own."""
        return any(file.pipeline for file in self.files)


def subject_of(
    root: Path,
    paths: Sequence[Path],
    flags: Mapping[str, str],
    *,
    network: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> Subject:
    """The subject of a project.

    Args:
        root: The folder of the project.
        paths: Pipeline files, and folders that hold some; none means the whole project.
        flags: Settings that were given on the command line.
        network: Whether the network may be asked.
        environ: The environment variables.

    Raises:
        SettingsError: A path does not exist, or is a file of another kind.
    """
    error = None
    try:
        settings = load_settings(Path.cwd(), flags, environ=environ)
    except HarnessError as found:
        error = found
        bare = {name: value for name, value in environ.items() if not name.startswith("HARNESS_")}
        settings = load_settings(Path("/"), environ=bare)
    files = tuple(pipeline.read(path) for path in _files(paths or (root,)))
    uses = [use for file in files if file.pipeline for use in uses_of(file.pipeline, settings)]
    return Subject(
        root=root,
        settings=settings,
        environ=environ,
        error=error,
        files=files,
        uses=tuple(uses or _training(settings)),
        network=network,
    )


def uses_of(read: Pipeline, settings: Settings) -> list[Use]:
    """A pipeline on each of its versions."""
    scenario = Scenario(name="doctor", pipeline=read, location=read.location)
    found = []
    for version in read.flink:
        plan = make_plan(
            scenario,
            token="0",  # noqa: S106 - no secret: it makes fresh names, which nobody sees here
            flink=version,
            python=str(python_for(version, settings)),
            timeout_s=settings.timeout,
        )
        found.append(Use(pipeline=read, needs=plan.needs, python=_interpreter(plan.python)))
    return found


def _files(paths: Sequence[Path]) -> list[Path]:
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found.update(dict.fromkeys(f for named in discover.find_pipelines(path).values() for f in named))
        elif not path.exists():
            raise SettingsError(f"`{path}` does not exist", hint="name pipeline files, or folders with some")
        elif not path.name.endswith(PIPELINES):
            raise SettingsError(
                f"`{path}` is no pipeline file", hint="pipeline files are named `*.pipeline.yaml`"
            )
        else:
            found[path.absolute()] = None
    return sorted(found)


def _training(settings: Settings) -> list[Use]:
    """What `harness fetch --train` runs, on the Flink that is installed."""
    folder = Path(harness.training.__file__).parent
    read = [pipeline.read(path).pipeline for path in _files([folder])]
    try:
        series = find_distribution(_interpreter(str(settings.python)), settings.cache).series
    except ArtefactError:
        series = ""
    versions = (series,) if series in FLINK else (FLINK[0],)
    return [use for p in read if p for use in uses_of(replace(p, flink=versions), settings)]


def _interpreter(name: str) -> Path:
    """A bare name such as `python3.11` is looked up, as it is when it is run."""
    return Path(name if "/" in name else shutil.which(name) or name)
