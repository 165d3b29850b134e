"""`harness run`: runs scenarios and reports."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from harness import __version__, platform
from harness.cli.options import given, on_flink, on_versions, selected, selection, setting_flags, settings_of
from harness.clock import monotonic
from harness.events import RunFinished, RunStarted
from harness.keeper.choice import choose
from harness.report import Broadcast, JsonDocument, Junit, Reporter, Terminal
from harness.result import RunResult, Status
from harness.session import Session


@click.command()
@selection
@on_flink
@click.option("-x", "stop_at_first", is_flag=True, help="stop at the first scenario that does not pass")
@click.option("-v", "--verbose", is_flag=True, help="show every step and where the time went")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="write the result document")
@click.option("--junit", "junit_path", type=click.Path(path_type=Path), help="write JUnit XML")
@setting_flags
def run(
    paths: tuple[Path, ...],
    words: str | None,
    tags: tuple[str, ...],
    *,
    versions: tuple[str, ...],
    stop_at_first: bool,
    verbose: bool,
    json_path: Path | None,
    junit_path: Path | None,
    **flags: Any,
) -> int:
    """Run the scenarios of files and folders (default: all below this folder)."""
    settings = settings_of(flags)
    scenarios = selected(paths, words, tags)
    console = Console(soft_wrap=True, width=shutil.get_terminal_size().columns)
    reporters: list[Reporter] = [Terminal(console, verbose=verbose)]
    reporters += [JsonDocument(json_path)] if json_path else []
    reporters += [Junit(junit_path)] if junit_path else []
    broadcast = Broadcast(reporters, lambda text: click.echo(text, err=True))
    if settings.portable:
        platform.be_portable()
    keeper = choose(settings, Path.cwd(), given(flags))
    if keeper.note:
        click.echo(keeper.note, err=True)
    session = Session(settings, keeper)
    plans = on_versions(session.plans(scenarios), versions)
    began = monotonic()
    results = []
    try:
        broadcast.handle(RunStarted(len(plans)))
        for planned in plans:
            result = session.run(planned, broadcast.handle)
            results.append(result)
            if stop_at_first and result.status in (Status.FAILED, Status.ERROR):
                break
        total = RunResult(scenarios=tuple(results), seconds=monotonic() - began, harness=__version__)
        broadcast.handle(RunFinished(total))
    finally:
        broadcast.close()
        keeper.stop()
    return 1 if total.status in (Status.FAILED, Status.ERROR) else 0
