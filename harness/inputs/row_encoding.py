"""The rows of a place as records of its format: typed by `columns`, or by a schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from harness.codecs.cell_error import CellError
from harness.codecs.cells import read_cell
from harness.codecs.confluent import frame
from harness.codecs.csv_format import CsvCodec
from harness.codecs.fields import field_types
from harness.codecs.format_options import FormatOptions
from harness.codecs.json_format import encode_value, wire
from harness.codecs.moments import Moment
from harness.codecs.paths import nest, split_path
from harness.codecs.record_cells import read_record
from harness.codecs.record_fields import field_at, with_encoded_times
from harness.codecs.schema import Schema, codec_of
from harness.codecs.types import Type
from harness.rows import Row
from harness.scenario.model import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What a registry knows of the records of a place.

    Attributes:
        schema: That of the records; None where only that of their keys is there.
        id: Its id there.
        key: The same of their keys.
    """

    schema: Schema | None = None
    id: int = 0
    key: Registered | None = None


class RowEncoder(Protocol):
    """Makes records of rows, and bytes of records."""

    def record(self, row: Row, clock: Moment) -> dict[str, object]:
        """The nested, typed record of a row.

        Raises:
            CellError: A cell that its field's type cannot read.
        """

    def encode(self, record: Mapping[str, object]) -> bytes:
        """The bytes of a record.

        Raises:
            CellError: A field is absent that must not be.
        """

    def type_of(self, name: str) -> Type | None:
        """The type of the field at a dotted path."""


def encoder_of(place: Place, written: Registered | None) -> RowEncoder:
    """The encoder of a place; `written` is the schema of its records, where a registry has it."""
    times = {name: str(text) for name, text in place.times.items()}
    if written is not None and written.schema is not None:
        return _OfSchema(written.schema, times, written.id)
    if place.schema is not None:
        return _OfSchema(place.schema.schema, times)
    types = field_types_of(place)
    return _OfCsv(types, place.options) if place.format == "csv" else ColumnEncoder(types)


def field_types_of(place: Place) -> dict[str, Type]:
    """The types that a place says its fields have."""
    columns, times = (
        {name: str(text) for name, text in texts.items()} for texts in (place.columns, place.times)
    )
    return field_types(columns, times)


class ColumnEncoder:
    """Plain JSON; fields without a type are what they look like."""

    def __init__(self, types: Mapping[str, Type]) -> None:
        self._types = types
        self._encoded = {name: type_ for name, type_ in types.items() if type_.encoding is not None}

    def record(self, row: Row, clock: Moment) -> dict[str, object]:
        """The nested, typed record of a row."""
        values = {name: read_cell(cell, self._types.get(name), clock) for name, cell in row.fields().items()}
        try:
            return nest(values)
        except ValueError as error:
            raise CellError(str(error), location=row.location) from None

    def encode(self, record: Mapping[str, object]) -> bytes:
        """The JSON of a record."""
        return encode_value(self.wired(record))

    def wired(self, record: Mapping[str, object]) -> dict[str, object]:
        """The record with its encoded times as numbers and text."""
        encoded = dict(record)
        for name, type_ in self._encoded.items():
            path = (name,) if name in record else split_path(name)
            _encode_at(encoded, path, type_)
        return encoded

    def type_of(self, name: str) -> Type | None:
        """The type of the field at a dotted path."""
        return self._types.get(name)


class _OfCsv(ColumnEncoder):
    """Lines of CSV: every column has a type."""

    def __init__(self, types: Mapping[str, Type], options: FormatOptions) -> None:
        super().__init__(types)
        self._codec = CsvCodec(types, options.delimiter, options.null_literal)

    def encode(self, record: Mapping[str, object]) -> bytes:
        return self._codec.encode(record)


def _encode_at(record: dict[str, object], path: tuple[str, ...], type_: Type) -> None:
    first, rest = path[0], path[1:]
    value = record.get(first)
    if not rest and first in record:
        record[first] = wire(value, type_)
    elif isinstance(value, Mapping):
        inner = record[first] = dict(value)
        _encode_at(inner, rest, type_)


class _OfSchema:
    """A format with a schema, which reads every cell; without an id nothing in the bytes names it."""

    def __init__(self, schema: Schema, times: Mapping[str, str], schema_id: int | None = None) -> None:
        self._id = schema_id
        self._type = with_encoded_times(schema.record, times)
        self._codec = codec_of(schema, plain=schema_id is None)

    def record(self, row: Row, clock: Moment) -> dict[str, object]:
        return read_record(row.fields(), self._type, clock, row.location)

    def encode(self, record: Mapping[str, object]) -> bytes:
        data = self._codec.encode(record, self._type)
        return data if self._id is None else frame(self._id, data)

    def type_of(self, name: str) -> Type | None:
        return field_at(self._type, (name,)) or field_at(self._type, split_path(name))
