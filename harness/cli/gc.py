"""`harness gc`: removes what dead keepers left; a live one's things are never touched."""

from __future__ import annotations

import json

import click

from harness.cli.table import amount, show_table
from harness.keeper.leftovers import leftovers


@click.command()
@click.option("--dry-run", is_flag=True, help="only show what would go")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def gc(*, dry_run: bool, as_json: bool) -> int:
    """Remove what dead keepers left.

    Folders on disk and in shared memory, processes, and containers. What a live keeper uses is never touched.
    """
    found = leftovers()
    if not dry_run:
        for left in found:
            left.remove()
    if as_json:
        click.echo(json.dumps([{"kind": f.kind, "name": f.name, "bytes": f.size} for f in found], indent=2))
        return 0
    if not found:
        click.echo("nothing is left of any dead keeper")
        return 0
    show_table(("KIND", "SIZE", "NAME"), [(left.kind, amount(left.size), left.name) for left in found])
    total = amount(sum(left.size for left in found))
    click.echo(f"would remove {total}; nothing was touched" if dry_run else f"removed {total}")
    return 0
