"""Where an editor finds the JSON Schemas that complete and check the two kinds of files."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = ".harness"
PIPELINE = "pipeline.schema.json"
SCENARIO = "scenario.schema.json"


def modeline(name: str, root: Path, folder: Path) -> str:
    """The first line of a file in `folder`, by which editors find its schema below `root`."""
    path = Path(os.path.relpath(root / FOLDER / name, folder)).as_posix()
    return f"# yaml-language-server: $schema={path}\n"


def write_schemas(root: Path) -> None:
    """Put the schemas where the first lines of files lead to."""
    from harness.scenario import json_schema

    json_schema.write_schemas(root / FOLDER)
