"""Changes of rows as the bytes of a changelog format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from harness.codecs import changelog
from harness.codecs.changelog import Change, Op, Table
from harness.codecs.confluent import frame
from harness.codecs.debezium_avro import envelope_of
from harness.codecs.json_format import encode_value
from harness.codecs.record_fields import with_encoded_times
from harness.codecs.schema import Schema, codec_of
from harness.inputs.row_encoding import ColumnEncoder, Registered, field_types_of
from harness.scenario.model import Place


class ChangeEncoder(Protocol):
    """Makes bytes of changes."""

    def encode(self, change: Change, millis: int) -> bytes:
        """The bytes of a change that happened at a time, in milliseconds since 1970.

        Raises:
            CellError: A field is absent that must not be.
        """


def change_encoder_of(place: Place, written: Registered | None) -> ChangeEncoder | None:
    """What encodes the changes of a source, or None where its records are no changes."""
    if place.format not in changelog.FORMATS:
        return None
    if written is not None and written.schema is not None:
        return _InAvro(written.schema, written.id, {name: str(text) for name, text in place.times.items()})
    return _InJson(place)


class _InJson:
    def __init__(self, place: Place) -> None:
        types = field_types_of(place)
        self._columns = ColumnEncoder(types)
        self._table = Table(name=place.name, key=place.key, types=types)
        self._write = changelog.WRITERS[place.format or ""]
        if place.options.schema_include:
            self._write = changelog.write_debezium_with_schema

    def encode(self, change: Change, millis: int) -> bytes:
        change = Change(op=change.op, before=self._plain(change.before), after=self._plain(change.after))
        return encode_value(self._write(change, self._table, millis))

    def _plain(self, row: Mapping[str, object] | None) -> Mapping[str, object] | None:
        plain = None if row is None else changelog.sql_times(self._columns.wired(row))
        assert plain is None or isinstance(plain, Mapping)
        return plain


class _InAvro:
    def __init__(self, row: Schema, schema_id: int, times: Mapping[str, str]) -> None:
        envelope = envelope_of(row)
        both = {f"{side}.{name}": how for name, how in times.items() for side in ("before", "after")}
        self._id = schema_id
        self._type = with_encoded_times(envelope.record, both)
        self._codec = codec_of(envelope)

    def encode(self, change: Change, millis: int) -> bytes:
        op = {Op.INSERT: "c", Op.UPDATE_AFTER: "u", Op.DELETE: "d"}[change.op]
        record = {"before": change.before, "after": change.after, "op": op, "ts_ms": millis}
        return frame(self._id, self._codec.encode(record, self._type))
