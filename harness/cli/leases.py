"""`harness leases`: who holds what, and who waits for whom."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from harness.cli.keepers import NOTHING, keepers_of, looked_at, this_project
from harness.cli.table import show_table, span


@click.command()
@click.option("--all", "everything", is_flag=True, help="every project of yours")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def leases(*, everything: bool, as_json: bool) -> int:
    """Show who holds what, and who waits."""
    found = looked_at(keepers_of(None if everything else this_project()))
    held = [lease for looked in found for lease in looked.status.get("leases", ())]
    waiting = [lease for looked in found for lease in looked.status.get("waiting", ())]
    for looked in found:
        if looked.silence is not None:
            click.echo(looked.silence.render(), err=True)
    if as_json:
        click.echo(json.dumps({"leases": held, "waiting": waiting}, indent=2))
    elif not found:
        click.echo("nothing runs" if everything else NOTHING)
    elif not held and not waiting:
        click.echo("no leases")
    else:
        labels = {lease["id"]: lease["label"] for lease in held}
        rows = [(*_who(lease), _what(lease)) for lease in held]
        rows += [(*_who(lease), f"waits for {_whom(lease, labels)}") for lease in waiting]
        show_table(("LEASE", "SINCE", "PID", "SCENARIO", "HOLDS"), rows)
    return 0


def _who(lease: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return lease["id"], span(lease.get("seconds", 0)), str(lease["pid"]), lease["label"]


def _what(lease: Mapping[str, Any]) -> str:
    text = ", ".join([*lease.get("holds", ()), *lease.get("names", ())])
    return f"{text} (is being cleaned up)" if lease.get("ending") else text


def _whom(lease: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    behind = [f"{other} ({labels.get(other, 'ended')})" for other in lease["behind"]]
    return ", ".join(behind) or "its turn"
