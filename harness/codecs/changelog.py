"""Changes of a table as other tools write them into JSON, and as Flink does.

Flink writes no updates: the old row is a delete and the new one an insert, in every one of these formats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from harness.codecs.json_format import DecodeError, encode_value
from harness.codecs.moments import write_sql_time
from harness.codecs.types import Type, TypeKind

Fields = Mapping[str, object]


class Op(Enum):
    """What happened to a row; each value is the word of `$op`."""

    INSERT = "insert"
    UPDATE_BEFORE = "update_before"
    UPDATE_AFTER = "update_after"
    DELETE = "delete"


OPS = {
    **{op.value: op for op in Op},
    **dict(zip(("+I", "-U", "+U", "-D"), Op, strict=True)),
}
"""How `$op` can be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change.

    Attributes:
        op: What happened; an update is `UPDATE_AFTER`.
        before: The row as it was; of an update None where it is not told.
        after: The row as it is.
    """

    op: Op
    before: Fields | None = None
    after: Fields | None = None

    @property
    def row(self) -> Fields:
        """The row that the change is about."""
        return (self.before if self.op is Op.DELETE else self.after) or {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The table that changes.

    Attributes:
        name: Its name.
        key: The fields of its key.
        types: The types of its fields, as far as they are known.
    """

    name: str
    key: tuple[str, ...]
    types: Mapping[str, Type]


Event = tuple[Op, dict[str, Any]]
Write = Callable[[Change, Table, int], object]
Read = Callable[[Mapping[str, Any]], list[Event]]

_DATABASE = "harness"
_DEBEZIUM = {Op.INSERT: "c", Op.UPDATE_AFTER: "u", Op.DELETE: "d"}
_OGG = {Op.INSERT: "I", Op.UPDATE_AFTER: "U", Op.DELETE: "D"}
_VERBS = {Op.INSERT: "insert", Op.UPDATE_AFTER: "update", Op.DELETE: "delete"}


def write_debezium(change: Change, table: Table, millis: int) -> dict[str, object]:
    """The change as Debezium's JSON."""
    return {
        "before": change.before,
        "after": change.after,
        "source": {"name": table.name, "ts_ms": millis, "db": _DATABASE, "table": table.name},
        "op": _DEBEZIUM[change.op],
        "ts_ms": millis,
    }


def write_debezium_with_schema(change: Change, table: Table, millis: int) -> dict[str, object]:
    """The same beside its schema, as Kafka Connect writes it unless told otherwise."""
    row = [
        {"type": _CONNECT.get(type_.kind, "string"), "optional": True, "field": name}
        for name, type_ in table.types.items()
    ]
    sides = [
        {"type": "struct", "fields": row, "optional": True, "field": name} for name in ("before", "after")
    ]
    fields = [
        *sides,
        {"type": "string", "optional": False, "field": "op"},
        {"type": "int64", "optional": True, "field": "ts_ms"},
    ]
    schema = {"type": "struct", "fields": fields, "optional": False, "name": f"{table.name}.Envelope"}
    return {"schema": schema, "payload": write_debezium(change, table, millis)}


def write_canal(change: Change, table: Table, millis: int) -> dict[str, object]:
    """The change as Canal's JSON: every value is text, and of the old row only what changed is there."""
    after = {name: _as_text(value) for name, value in change.row.items()}
    old = None if change.before is None else {n: _as_text(v) for n, v in change.before.items()}
    return {
        "data": [after],
        "database": _DATABASE,
        "es": millis,
        "id": 1,
        "isDdl": False,
        "mysqlType": {n: _MYSQL.get(t.kind, ("text", 12))[0] for n, t in table.types.items()},
        "old": [_changed(old, after)] if change.op is Op.UPDATE_AFTER and old is not None else None,
        "pkNames": list(table.key) or None,
        "sql": "",
        "sqlType": {n: _MYSQL.get(t.kind, ("text", 12))[1] for n, t in table.types.items()},
        "table": table.name,
        "ts": millis,
        "type": _VERBS[change.op].upper(),
    }


def write_maxwell(change: Change, table: Table, millis: int) -> dict[str, object]:
    """The change as Maxwell's JSON: of the old row only what changed is there."""
    document: dict[str, object] = {
        "database": _DATABASE,
        "table": table.name,
        "type": _VERBS[change.op],
        "ts": millis // 1000,
        "xid": 1,
        "commit": True,
        "data": change.row,
    }
    if change.op is Op.UPDATE_AFTER and change.before is not None:
        document["old"] = _changed(change.before, change.row)
    if table.key:
        document["primary_key_columns"] = list(table.key)
    return document


def write_ogg(change: Change, table: Table, millis: int) -> dict[str, object]:
    """The change as Oracle GoldenGate's JSON."""
    at = datetime.fromtimestamp(millis / 1000, UTC).replace(tzinfo=None)
    return {
        "table": f"{_DATABASE}.{table.name}".upper(),
        "op_type": _OGG[change.op],
        "op_ts": at.isoformat(" ", "microseconds"),
        "current_ts": at.isoformat("T", "microseconds"),
        "pos": "00000000000000000001",
        "primary_keys": list(table.key),
        "before": change.before,
        "after": change.after,
    }


