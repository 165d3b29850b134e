"""An .avro file to rows, by the schema in it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from harness.codecs import avro_depth, avro_logical, avro_schema
from harness.codecs.avro_schema import AvroSchema
from harness.codecs.json_format import DecodeError
from harness.codecs.schema_error import SchemaError
from harness.location import Location
from harness.rows import Cell, Row
from harness.scenario.problems import Problems
from harness.scenario.rows import columns
from harness.scenario.rows.typed_cells import cell_of

_MAGIC = b"Obj\x01"


class _Unreadable(Exception):
    """What is wrong with the file, in words."""


def rows(path: Path, problems: Problems, head: dict[str, Location]) -> Iterator[Row]:
    """The rows of the file; its fields are put into `head`. A cell's place is its row and its field."""
    with path.open("rb") as file:
        first = file.read(4)
        if first != _MAGIC:
            fact = "the file is no Avro container file" if first else "the file is empty"
            problems.add(Location(path), fact, "a file of Avro begins with its schema")
            return
        file.seek(0)
        number = 0
        try:
            for record in _records(file, path, head):
                number += 1
                row: dict[str, Cell] = {}
                for column, (name, value) in enumerate(record.items(), start=1):
                    where = Location(path, number, column)
                    try:
                        row[columns.from_quoted(name)] = cell_of(value, where)
                    except ValueError as error:
                        problems.add(where, f"`{name}` holds {error}")
                yield Row(row, Location(path, number, 1))
        except SchemaError as error:
            problems.add(Location(path), f"the schema in the file: {error.message}", error.hint)
        except _Unreadable as error:
            problems.add(Location(path, number + 1), f"the file cannot be read on: {error}")


def _records(file: Any, path: Path, head: dict[str, Location]) -> Iterator[dict[str, object]]:
    import fastavro

    avro_logical.register()
    blocks = _guarded(partial(fastavro.block_reader, file))
    # What fastavro makes of logical types loses digits; ours are in the schema as we read it.
    schema = avro_schema.read(blocks.metadata["avro.schema"])
    parsed = fastavro.parse_schema(schema.document)  # type: ignore[arg-type]  # it is one
    for column, (name, _) in enumerate(schema.record.fields, start=1):
        head.setdefault(columns.from_quoted(name), Location(path, 1, column))
    read = fastavro.schemaless_reader
    while True:
        block = _guarded(partial(next, blocks, None))
        if block is None:
            return
        for _ in range(block.num_records):
            yield _guarded(partial(_record, read, block.bytes_, parsed, schema))


def _record(read: Any, data: io.BytesIO, parsed: Any, schema: AvroSchema) -> Any:
    if schema.unbounded:
        avro_depth.check(data.getvalue()[data.tell() :], schema.document)
    return read(data, parsed, None)


def _guarded(call: Callable[[], Any]) -> Any:
    """The value of a call to fastavro, whose errors on broken bytes are of every kind."""
    try:
        return call()
    except (MemoryError, KeyboardInterrupt):
        raise
    except DecodeError as error:
        raise _Unreadable(error.message) from None
    except EOFError:
        raise _Unreadable("it ends too early") from None
    except Exception as error:  # noqa: BLE001  (whatever a foreign decoder makes of broken bytes)
        # Some of them say nothing but the name of what they do not know.
        fact, kind = str(error), _words(type(error).__name__)
        raise _Unreadable(fact if " " in fact else f"{kind}: {fact}" if fact else kind) from None


def _words(name: str) -> str:
    return re.sub("(?<!^)([A-Z])", r" \1", name).lower()
