"""The bytes of a sink's records as typed fields: by `columns`, or by the schema that wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from harness.codecs.confluent import unframe
from harness.codecs.fields import field_types
from harness.codecs.json_format import DecodeError, decode
from harness.codecs.record_fields import with_encoded_times
from harness.codecs.schema import FORMATS, Language, Schema, codec_of
from harness.codecs.typed import typed_record
from harness.codecs.types import Type
from harness.connections.schema_registry import Registry
from harness.scenario.model import Place


class Decoder(Protocol):
    """Decodes the records of one sink."""

    def decode(self, data: bytes) -> dict[str, object]:
        """The typed fields of a record.

        Raises:
            DecodeError: The bytes are no record of the format.
            ServiceError: The registry does not answer.
        """

    @property
    def types(self) -> Mapping[str, Type]:
        """The types of the fields, as far as they are known; after all records were decoded."""

    @property
    def closed(self) -> bool:
        """Whether `types` names every field there is."""

    @property
    def always(self) -> bool:
        """Whether every field is there in every record."""


def decoder_of(place: Place, registry: Registry | None) -> Decoder:
    """The decoder of a sink."""
    times = {name: str(text) for name, text in place.times.items()}
    if place.format in FORMATS:
        assert registry is not None, "the plan asks for one"
        return _ByWriter(place, registry, times)
    return _ByColumns(field_types({name: str(text) for name, text in place.columns.items()}, times))


class _ByColumns:
    """Plain JSON."""

    closed = False
    always = False

    def __init__(self, types: Mapping[str, Type]) -> None:
        self.types = types

    def decode(self, data: bytes) -> dict[str, object]:
        return typed_record(decode(data), self.types)


class _ByWriter:
    """A format of the registry: each record names the schema that it was written with, and that decides."""

    def __init__(self, place: Place, registry: Registry, times: Mapping[str, str]) -> None:
        self._language = FORMATS[place.format or ""]
        self._declared = place.schema.schema if place.schema else None
        self._registry = registry
        self._times = times
        self._encoded = field_types({}, times)
        self._writers: dict[int, Schema] = {}

    def decode(self, data: bytes) -> dict[str, object]:
        schema_id, payload = unframe(data)
        schema = self._writers.get(schema_id)
        if schema is None:
            schema = self._registry.schema(schema_id)
            if schema.language is not self._language:
                raise DecodeError(
                    f"schema {schema_id} is {schema.language.value}, not {self._language.value}"
                )
            self._writers[schema_id] = schema
        fields = codec_of(schema).decode(payload)
        if not self._times:
            return fields
        types = self._encoded | {n: t for n, t in self._typed(schema).items() if n in self._encoded}
        return typed_record(fields, types)

    @property
    def types(self) -> Mapping[str, Type]:
        types: dict[str, Type] = {}
        for schema in self._known():
            types |= self._typed(schema)
        return types

    @property
    def closed(self) -> bool:
        return self.always

    @property
    def always(self) -> bool:
        known = self._known()
        return bool(known) and all(schema.always for schema in known)

    def _known(self) -> list[Schema]:
        """The schemas that say which fields there are; what the pipeline declares comes last and decides."""
        if self._declared is None:
            return list(self._writers.values())
        if self._language is Language.PROTOBUF:
            return [self._declared]  # a writer's schema is a file, and does not say which message is meant
        return [*self._writers.values(), self._declared]

    def _typed(self, schema: Schema) -> dict[str, Type]:
        return dict(with_encoded_times(schema.record, self._times).fields)