def _changed(old: Fields, new: Fields) -> dict[str, object]:
    return {name: value for name, value in old.items() if name not in new or new[name] != value}


def _as_text(value: object) -> object:
    if value is None or isinstance(value, str):
        return value
    return encode_value(sql_times(value)).decode().strip('"')


def sql_times(value: object) -> object:
    """The value with its times as Flink's JSON formats read them unless told otherwise."""
    if isinstance(value, datetime):
        return write_sql_time(value)
    if isinstance(value, Mapping):
        return {name: sql_times(item) for name, item in value.items()}
    return [sql_times(item) for item in value] if isinstance(value, list) else value


def read_debezium(document: Mapping[str, Any]) -> list[Event]:
    """The changes of a record, whether its schema is beside it or not."""
    if "payload" in document and "op" not in document:
        document = _object(document, "payload")
    word = document.get("op")
    op = {"c": Op.INSERT, "r": Op.INSERT, "u": Op.UPDATE_AFTER, "d": Op.DELETE}.get(str(word))
    return _of_sides(document, op, "op", word)


def read_ogg(document: Mapping[str, Any]) -> list[Event]:
    """The changes of a record of Oracle GoldenGate."""
    word = document.get("op_type")
    op = {"I": Op.INSERT, "U": Op.UPDATE_AFTER, "D": Op.DELETE}.get(str(word))
    return _of_sides(document, op, "op_type", word)


def _of_sides(document: Mapping[str, Any], op: Op | None, name: str, word: object) -> list[Event]:
    if op is None:
        raise DecodeError(f"no change: `{name}` is {_shown(word)}")
    if op is Op.DELETE:
        return [(op, _object(document, "before"))]
    after = (op, _object(document, "after"))
    if op is Op.INSERT or document.get("before") is None:
        return [after]
    return [(Op.UPDATE_BEFORE, _object(document, "before")), after]


def read_canal(document: Mapping[str, Any]) -> list[Event]:
    """The changes of a record; a change of the table itself has none."""
    if document.get("isDdl") is True or document.get("type") == "CREATE":
        return []
    op = _verb(document)
    data = document.get("data")
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise DecodeError("no change: `data` is no list of rows")
    old = document.get("old") or [None] * len(data)
    if not isinstance(old, list) or len(old) != len(data):
        raise DecodeError("no change: `old` has not as many rows as `data`")
    return [event for row, was in zip(data, old, strict=True) for event in _with_old(op, row, was)]


def read_maxwell(document: Mapping[str, Any]) -> list[Event]:
    """The changes of a record; the beginning and the end of a bootstrap have none."""
    if document.get("type") in ("bootstrap-start", "bootstrap-complete"):
        return []
    op = Op.INSERT if document.get("type") == "bootstrap-insert" else _verb(document)
    return _with_old(op, _object(document, "data"), document.get("old"))


def _verb(document: Mapping[str, Any]) -> Op:
    word = document.get("type")
    op = next((op for op, verb in _VERBS.items() if str(word).lower() == verb), None)
    if op is None:
        raise DecodeError(f"no change: `type` is {_shown(word)}")
    return op


def _with_old(op: Op, row: dict[str, Any], old: object) -> list[Event]:
    """The old row is the new one but for the fields that are told."""
    if op is Op.UPDATE_AFTER and isinstance(old, dict):
        return [(Op.UPDATE_BEFORE, {**row, **old}), (op, row)]
    return [(op, row)]


def _object(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = document.get(name)
    if not isinstance(found, dict):
        raise DecodeError(f"no change: `{name}` is {'null' if found is None else 'no record'}")
    return found


def _shown(word: object) -> str:
    return "not there" if word is None else encode_value(word).decode()[:40]


_CONNECT = {
    TypeKind.INTEGER: "int64",
    TypeKind.BOOLEAN: "boolean",
    TypeKind.FLOAT: "double",
    TypeKind.BYTES: "bytes",
}
"""What Kafka Connect calls the types; all others are text in JSON."""
_MYSQL = {
    TypeKind.INTEGER: ("bigint", -5),
    TypeKind.BOOLEAN: ("tinyint(1)", -7),
    TypeKind.FLOAT: ("double", 8),
    TypeKind.DECIMAL: ("decimal(38,10)", 3),
    TypeKind.DATE: ("date", 91),
    TypeKind.TIME: ("time", 92),
    TypeKind.LOCAL_TIMESTAMP: ("datetime(6)", 93),
    TypeKind.INSTANT: ("timestamp(6)", 93),
    TypeKind.BYTES: ("blob", 2004),
}
"""What MySQL calls the types, and their numbers in JDBC; all others are text."""

WRITERS: dict[str, Write] = {
    "debezium-json": write_debezium,
    "canal-json": write_canal,
    "maxwell-json": write_maxwell,
    "ogg-json": write_ogg,
}
READERS: dict[str, Read] = {
    "debezium-json": read_debezium,
    "canal-json": read_canal,
    "maxwell-json": read_maxwell,
    "ogg-json": read_ogg,
}
FORMATS = (*WRITERS, "debezium-avro-confluent")
"""The formats whose records are changes."""
