"""`harness fmt`: aligns the tables of scenario and pipeline files, and changes nothing else."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from pathlib import Path

import click

from harness.cli.table import counted
from harness.errors import InvalidFiles, Problem
from harness.location import shown
from harness.scenario.discover import find_texts
from harness.scenario.problems import Problems, TooManyProblems
from harness.scenario.rewrite.formatting import formatted
from harness.scenario.rewrite.rewriting import write_back
from harness.scenario.yaml import source
from harness.settings import project_root

MOST_BYTES = source.MAX_BYTES


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="change nothing; exit code 1 if something would change")
@click.option("--diff", is_flag=True, help="change nothing; show what would change")
def fmt(paths: tuple[Path, ...], *, check: bool, diff: bool) -> int:
    """Align the tables of files and folders (default: all of the project).

    Nothing but the lines of tables is touched, and a broken file is left alone.
    """
    found: list[Problem] = []
    changed = 0
    files = find_texts(paths, project_root(Path.cwd()))
    for path in files:
        problems = Problems()
        before, after = _both(path, problems)
        found += problems.found()
        if before == after:
            continue
        changed += 1
        if diff:
            click.echo("\n".join(_diff(path, before, after)))
        elif check:
            click.echo(f"would align {shown(path)}")
        else:
            write_back(path, before, after)
            click.echo(f"aligned {shown(path)}")
    if found:
        raise InvalidFiles(found)
    if not changed:
        click.echo(f"{counted(len(files), 'file')}: all tables are aligned")
    return int(check and changed > 0)


def _both(path: Path, problems: Problems) -> tuple[bytes, bytes]:
    """What stands in the file and what should; the same where it is broken."""
    data = source.read_bytes(path, problems, MOST_BYTES)
    if data is None:
        return b"", b""
    try:
        after = formatted(data, path, problems)
    except TooManyProblems:
        after = None
    return data, data if after is None else after


def _diff(path: Path, before: bytes, after: bytes) -> Iterator[str]:
    old, new = (data.decode().splitlines() for data in (before, after))
    name = shown(path).replace(os.sep, "/")
    return difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm="")
