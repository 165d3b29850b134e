"""`harness schema`: JSON Schemas of the two files, for editors that complete and check YAML."""

from __future__ import annotations

from pathlib import Path

import click

from harness.errors import SettingsError
from harness.location import shown

FILES = ("pipeline", "scenario")


@click.command()
@click.argument("file", type=click.Choice(FILES), required=False)
@click.option(
    "--write",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    is_flag=False,
    flag_value=Path(".harness"),
    help="write both schemas into DIR, `.harness` if none is named",
)
def schema(file: str | None, folder: Path | None) -> int:
    """Print the JSON Schema of pipeline or scenario files, or write both for an editor."""
    from harness.scenario import json_schema

    if folder is None:
        click.echo(json_schema.as_text(json_schema.schema_of(file or "scenario")), nl=False)
        return 0
    try:
        json_schema.write_schemas(folder)
    except OSError as error:
        raise SettingsError(
            f"`{folder}` cannot be written: {(error.strerror or str(error)).lower()}"
        ) from error
    for name in FILES:
        click.echo(f"wrote {shown(folder / f'{name}.schema.json')}")
    return 0
