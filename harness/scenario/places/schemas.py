"""`schema: FILE`: a schema file read, with what is wrong in it at its own line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.codecs import json_schema_text
from harness.codecs.paths import split_path
from harness.codecs.record_fields import field_at, has_field, unknown_field
from harness.codecs.schema import FORMATS, PLAIN, Language, Schema, read_descriptors
from harness.codecs.schema_error import SchemaError, UnknownMessage, UnknownName
from harness.location import Location
from harness.rows import Row, Rows
from harness.scenario import filename
from harness.scenario.model import Place, SchemaFile, Text
from harness.scenario.places.schema_imports import ImportedError, read_with_imports
from harness.scenario.problems import Problems
from harness.scenario.yaml import source
from harness.scenario.yaml.nodes import Scalar

MAX_BYTES = 4 * 1024 * 1024
COMPILED = (".desc", ".pb", ".binpb")
"""Sets of descriptors, as protoc writes them."""
ENDINGS = {Language.AVRO: (".avsc", ".json"), Language.JSON: (".json",), Language.PROTOBUF: (".proto",)}


@dataclass(slots=True)
class InForce:
    """The schemas that rows are written with, step by step: `evolve` changes that of a source."""

    _evolved: dict[str, SchemaFile | None] = field(default_factory=dict)

    def of(self, place: Place) -> Schema | None:
        """The schema of a place now, or None where nobody knows it."""
        file = self._evolved.get(place.name, place.schema)
        return file.schema if file else None

    def evolve(self, place: Place, file: SchemaFile | None) -> None:
        """What is sent from now on has this schema; None: one that could not be read."""
        self._evolved[place.name] = file


def read(
    name: Scalar, format_: str, message: Text | None, folder: Path, problems: Problems
) -> SchemaFile | None:
    """The schema in the file `name`, or None where it cannot be used; why is noted."""
    wanted = message.value.strip() if message else None
    compiled = format_ in PLAIN
    language = FORMATS[format_]
    path = filename.resolve(name.text, name.content, folder, problems)
    if path is None:
        return None
    known = (*ENDINGS[language], *(COMPILED if compiled and language is Language.PROTOBUF else ()))
    if path.suffix.lower() not in known:
        endings = " or ".join(f"`{ending}`" for ending in known)
        problems.add(name.content, f"`{name.text}` is no schema of {format_}", f"it ends with {endings}")
        return None
    data = source.read_bytes(path, problems, MAX_BYTES)
    if data is None:
        return None
    text = "" if path.suffix.lower() in COMPILED else source.decode(data, path, problems)
    if text is None:
        return None
    try:
        if path.suffix.lower() in COMPILED:
            schema = read_descriptors(data, wanted)
        else:
            schema = read_with_imports(language, text, wanted, path)
        return SchemaFile(path=path, schema=schema, message=message)
    except ImportedError as error:
        problems.know(error.path, source.split_lines(error.text))
        _note(error.error, error.text, error.path, problems)
        return None
    except UnknownMessage as error:
        problems.add(message.location if message else name.content, error.message, error.hint)
        return None
    except SchemaError as error:
        _note(error, text, path, problems)
        return None


def _note(error: SchemaError, text: str, path: Path, problems: Problems) -> None:
    elsewhere = isinstance(error, UnknownName) and "." in error.names[-1] and path.suffix != ".proto"
    hint = "no .avsc file beside it describes it" if elsewhere else error.hint
    problems.add(_place(error, text, path), error.message, hint)


def check_fields(names: Iterable[tuple[str, Location]], schema: Schema, problems: Problems) -> None:
    """Note the fields that a schema has not."""
    for name, location in names:
        if not name.startswith("$") and not has_field(schema.record, name):
            problems.add(location, *unknown_field(name, schema.record))


def check_rows(rows: Rows, schema: Schema, problems: Problems) -> None:
    """Note the columns that a schema has not, and the nested names in YAML lists and JSON."""
    check_fields(rows.columns.items(), schema, problems)
    for row in rows:
        check_row(row, schema, problems)


def check_row(row: Row, schema: Schema, problems: Problems) -> None:
    """Note the nested names of a row that a schema has not."""
    for name, cell in row.cells.items():
        if isinstance(cell.items, Mapping) and not name.startswith("$"):
            inner = field_at(schema.record, (name,)) or field_at(schema.record, split_path(name))
            if inner is not None:
                here = inner.resolved()
                for key, item in cell.items.items():
                    if here.fields and not here.open and key not in dict(here.fields):
                        problems.add(item.location, *unknown_field(key, here))


def _place(error: SchemaError, text: str, path: Path) -> Location:
    position = error.position
    if position is None:
        position = json_schema_text.position(text, error.path) if error.path else None
    if position is None:
        return Location(path)
    before = source.split_lines(text[:position])
    return Location(path, len(before), len(before[-1]) + 1)
