"""The key of a record: as text, or as a record of its own in the place's `key_format`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from harness.codecs.cells import read_cell
from harness.codecs.confluent import frame
from harness.codecs.csv_format import CsvCodec
from harness.codecs.json_format import encode_value, wire
from harness.codecs.moments import Moment
from harness.codecs.paths import ABSENT, nest, pick
from harness.codecs.record_cells import read_record
from harness.codecs.schema import FORMATS, PLAIN, codec_of
from harness.codecs.types import TEXT
from harness.inputs.row_encoding import Registered, RowEncoder
from harness.rows import Cell, Row
from harness.scenario.model import Place

PREFIX = "$key."
"""Of the columns that name a field of the key."""


class KeyEncoder(Protocol):
    """Makes the keys of a place's records."""

    def encode(self, row: Row, record: Mapping[str, object], clock: Moment) -> bytes | None:
        """The key of a row and its record.

        Raises:
            CellError: A cell that its field in the key cannot read, or a field that is absent.
        """


def key_encoder_of(place: Place, encoder: RowEncoder, written: Registered | None) -> KeyEncoder:
    """What makes the keys of a place.

    Args:
        place: The place.
        encoder: The encoder of its values, which knows their types.
        written: What a registry knows of its keys.
    """
    format_ = place.key_format
    if format_ in FORMATS:
        return _SchemaKey(place, written)
    if format_ == "csv":
        return _CsvKey(place, encoder)
    return _JsonKey(place, encoder) if format_ == "json" else _TextKey(place, encoder)


class _TextKey:
    """One key field as its text, several as a JSON object."""

    def __init__(self, place: Place, encoder: RowEncoder) -> None:
        # A raw key is nothing but `$key`.
        self._names = () if place.key_format == "raw" else place.key
        self._encoder = encoder

    def encode(self, row: Row, record: Mapping[str, object], clock: Moment) -> bytes | None:  # noqa: ARG002
        if not self._names:
            return None
        found = {name: pick(record, name) for name in self._names}
        values = {
            name: None if value is ABSENT else wire(value, self._encoder.type_of(name))
            for name, value in found.items()
        }
        if len(values) > 1:
            return encode_value(nest(values))
        (value,) = values.values()
        if value is None:
            return None
        return value.encode() if isinstance(value, str) else encode_value(value)


class _JsonKey:
    """A JSON object; the fields have the types that they have in the value."""

    def __init__(self, place: Place, encoder: RowEncoder) -> None:
        self._names = place.key
        self._encoder = encoder

    def encode(self, row: Row, record: Mapping[str, object], clock: Moment) -> bytes | None:  # noqa: ARG002
        values = {}
        for name, cell in key_cells(self._names, row).items():
            type_ = self._encoder.type_of(name)
            values[name] = wire(read_cell(cell, type_, clock), type_)
        return encode_value(nest(values)) if values else None


class _CsvKey:
    """A line of CSV: the fields of the key in their order, with the types that they have in the value."""

    def __init__(self, place: Place, encoder: RowEncoder) -> None:
        self._names = place.key
        self._types = {name: encoder.type_of(name) or TEXT for name in place.key}
        self._codec = CsvCodec(self._types)

    def encode(self, row: Row, record: Mapping[str, object], clock: Moment) -> bytes | None:  # noqa: ARG002
        cells = key_cells(self._names, row)
        if not cells:
            return None
        types = self._types
        return self._codec.encode(
            {name: read_cell(cell, types.get(name), clock) for name, cell in cells.items()}
        )


class _SchemaKey:
    """A record of the key's own schema."""

    def __init__(self, place: Place, written: Registered | None) -> None:
        assert place.key_schema is not None, "checked when the pipeline is read"
        plain = place.key_format in PLAIN
        assert plain or written is not None, "registered before anything is written"
        self._names = place.key
        self._schema = place.key_schema.schema
        self._codec = codec_of(self._schema, plain=plain)
        self._id = written.id if written else None

    def encode(self, row: Row, record: Mapping[str, object], clock: Moment) -> bytes | None:  # noqa: ARG002
        cells = key_cells(self._names, row)
        if not cells:
            return None
        key = self._codec.encode(read_record(cells, self._schema.record, clock, row.location))
        return key if self._id is None else frame(self._id, key)


def key_cells(names: tuple[str, ...], row: Row) -> dict[str, Cell]:
    """The cells of a key: those of the row's own fields, and `$key.field` beside or instead of them."""
    own = {name: row.cells[name] for name in names if name in row.cells}
    return own | {n.removeprefix(PREFIX): cell for n, cell in row.cells.items() if n.startswith(PREFIX)}
