"""`harness down`: ends what `harness up` or `--keep` left warm."""

from __future__ import annotations

import click

from harness.cli.keepers import NOTHING, Looked, is_own, keepers_of, looked_at, this_project
from harness.cli.table import counted, span
from harness.clock import monotonic


@click.command()
@click.option(
    "--all", "everything", is_flag=True, help="every kept keeper of yours, of any project and version"
)
def down(*, everything: bool) -> int:
    """End the warm services of this project.

    It waits until nothing of them is left. One that does not answer is killed.
    """
    there = keepers_of(None if everything else this_project())
    found = [keeper for keeper in there if keeper.kept]
    mine, others = ([k for k in found if (everything or is_own(k)) is wanted] for wanted in (True, False))
    for looked in looked_at(mine):
        _end(looked)
    for looked in looked_at(others):
        click.echo(f"left alone: {looked.title}; `harness down --all` ends it too")
    for keeper in there:
        if keeper.nameplate is not None and keeper.nameplate.owner:
            click.echo(f"left alone: a private keeper, which ends with process {keeper.nameplate.owner}")
    if not there:
        click.echo("nothing runs" if everything else NOTHING)
    return 0


def _end(looked: Looked) -> None:
    began = monotonic()
    status = looked.status
    killed = looked.keeper.end()
    names = [f"{i['service']}-{i['number']}" for i in status.get("instances", ())]
    for name in names:
        click.echo(f"{name:<{max(map(len, names))}}  ended")
    if status.get("leases"):
        click.echo(f"{counted(len(status['leases']), 'lease')} had been held")
    plate = looked.keeper.nameplate
    words = (
        f"keeper (process {looked.keeper.pid or '?'})" if plate is None else f"keeper (process {plate.pid})"
    )
    how = "did not answer, was killed" if killed else "ended"
    where = f" of {plate.root}" if plate else ""
    click.echo(f"{words}{where} {how} in {span(monotonic() - began)}")
