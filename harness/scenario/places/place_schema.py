"""`schema` and `message` of a place, and whether its other keys name fields that the schema has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.codecs.schema import FORMATS
from harness.location import Location
from harness.scenario.model import SchemaFile
from harness.scenario.places import schemas
from harness.scenario.yaml.nodes import MapNode
from harness.scenario.yaml.reader import Fields

PROTOBUF = ("protobuf-confluent", "protobuf")


def read(fields: Fields, format_: str, folder: Path, *, needed: bool) -> SchemaFile | None:
    """The schema of a place, or None where it has none or it cannot be used (then noted).

    Args:
        fields: The place.
        format_: Its format.
        folder: Where relative paths start.
        needed: Without a schema nobody could write to it.
    """
    problems = fields.problems
    if format_ not in FORMATS:
        for key in ("schema", "message"):
            if key in fields:
                others = ", ".join(f"`{name}`" for name in FORMATS)
                problems.add(
                    fields.where(key), f"`format: {format_}` has no `{key}`", f"these have one: {others}"
                )
        if format_ in ("raw", "lines"):
            for key in ("columns", "times"):
                if key in fields:
                    problems.add(fields.where(key), f"`format: {format_}` has no fields, so no `{key}`")
        return None
    if "columns" in fields:
        problems.add(fields.where("columns"), "the schema has the types already", "leave `columns` out")
    if "message" in fields and format_ not in PROTOBUF:
        problems.add(fields.where("message"), f"`message` is Protobuf's, and this is {format_}")
    if "schema" not in fields:
        if needed:
            problems.add(fields.location, f"`format: {format_}` needs `schema`", "the path of its file")
        return None
    name = fields.scalar("schema")
    message = fields.scalar("message") if format_ in PROTOBUF else None
    file = (
        schemas.read(name, format_, message.as_text() if message else None, folder, problems)
        if name
        else None
    )
    if file is not None:
        schemas.check_fields(_named(fields), file.schema, problems)
    return file


def _named(fields: Fields) -> Iterator[tuple[str, Location]]:
    """The fields that the keys of a place name."""
    for text in fields.names("key"):
        yield text.value, text.location
    event_time = fields.scalar("event_time")
    if event_time is not None:
        yield event_time.text.strip(), event_time.location
    for key in ("times", "ignore"):
        node = fields.take(key)
        for entry in node.entries.values() if isinstance(node, MapNode) else ():
            yield entry.key.text, entry.key.location
