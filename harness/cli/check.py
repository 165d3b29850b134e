"""`harness check`: reads all files and tells everything that is wrong with them; starts nothing."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import chosen, selection
from harness.scenario.headings import read_headings
from harness.settings import project_root


@click.command()
@selection
def check(paths: tuple[Path, ...], words: str | None, tags: tuple[str, ...]) -> int:
    """Check scenario and pipeline files without running anything."""
    scenarios = chosen(read_headings(paths, project_root(Path.cwd())), words, tags)
    files = len({s.path for s in scenarios})
    pipelines = len({s.pipeline for s in scenarios})
    for warning in dict.fromkeys(warning for scenario in scenarios for warning in scenario.warnings):
        click.echo(f"warning: {warning.render()}")
    click.echo(
        f"{_count(len(scenarios), 'scenario')} in {_count(files, 'file')}, "
        f"{_count(pipelines, 'pipeline')}: all right"
    )
    return 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
