"""`harness doctor`: what stands in the way of a run, with a remedy for each."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from harness import __version__, platform
from harness.cli.options import given, setting_flags
from harness.cli.table import counted
from harness.clock import monotonic
from harness.doctor.checkup import examine
from harness.doctor.finding import Finding, Status
from harness.doctor.subject import subject_of
from harness.settings import project_root

COLOURS = {Status.OK: "green", Status.WARNING: "yellow", Status.PROBLEM: "red", Status.UNKNOWN: "magenta"}
LABEL = 8
"""The width of the longest status, and one more."""


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="as JSON")
@click.option("--network", is_flag=True, help="also ask the Maven repository")
@setting_flags
def doctor(paths: tuple[Path, ...], *, as_json: bool, network: bool, **flags: Any) -> int:
    """Look for what stands in the way of a run, and tell a remedy.

    Looks at the machine and at the pipelines of files and folders (default: all of the project).
    Starts no service, and asks no network.
    """
    began = monotonic()
    subject = subject_of(project_root(Path.cwd()), paths, given(flags), network=network)
    if subject.settings.portable:
        platform.be_portable()
    findings = examine(subject)
    seconds = monotonic() - began
    if as_json:
        document = {
            "harness": __version__,
            "seconds": round(seconds, 3),
            "findings": [finding.to_json() for finding in findings],
        }
        click.echo(json.dumps(document, indent=2))
    else:
        _show(findings, seconds)
    return int(any(finding.status is Status.PROBLEM for finding in findings))


def _show(findings: list[Finding], seconds: float) -> None:
    width = max(len(finding.check) for finding in findings) + 2
    for finding in findings:
        label = click.style(f"{finding.status.value:<{LABEL}}", fg=COLOURS[finding.status])
        first, *rest = _lines(finding, LABEL + width)
        click.echo(f"{label}{finding.check:<{width}}{first}")
        for line in rest:
            click.echo(" " * (LABEL + width) + line)
    counts = Counter(finding.status for finding in findings)
    told = [
        f"{counts[status]} unknown" if status is Status.UNKNOWN else counted(counts[status], status.value)
        for status in (Status.PROBLEM, Status.WARNING, Status.UNKNOWN)
        if counts[status]
    ]
    click.echo(f"{', '.join(told) or 'nothing stands in the way'} ({seconds:.1f} s)")


def _lines(finding: Finding, indent: int) -> Iterator[str]:
    """The fact, what was seen, where, and the remedy, which is never broken: it is made to be pasted."""
    room = max(40, shutil.get_terminal_size().columns - indent)
    yield from textwrap.wrap(finding.fact, room, break_long_words=False, break_on_hyphens=False)
    for line in (*finding.seen.splitlines(), *filter(None, [finding.where])):
        yield click.style(line, dim=True)
    if finding.remedy and finding.status is not Status.OK:
        yield f"-> {click.style(finding.remedy, bold=True)}"
