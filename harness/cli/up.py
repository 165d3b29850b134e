"""`harness up`: services that stay warm for the runs to come."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from harness import platform
from harness.cli.keepers import memory
from harness.cli.options import given, setting_flags, settings_of
from harness.cli.table import amount, counted, show_table, span
from harness.clock import monotonic
from harness.environment import Needs
from harness.errors import InvalidFiles, NothingSelected, Problem, SettingsError
from harness.keeper.address import KeeperAddress
from harness.keeper.choice import lasting, on_ci
from harness.keeper.client import LazyKeeper
from harness.location import shown
from harness.scenario.discover import Pipelines, find_pipelines
from harness.scenario.file_names import PIPELINES
from harness.scenario.load import load_scenarios
from harness.scenario.model import Pipeline, Scenario
from harness.session import plan_of
from harness.settings import Settings, project_root

KEEP_SECONDS = 600.0
WAIT_SECONDS = 120.0


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="show what runs as JSON")
@setting_flags
def up(paths: tuple[Path, ...], *, as_json: bool, **flags: Any) -> int:
    """Start services and keep them warm.

    They are what the pipelines below PATHS need (default: below this project), and end by themselves when
    no run has used them for --keep (default: 10m).
    """
    settings = settings_of(flags)
    if flags.get("keep") and not settings.keep:
        raise SettingsError("--keep must be longer than 0 here", hint="`harness down` ends what is up")
    if settings.portable:
        platform.be_portable()
    root = project_root(Path.cwd())
    pipelines = _pipelines(paths, root)
    if not pipelines:
        raise NothingSelected("no pipeline was found", hint="pipeline files are named `*.pipeline.yaml`")
    address = lasting(KeeperAddress.kept(root, settings), settings.keep or KEEP_SECONDS)
    keeper = LazyKeeper(address, Path.cwd(), given(flags))
    began = monotonic()
    said: set[tuple[str, str]] = set()

    def progress(service: str, phase: str, seconds: float) -> None:
        if (service, phase) not in said:
            said.add((service, phase))
            if not as_json and sys.stdout.isatty():
                took = f"  {span(seconds)}" if seconds >= 0.1 else ""
                click.echo(click.style(f"  {service}: {phase}{took}", dim=True))

    try:
        for needs in _needs(pipelines, settings):
            with keeper.lease(needs, label="harness up", wait_s=WAIT_SECONDS, progress=progress):
                pass
        status = keeper.client().status()
    finally:
        keeper.stop()
    if as_json:
        click.echo(json.dumps(status, indent=2))
        return 0
    rows = [
        (
            f"{i['service']}-{i['number']}",
            " ".join(map(str, i["pids"])),
            amount(memory(i["pids"])),
            span(i["seconds"]),
            i["address"],
        )
        for i in status["instances"]
    ]
    show_table(("SERVICE", "PID", "MEMORY", "STARTED IN", "ADDRESS"), rows)
    warm = f"{counted(len(pipelines), 'pipeline')} warm in {span(monotonic() - began)}"
    click.echo(f"{warm}; stays until unused for {span(status['keeper']['keep_s'])}, or `harness down`")
    if on_ci(os.environ):
        click.echo("CI is set, so runs use it only with --keep", err=True)
    return 0


def _pipelines(paths: tuple[Path, ...], root: Path) -> list[Pipeline]:
    """The pipelines among and below the paths, and those of scenario files that are named.

    Raises:
        InvalidFiles: With every problem of every file.
        SettingsError: A path that is not there or of another kind.
    """
    project = Pipelines(root)
    found: dict[Path, Pipeline] = {}
    problems: list[Problem] = []
    for path in paths or (root,):
        for file in _files(path):
            read = project.read(file)
            problems += read.problems
            if read.pipeline is not None:
                found[file] = read.pipeline
        if path.is_file() and not path.name.endswith(PIPELINES):
            scenarios, wrong = load_scenarios([path], root)
            problems += wrong
            found |= {s.pipeline.location.path: s.pipeline for s in scenarios}
    if problems:
        raise InvalidFiles(dict.fromkeys(problems))
    return list(found.values())


def _files(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise SettingsError(f"`{shown(path)}` does not exist")
    if path.is_file() and path.name.endswith(PIPELINES):
        yield path.absolute()
    elif path.is_dir():
        for files in find_pipelines(path).values():
            yield from files


def _needs(pipelines: list[Pipeline], settings: Settings) -> list[Needs]:
    """What must run for these pipelines, each once; topics come with the scenarios."""
    found: dict[str, Needs] = {}
    for pipeline in pipelines:
        for version in pipeline.flink:
            scenario = Scenario(name="harness up", pipeline=pipeline, location=pipeline.location)
            needs = plan_of(scenario, version, settings).needs
            if needs.kafka is not None:
                needs = replace(needs, kafka=replace(needs.kafka, topics=()))
            found[json.dumps(needs.to_json(), sort_keys=True)] = needs
    return list(found.values())
