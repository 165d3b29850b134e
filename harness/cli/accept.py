"""`harness accept`: runs scenarios, and writes what is there in the place of what was expected."""

from __future__ import annotations

import os
import shutil
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from harness import platform
from harness.cli.options import given, selected, selection, setting_flags, settings_of
from harness.cli.proposals import Files, Proposal, not_acceptable, proposals
from harness.cli.table import counted
from harness.errors import SettingsError
from harness.events import Event, Progress
from harness.keeper.choice import choose, on_ci
from harness.location import shown
from harness.plan import Plan
from harness.report import Terminal, expectation_lines, failure_lines, headline, print_lines
from harness.report.lines import Piece, line
from harness.result import ScenarioResult, Status
from harness.scenario import discover
from harness.scenario.rewrite.edits import Edit
from harness.scenario.rewrite.rewriting import write_back
from harness.session import Session
from harness.settings import project_root


@click.command()
@selection
@click.option("--yes", is_flag=True, help="accept everything that can be accepted, without asking")
@setting_flags
def accept(
    paths: tuple[Path, ...], words: str | None, tags: tuple[str, ...], *, yes: bool, **flags: Any
) -> int:
    """Run scenarios and accept what they found.

    Shows for each expectation that does not hold what would change in its file, asks, and rewrites its rows
    or its count. Look at the difference before you commit it.
    """
    if on_ci(os.environ):
        raise SettingsError(
            "`CI` is set, and a build does not change what it is checked against",
            hint="run `harness accept` on your own machine, and commit what it wrote",
        )
    settings = settings_of(flags)
    # What is in the files is noted before they are loaded: what is written is made of it.
    files = Files(discover.find(paths, project_root(Path.cwd())))
    scenarios = selected(paths, words, tags)
    files.note(scenarios)
    if settings.portable:
        platform.be_portable()
    console = Console(soft_wrap=True, width=shutil.get_terminal_size().columns)
    keeper = choose(settings, Path.cwd(), given(flags))
    session = Session(settings, keeper)
    try:
        runs = _runs(session, session.plans(scenarios), Terminal(console))
    finally:
        keeper.stop()
    left = _show_the_rest(console, runs)
    found = proposals(runs, scenarios, files)
    accepted = [proposal for proposal in found if _is_accepted(console, proposal, yes=yes)]
    left += len(found) - len(accepted)
    _write(accepted, files)
    if not found and not left:
        click.echo(f"nothing to accept: {counted(len(runs), 'scenario')} passed or skipped")
    elif accepted:
        click.echo("look at the difference, and run the scenarios again")
    return int(left > 0)


def _runs(session: Session, plans: list[Plan], terminal: Terminal) -> list[tuple[Plan, ScenarioResult]]:
    def emit(event: Event) -> None:
        if isinstance(event, Progress):
            terminal.handle(event)

    return [(plan, session.run(plan, emit)) for plan in plans]


def _show_the_rest(console: Console, runs: list[tuple[Plan, ScenarioResult]]) -> int:
    """Show what cannot be accepted, and count it."""
    count = 0
    for plan, result in runs:
        if result.status is Status.ERROR:
            count += 1
            print_lines(console, [*failure_lines(result), line("not acceptable: nobody can tell", indent=2)])
        for failure in not_acceptable(plan, result):
            count += 1
            why = "not acceptable: only rows and counts of a sink are"
            print_lines(
                console,
                [headline(result), *expectation_lines(failure), line(Piece(why, "yellow"), indent=2)],
            )
    return count


def _is_accepted(console: Console, proposal: Proposal, *, yes: bool) -> bool:
    lines = [headline(proposal.result), *expectation_lines(proposal.failure)]
    if proposal.refusal is not None:
        print_lines(console, [*lines, line(Piece(f"not acceptable: {proposal.refusal}", "yellow"), indent=2)])
        return False
    print_lines(console, lines)
    question = f"  accept this in {', '.join(shown(path) for path in proposal.edits)}?"
    if yes:
        click.echo(f"{question} yes")
        return True
    if not sys.stdin.isatty():
        click.echo(f"{question} there is no terminal to ask on; `--yes` accepts all")
        return False
    return click.confirm(question)


def _write(accepted: list[Proposal], files: Files) -> None:
    edits: dict[Path, list[Edit]] = defaultdict(list)
    for proposal in accepted:
        for path, found in proposal.edits.items():
            edits[path] += found
    for path, all_edits in edits.items():
        write_back(path, files.data(path), files.text(path).edited(all_edits))
        click.echo(f"wrote {shown(path)}")
