"""Debezium's envelope in Avro: the schema of a row makes that of its changes, and the other way round."""

from __future__ import annotations

import json

from harness.codecs import avro_schema
from harness.codecs.json_format import DecodeError
from harness.codecs.schema import Import, Language, Schema, read_schema
from harness.codecs.types import Type, TypeKind


def envelope_of(row: Schema) -> Schema:
    """The schema of the changes of rows of this schema, named as Debezium names it."""
    data = json.loads(row.text)
    name = avro_schema.full_name(data) or "Row"
    space = name.rpartition(".")[0]
    document = {
        "type": "record",
        "name": "Envelope" if not name.endswith("Envelope") else "Changes",
        **({"namespace": space} if space else {}),
        "fields": [
            {"name": "before", "type": ["null", data], "default": None},
            {"name": "after", "type": ["null", name], "default": None},
            {"name": "op", "type": "string"},
            {"name": "ts_ms", "type": ["null", "long"], "default": None},
        ],
    }
    imports: tuple[Import, ...] = row.imports
    return read_schema(Language.AVRO, json.dumps(document), None, imports)


def row_of(envelope: Schema) -> Type:
    """The type of the rows whose changes have this schema.

    Raises:
        DecodeError: It is no schema of changes.
    """
    fields = dict(envelope.record.fields)
    after = fields["after"].resolved() if "after" in fields else None
    if after is None or after.kind is not TypeKind.RECORD or not {"before", "op"} <= set(fields):
        raise DecodeError(f"`{envelope.record.name}` is no schema of changes: it has no before, after and op")
    return after
