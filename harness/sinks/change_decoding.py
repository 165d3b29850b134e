"""The bytes of a changelog's records as changes of typed rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from harness.codecs import changelog
from harness.codecs.changelog import Event
from harness.codecs.debezium_avro import row_of
from harness.codecs.fields import field_types
from harness.codecs.json_format import decode
from harness.codecs.record_fields import type_of, with_encoded_times
from harness.codecs.schema import codec_of
from harness.codecs.typed import Typing, typed_record
from harness.codecs.types import Type
from harness.connections.schema_registry import Registry
from harness.scenario.model import Place
from harness.sinks.decoding import ByWriter


class ChangeDecoder(Protocol):
    """Decodes the records of one changelog."""

    def decode(self, data: bytes) -> list[Event]:
        """The changes that a record tells, in their order; each is the row and what happened to it.

        Raises:
            DecodeError: The bytes are no record of the format.
            ServiceError: The registry does not answer.
        """

    @property
    def types(self) -> Mapping[str, Type]:
        """The types of the rows' fields, as far as they are known; after all records were decoded."""

    @property
    def closed(self) -> bool:
        """Whether `types` names every field there is."""

    @property
    def always(self) -> bool:
        """Whether every field is there in every row."""


def change_decoder_of(place: Place, registry: Registry | None) -> ChangeDecoder | None:
    """What decodes the changes of a sink, or None where its records are no changes."""
    if place.format not in changelog.FORMATS:
        return None
    columns, times = (
        {name: str(text) for name, text in texts.items()} for texts in (place.columns, place.times)
    )
    if place.format in changelog.READERS:
        return _OfJson(changelog.READERS[place.format], field_types(columns, times))
    assert registry is not None, "the plan asks for one"
    return _OfAvro(registry, place, times)


class _OfJson:
    closed = False
    always = False

    def __init__(self, read: Callable[[Mapping[str, Any]], list[Event]], types: Mapping[str, Type]) -> None:
        self._read = read
        self.types = types
        self._typing = Typing(types)

    def decode(self, data: bytes) -> list[Event]:
        return [(op, self._typing.of(row)) for op, row in self._read(decode(data))]


class _OfAvro:
    """Debezium's envelope in Avro: the schema that a record was written with knows the rows."""

    def __init__(self, registry: Registry, place: Place, times: Mapping[str, str]) -> None:
        self._writers = ByWriter(place.format or "", None, registry, {})
        self._times = times
        self._declared = place.schema.schema.record if place.schema else None
        self._rows: dict[int, Mapping[str, Type]] = {}

    def decode(self, data: bytes) -> list[Event]:
        schema, payload = self._writers.opened(data)
        if id(schema) not in self._rows:
            self._rows[id(schema)] = self._fields(row_of(schema))
        types = self._rows[id(schema)]
        encoded = {name: found for name in self._times if (found := type_of(types, name)) is not None}
        events = changelog.read_debezium(codec_of(schema).decode(payload))
        return [(op, typed_record(row, encoded) if encoded else row) for op, row in events]

    @property
    def types(self) -> Mapping[str, Type]:
        types: dict[str, Type] = {}
        for fields in self._rows.values():
            types |= fields
        return types | (self._fields(self._declared) if self._declared else {})

    @property
    def closed(self) -> bool:
        return bool(self._rows) or self._declared is not None

    @property
    def always(self) -> bool:
        return self.closed

    def _fields(self, row: Type) -> dict[str, Type]:
        return dict(with_encoded_times(row, self._times).fields)
