"""`harness status`: what is warm, and who uses it."""

from __future__ import annotations

import json

import click

from harness.cli.keepers import NOTHING, Looked, keepers_of, looked_at, memory, this_project
from harness.cli.table import amount, counted, show_table


@click.command()
@click.option("--all", "everything", is_flag=True, help="every project of yours")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def status(*, everything: bool, as_json: bool) -> int:
    """Show what is warm, and who uses it."""
    everybody = keepers_of(None)
    root = this_project()
    found = looked_at(
        everybody if everything else [k for k in everybody if k.nameplate and k.nameplate.root == root]
    )
    if as_json:
        click.echo(json.dumps([looked.to_json() for looked in found], indent=2))
        return 0
    for number, looked in enumerate(found):
        if number:
            click.echo()
        _show(looked, where=everything)
    if not found:
        click.echo("nothing runs" if everything else NOTHING)
    others = len(everybody) - len(found)
    if others:
        click.echo(f"{counted(others, 'keeper')} of other projects: `harness status --all`")
    return 0


def _show(looked: Looked, *, where: bool) -> None:
    click.echo(looked.title)
    if where and looked.keeper.nameplate:
        click.echo(f"  project {looked.keeper.nameplate.root}")
    if looked.silence is not None:
        click.echo(looked.silence.render(), err=True)
        return
    instances = looked.status["instances"]
    if not instances:
        click.echo("no services yet: they start with the first scenario that needs them")
        return
    rows = [
        (
            f"{i['service']}-{i['number']}",
            "ready" if i["ready"] else "starting",
            " ".join(map(str, i["pids"])),
            amount(memory(i["pids"])) if i["pids"] else "",
            str(len(i["leases"])),
            i.get("address", ""),
        )
        for i in instances
    ]
    show_table(("SERVICE", "STATE", "PID", "MEMORY", "LEASES", "ADDRESS"), rows)
