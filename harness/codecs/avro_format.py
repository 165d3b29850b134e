"""Records to Avro's bytes and back, by the schema that they are written with."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from harness.codecs import avro_depth, avro_logical
from harness.codecs.avro_schema import AvroSchema
from harness.codecs.cell_error import CellError
from harness.codecs.json_format import DecodeError, wire
from harness.codecs.types import Type, TypeKind

THREE_SPELLINGS = 'write `null`, `""` or a value'


class AvroCodec:
    """Encodes and decodes records of one schema."""

    def __init__(self, schema: AvroSchema) -> None:
        import fastavro

        avro_logical.register()
        self._schema = schema
        self._parsed: Any = fastavro.parse_schema(schema.document)  # type: ignore[arg-type]  # it is one
        self._read = fastavro.schemaless_reader
        self._write = fastavro.schemaless_writer

    def encode(self, record: Mapping[str, object], type_: Type | None = None) -> bytes:
        """The bytes of a record; fields that it lacks get the schema's default.

        Args:
            record: Nested, typed values.
            type_: The schema's own type, with times that a pipeline says are encoded; None: without.

        Raises:
            CellError: A field is absent that has no default.
        """
        file = io.BytesIO()
        self._write(file, self._parsed, _datum(record, type_ or self._schema.record, ""))
        return file.getvalue()

    def decode(self, data: bytes) -> dict[str, object]:
        """The record that these bytes hold, typed.

        Raises:
            DecodeError: They are no record of the schema.
        """
        if self._schema.unbounded:
            avro_depth.check(data, self._schema.document)
        file = io.BytesIO(data)
        try:
            record = self._read(file, self._parsed, None)
        except (MemoryError, KeyboardInterrupt):
            raise
        except Exception as error:  # noqa: BLE001  (whatever a foreign decoder makes of broken bytes)
            raise DecodeError(f"no {self._schema.record.name}: {_reason(error)}") from None
        left = len(data) - file.tell()
        if left:
            raise DecodeError(f"no {self._schema.record.name}: {left} bytes are left over")
        assert isinstance(record, dict)
        return record


def _reason(error: Exception) -> str:
    known = {EOFError: "the bytes end too early", IndexError: "a union or an enum has no such branch"}
    if isinstance(error, UnicodeDecodeError):
        return "a text is no UTF-8"
    return known.get(type(error)) or str(error) or type(error).__name__


def _datum(value: object, type_: Type, path: str) -> object:
    """A typed value as fastavro takes it: base types, and unions that name their branch."""
    type_ = type_.resolved()
    if value is None:
        return None
    if type_.kind is TypeKind.UNION:
        type_ = next((b.resolved() for b in type_.choices if _fits(value, b.resolved())), type_.branches[0])
    datum = _base(value, type_, path)
    return (type_.tag, datum) if type_.in_union else datum


def _base(value: Any, type_: Type, path: str) -> object:
    if type_.encoding is not None:
        return wire(value, type_)
    match type_.kind:
        case TypeKind.RECORD:
            return _record(value, type_, path)
        case TypeKind.ARRAY:
            assert type_.of is not None
            return [_datum(item, type_.of, f"{path}[{i}]") for i, item in enumerate(value)]
        case TypeKind.MAP:
            assert type_.of is not None
            return {name: _datum(item, type_.of, f"{path}.{name}") for name, item in value.items()}
        case _:
            write = avro_logical.WRITE.get(type_.kind)
            return value if write is None else write(value, type_)


def _record(value: Mapping[str, object], type_: Type, path: str) -> dict[str, object]:
    datum = {}
    absent = type_.absent or {}
    for name, field in type_.fields:
        inner = f"{path}.{name}" if path else name
        if name in value:
            datum[name] = _datum(value[name], field, inner)
        elif name in absent:
            datum[name] = _datum(absent[name], field, inner)
        else:
            raise CellError(f"`{inner}` is absent, and `{type_.name}` has no default for it", THREE_SPELLINGS)
    return datum


_CLASSES: dict[TypeKind, type | tuple[type, ...]] = {
    TypeKind.TEXT: str,
    TypeKind.BOOLEAN: bool,
    TypeKind.FLOAT: float,
    TypeKind.DECIMAL: Decimal,
    TypeKind.TIME: time,
    TypeKind.UUID: UUID,
}
_CHECKS: dict[TypeKind, Callable[[Any, Type], bool]] = {
    TypeKind.INTEGER: lambda v, t: type(v) is int and (t.bounds is None or t.bounds[0] <= v <= t.bounds[1]),
    TypeKind.BYTES: lambda v, t: isinstance(v, bytes) and t.size in (None, len(v)),
    TypeKind.ENUM: lambda v, t: v in t.symbols if isinstance(v, str) else False,
    TypeKind.DATE: lambda v, _: type(v) is date,
    TypeKind.INSTANT: lambda v, _: isinstance(v, datetime) and v.tzinfo is not None,
    TypeKind.LOCAL_TIMESTAMP: lambda v, _: isinstance(v, datetime) and v.tzinfo is None,
    TypeKind.ARRAY: lambda v, t: isinstance(v, list) and all(_holds(item, t.of) for item in v),
    TypeKind.MAP: lambda v, t: isinstance(v, Mapping) and all(_holds(item, t.of) for item in v.values()),
    TypeKind.RECORD: lambda v, t: isinstance(v, Mapping) and _holds_fields(v, t),
    TypeKind.UNION: lambda v, t: any(_holds(v, branch) for branch in t.branches),
}


def _fits(value: object, type_: Type) -> bool:
    """Whether a value is one of a branch; the branch that read it is the first that it fits."""
    classes = _CLASSES.get(type_.kind)
    if classes is not None:
        return isinstance(value, classes)
    check = _CHECKS.get(type_.kind)
    return check is not None and check(value, type_)


def _holds(value: object, type_: Type | None) -> bool:
    if type_ is None:
        return True
    return type_.nullable if value is None else _fits(value, type_.resolved())


def _holds_fields(value: Mapping[str, object], type_: Type) -> bool:
    fields, absent = dict(type_.fields), type_.absent or {}
    return all(name in fields and _holds(item, fields[name]) for name, item in value.items()) and all(
        name in value or name in absent for name in fields
    )
