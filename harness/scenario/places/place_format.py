"""What a place on Kafka says about its formats, and what these cannot be without."""

from __future__ import annotations

from pathlib import Path

from harness.codecs.format_options import FormatOptions
from harness.codecs.schema import FORMATS as SCHEMA_FORMATS
from harness.codecs.schema import PLAIN, REGISTERED, name_of
from harness.scenario.language.choices import STRATEGIES
from harness.scenario.model import SchemaFile, System
from harness.scenario.place_words import FILES
from harness.scenario.places import schemas
from harness.scenario.yaml.nodes import MapNode
from harness.scenario.yaml.reader import Fields

WITHOUT_FIELDS = ("raw", "lines")
_RENAMED = {"json-confluent": "json-schema-confluent", "json-registry": "json-schema-confluent"}
_OWNERS = {"delimiter": "csv", "null_literal": "csv", "schema_include": "debezium-json"}


def read_format(fields: Fields) -> str | None:
    """The format of a place, or None where it cannot be used (then noted)."""
    if not fields.need("format", "as in `format: json`"):
        return None
    scalar = fields.scalar("format")
    if scalar is not None and scalar.text in _RENAMED:
        hint = f"did you mean `{_RENAMED[scalar.text]}`?"
        fields.problems.add(scalar.location, f"`{scalar.text}` is no `format`", hint)
        return None
    return fields.choice("format")


def needs_schema(format_: str | None, system: System, *, writes: bool) -> bool:
    """Whether a place cannot be without `schema`; a file of Avro brings its own along."""
    return system not in FILES and (writes or format_ in PLAIN)


def read_options(fields: Fields, format_: str, schema: SchemaFile | None, *, writes: bool) -> FormatOptions:
    """What is said beside the format's name; what does not belong to it is noted.

    Args:
        fields: The place.
        format_: Its format.
        schema: Its schema.
        writes: The harness writes its records, so that its key's fields are what the key is made of.
    """
    problems = fields.problems
    for key, owner in _OWNERS.items():
        if key in fields and format_ != owner:
            problems.add(fields.where(key), f"`{key}` belongs to `format: {owner}`, and this is {format_}")
    if format_ == "csv":
        _check_columns(fields)
    delimiter = fields.scalar("delimiter")
    text = {"tab": "\t", "\\t": "\t"}.get(delimiter.text, delimiter.text) if delimiter else ","
    if delimiter and (len(text) != 1 or text in '"\n\r'):
        problems.add(delimiter.location, f"`{text}` is no `delimiter`", "one character, or `tab`")
    null = fields.scalar("null_literal")
    return FormatOptions(
        delimiter=text,
        null_literal=null.text if null else None,
        schema_include=fields.boolean("schema_include") or False,
        subject_strategy=_read_strategy(fields, format_, schema, writes=writes),
    )


def _check_columns(fields: Fields) -> None:
    """Note what csv needs: a type for every column, and names that are columns."""
    columns = fields.take("columns")
    if not isinstance(columns, MapNode):
        fields.need("columns", "the columns of a line in their order, as in `columns: {id: text, n: bigint}`")
        return
    times = fields.take("times")
    named = (
        [(entry.key.text, entry.key.location) for entry in times.entries.values()]
        if isinstance(times, MapNode)
        else []
    )
    named += [(text.value, text.location) for text in fields.names("key")]
    event_time = fields.scalar("event_time") if "event_time" in fields else None
    if event_time is not None:
        named.append((event_time.text.strip(), event_time.location))
    in_path = {text.value for text in fields.names("partitioned_by")} if "partitioned_by" in fields else set()
    for name, location in named:
        if not name.startswith("$") and name not in columns.entries and name not in in_path:
            fields.problems.add(location, f"`{name}` is none of the `columns`")


def _read_strategy(fields: Fields, format_: str, schema: SchemaFile | None, *, writes: bool) -> str:
    if "subject_strategy" not in fields:
        return STRATEGIES[0]
    word = fields.choice("subject_strategy") or STRATEGIES[0]
    where = fields.where("subject_strategy")
    if not writes:
        fields.problems.add(where, "`subject_strategy` belongs to a source or a table, and this is a sink")
    elif format_ not in REGISTERED:
        fields.problems.add(
            where, f"`format: {format_}` has no schema in a registry, so no `subject_strategy`"
        )
    elif word != STRATEGIES[0] and schema is not None and name_of(schema.schema) is None:
        fields.problems.add(where, f"{schema.path.name} has no name for its records", 'give it a `"title"`')
    return word


def read_key_format(fields: Fields, *, writes: bool) -> str | None:
    """The format of a place's keys, or None where they are text; what does not belong to it is noted."""
    if "key_format" not in fields:
        if "key_schema" in fields:
            fields.problems.add(
                fields.where("key_schema"), "`key_schema` needs `key_format`", "as in `key_format: avro`"
            )
        return None
    word = fields.choice("key_format")
    names = fields.names("key")
    if writes and word == "raw" and names:
        fields.problems.add(names[0].location, "a raw key has no fields", "rows give it as `$key`")
    if word == "csv" and not names:
        where = fields.where("key_format")
        fields.problems.add(where, "`key_format: csv` needs `key`", "the fields of its line, in their order")
    if writes and word == "string" and len(names) > 1:
        fields.problems.add(
            names[1].location, "a key of `key_format: string` is one field", "several are `json`"
        )
    return word


def read_key_schema(
    fields: Fields, key_format: str | None, folder: Path, *, writes: bool
) -> SchemaFile | None:
    """The schema of a place's keys, or None where it has none or it cannot be used (then noted)."""
    problems = fields.problems
    if key_format is None:
        return None
    if key_format not in SCHEMA_FORMATS:
        if "key_schema" in fields:
            problems.add(fields.where("key_schema"), f"`key_format: {key_format}` has no `key_schema`")
        return None
    if "key_schema" not in fields:
        if writes or key_format in PLAIN:
            where = fields.where("key_format")
            problems.add(where, f"`key_format: {key_format}` needs `key_schema`", "the path of its file")
        return None
    name = fields.scalar("key_schema")
    file = schemas.read(name, key_format, None, folder, problems) if name else None
    if file is not None and writes:
        named = [(text.value, text.location) for text in fields.names("key")]
        schemas.check_fields(named, file.schema, problems)
    return file
