"""`harness fetch`: everything that a run would fetch, so that a later one needs no network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console

import harness.training
from harness.cli.options import given, setting_flags, settings_of
from harness.clock import monotonic
from harness.errors import InvalidFiles
from harness.keeper.address import KeeperAddress
from harness.keeper.client import LazyKeeper
from harness.launch import class_data, flink_python
from harness.launch.flink_distribution import find_distribution
from harness.launch.java import find_java
from harness.launch.lock_file import load_lock, lock_names
from harness.launch.progress import shown_progress
from harness.location import shown
from harness.report import failure_text
from harness.result import Status
from harness.scenario.language.choices import FLINK
from harness.scenario.load import load_scenarios
from harness.scenario.model import Scenario
from harness.services.jars import fetched
from harness.session import Session
from harness.settings import Settings, load_settings


@click.command()
@click.option(
    "--flink",
    "versions",
    multiple=True,
    type=click.Choice(FLINK),
    help="also install what jobs on this version run with, where the harness makes it",
)
@click.option("--train", is_flag=True, help="also write class-data archives: JVMs start in half the time")
@setting_flags
def fetch(*, versions: tuple[str, ...], train: bool, **flags: Any) -> int:
    """Fetch and verify all jars of the lock files into the cache."""
    settings = settings_of(flags)
    console = Console(soft_wrap=True)
    wanted = f"{settings.registry}-"
    locks = [lock for n in lock_names() if not (lock := load_lock(n)).optional or n.startswith(wanted)]
    with shown_progress(console) as progress:
        jars = fetched(locks, settings, progress)
    java = find_java(settings.java, settings.cache)
    console.print(f"{len(jars)} jars are in {_short(settings.cache)}", highlight=False)
    console.print(f"Java {java.version} ({java.origin})", highlight=False)
    for version in dict.fromkeys(versions):
        found = find_distribution(_interpreter(version, settings, console), settings.cache, version)
        console.print(f"PyFlink {found.version} is in {_short(found.home)}", highlight=False)
    if train:
        return _train(given(flags), versions, console)
    return 0


def _interpreter(version: str, settings: Settings, console: Console) -> Path:
    """The interpreter of a version, made if that is ours to do."""
    python = flink_python.python_for(version, settings)
    if python == flink_python.made(version, settings.cache):
        flink_python.make(version, settings.cache, lambda phase: console.print(phase, highlight=False))
    return python


def _train(flags: dict[str, str], versions: tuple[str, ...], console: Console) -> int:
    """Run the training scenarios on JVMs that write their archives when they end.

    Args:
        flags: Settings of the command line.
        versions: Of Flink; none means that of the training's own pipelines.
        console: Where a scenario is shown that did not pass.
    """
    began = monotonic()
    trained = {**flags, "class_data": "train"}
    folder = Path(harness.training.__file__).parent
    scenarios, problems = load_scenarios([folder], folder)
    if problems:
        raise InvalidFiles(problems)
    settings = load_settings(Path.cwd(), trained)
    before = class_data.written(settings.cache)
    # One after the other: a JVM that has to make room for another one writes no archive.
    groups: list[tuple[str, ...]] = [(version,) for version in dict.fromkeys(versions)]
    for group in groups or [()]:
        keeper = LazyKeeper(KeeperAddress.new(settings.data), Path.cwd(), trained)
        session = Session(settings, keeper)
        try:
            plans = session.plans(on_versions(scenario, group) for scenario in scenarios)
            results = [session.run(plan, lambda _event: None) for plan in plans]
        finally:
            keeper.stop()
        for result in results:
            if result.status is not Status.PASSED:
                console.print(failure_text(result, console.is_terminal), markup=False, highlight=False)
                return 1
    count = len(class_data.written(settings.cache) - before)
    if not count:
        console.print("no class-data archive was written", highlight=False)
        console.print("  -> a JVM has a minute to write its own when it ends; is the machine very busy?")
        return 1
    archives = f"{count} class-data archive{'s' if count > 1 else ''}"
    console.print(f"trained {archives} in {monotonic() - began:.0f} s", highlight=False)
    return 0


def on_versions(scenario: Scenario, versions: tuple[str, ...]) -> Scenario:
    """The scenario on other versions of Flink than its pipeline names, if there are any."""
    if not versions:
        return scenario
    return replace(scenario, pipeline=replace(scenario.pipeline, flink=versions))


def _short(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else shown(path)
