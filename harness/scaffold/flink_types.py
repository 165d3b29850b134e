"""Types of Flink SQL as those of a pipeline file, and as schemas where a place needs one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from harness.codecs.types import Type, parse_type
from harness.scaffold.ddl import fields_of
from harness.scenario.places import column_types

_NAMES = {
    **dict.fromkeys(("STRING", "VARCHAR", "CHAR"), "text"),
    **dict.fromkeys(("BOOLEAN",), "boolean"),
    **dict.fromkeys(("INT", "INTEGER", "SMALLINT", "TINYINT"), "int"),
    **dict.fromkeys(("BIGINT",), "bigint"),
    **dict.fromkeys(("DOUBLE", "FLOAT", "DOUBLE PRECISION"), "double"),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP WITHOUT TIME ZONE"), "timestamp"),
    **dict.fromkeys(("TIMESTAMP_LTZ", "TIMESTAMP WITH LOCAL TIME ZONE"), "timestamp_ltz"),
    **dict.fromkeys(("DATE",), "date"),
    **dict.fromkeys(("TIME",), "time"),
    **dict.fromkeys(("BYTES", "VARBINARY", "BINARY"), "bytes"),
}
_SIZE = re.compile(r"\s*\(\s*\d+\s*\)")
_DECIMAL = re.compile(r"(?:DECIMAL|DEC|NUMERIC)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?")
_ARRAY = re.compile(r"ARRAY\s*<(.*)>", re.DOTALL)
_POSTGRES = {
    "int": "integer",
    "double": "double precision",
    "timestamp_ltz": "timestamptz",
    "bytes": "bytea",
    "json": "jsonb",
}
_AVRO: Mapping[str, object] = {
    "text": "string",
    "boolean": "boolean",
    "int": "int",
    "bigint": "long",
    "double": "double",
    "timestamp": {"type": "long", "logicalType": "local-timestamp-millis"},
    "timestamp_ltz": {"type": "long", "logicalType": "timestamp-millis"},
    "date": {"type": "int", "logicalType": "date"},
    "time": {"type": "int", "logicalType": "time-millis"},
    "bytes": "bytes",
}
_JSON = {"boolean": "boolean", "int": "integer", "bigint": "integer", "double": "number"}
_PROTO = {"boolean": "bool", "int": "int32", "bigint": "int64", "double": "double", "bytes": "bytes"}


def columns_of(columns: Mapping[str, str]) -> dict[str, str]:
    """The columns of a table with the types that a pipeline file has; fields of rows by their path."""
    found: dict[str, str] = {}
    for name, type_ in columns.items():
        inner = fields_of(type_)
        if inner:
            found |= {f"{name}.{path}": t for path, t in columns_of(dict(inner)).items()}
        elif (own := type_name(type_)) is not None:
            found[name] = own
    return found


def type_name(flink: str) -> str | None:
    """The type of that name in a pipeline file, or None where values are better read as JSON."""
    plain = " ".join(flink.upper().split())
    if array := _ARRAY.fullmatch(plain):
        inner = type_name(array[1])
        return f"array<{inner}>" if inner else None
    if decimal := _DECIMAL.fullmatch(plain):
        return f"decimal({decimal[1] or 10}, {decimal[2] or 0})"
    return _NAMES.get(_SIZE.sub("", plain))


def types_of(columns: Mapping[str, str]) -> dict[str, Type]:
    """The types of columns."""
    return {name: parse_type(type_) for name, type_ in columns.items() if column_types.is_known(type_)}


def postgres_ddl(table: str, columns: Mapping[str, str], key: tuple[str, ...]) -> str:
    """The statement that makes a table of these columns."""
    lines = [f"    {name} {_postgres(type_)}" for name, type_ in columns.items()]
    lines += [f"    PRIMARY KEY ({', '.join(key)})"] if key else []
    return f"CREATE TABLE {table} (\n" + ",\n".join(lines) + "\n);\n"


def schema_text(format_: str, name: str, columns: Mapping[str, str]) -> tuple[str, str]:
    """A first schema for a format of the registry: the ending of its file, and its text."""
    flat = {column: type_ for column, type_ in columns.items() if "." not in column} or {"id": "text"}
    if format_ == "avro-confluent":
        fields = [{"name": n, "type": ["null", _avro(t)], "default": None} for n, t in flat.items()]
        return ".avsc", json.dumps({"type": "record", "name": name, "fields": fields}, indent=2) + "\n"
    if format_ == "protobuf-confluent":
        lines = [
            f"  {_PROTO.get(t, 'string')} {n} = {number};" for number, (n, t) in enumerate(flat.items(), 1)
        ]
        return ".proto", f'syntax = "proto3";\n\nmessage {name} {{\n' + "\n".join(lines) + "\n}\n"
    properties = {
        n: {"type": _JSON.get(t, "number" if t[:7] == "decimal" else "string")} for n, t in flat.items()
    }
    return ".json", json.dumps({"type": "object", "properties": properties}, indent=2) + "\n"


def _avro(type_: str) -> object:
    if match := re.fullmatch(r"decimal\((\d+), (\d+)\)", type_):
        precision, scale = int(match[1]), int(match[2])
        return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}
    if match := re.fullmatch(r"array<(.+)>", type_):
        return {"type": "array", "items": _avro(match[1])}
    return _AVRO.get(type_, "string")


def _postgres(type_: str) -> str:
    if match := re.fullmatch(r"array<(.+)>", type_):
        return f"{_postgres(match[1])}[]"
    return _POSTGRES.get(type_, type_)
