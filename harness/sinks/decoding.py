"""The bytes of a sink's records as typed fields: by `columns`, or by the schema that wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from harness.codecs.confluent import unframe
from harness.codecs.csv_format import CsvCodec
from harness.codecs.fields import field_types
from harness.codecs.json_format import DecodeError, decode
from harness.codecs.record_fields import type_of, with_encoded_times
from harness.codecs.schema import FORMATS, PLAIN, REGISTERED, Language, Schema, codec_of
from harness.codecs.typed import Typing, typed_record
from harness.codecs.types import TEXT, Type
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
    """The decoder of a sink's values; of a changelog they are rows in its envelopes, and not for this."""
    format_ = place.format or ""
    times = {name: str(text) for name, text in place.times.items()}
    declared = place.schema.schema if place.schema else None
    if format_ in REGISTERED:
        assert registry is not None, "the plan asks for one"
        return ByWriter(format_, declared, registry, times)
    if format_ in PLAIN:
        assert declared is not None, "checked when the pipeline is read"
        return _BySchema(declared, times)
    types = field_types({name: str(text) for name, text in place.columns.items()}, times)
    if format_ == "csv":
        return _ByCsv(CsvCodec(types, place.options.delimiter, place.options.null_literal), types)
    if format_ in ("raw", "lines"):
        return _NoFields(text=format_ == "lines")
    return ByColumns(types)


def key_decoder_of(place: Place, registry: Registry | None) -> Decoder | None:
    """The decoder of a sink's keys, or None where a key has no fields."""
    format_ = place.key_format
    declared = place.key_schema.schema if place.key_schema else None
    if format_ in REGISTERED:
        assert registry is not None, "the plan asks for one"
        return ByWriter(format_ or "", declared, registry, {})
    if format_ in PLAIN:
        assert declared is not None, "checked when the pipeline is read"
        return _BySchema(declared, {})
    if format_ not in ("json", "csv"):
        return None
    types = _types_of_key(place)
    if format_ == "json":
        return ByColumns(types)
    names = [name.removeprefix("$key.") for name in place.key]
    in_order = {name: types.get(name, TEXT) for name in names}
    return _ByCsv(CsvCodec(in_order), in_order)


def _types_of_key(place: Place) -> Mapping[str, Type]:
    if place.schema is None:
        return field_types(_texts(place.columns), _texts(place.times))
    fields = dict(with_encoded_times(place.schema.schema.record, _texts(place.times)).fields)
    return {name: type_ for name in place.key if (type_ := type_of(fields, name)) is not None}


def _texts(texts: Mapping[str, object]) -> dict[str, str]:
    return {name: str(text) for name, text in texts.items()}


class _NoFields:
    """Records that are nothing but `$value`."""

    closed = False
    always = False

    def __init__(self, *, text: bool) -> None:
        self._text = text
        self.types: Mapping[str, Type] = {}

    def decode(self, data: bytes) -> dict[str, object]:
        if self._text:
            try:
                data.decode()
            except UnicodeDecodeError as error:
                raise DecodeError("no UTF-8", error.start) from None
        return {}


class ByColumns:
    """Plain JSON."""

    closed = False
    always = False

    def __init__(self, types: Mapping[str, Type]) -> None:
        self.types = types
        self._typing = Typing(types)

    def decode(self, data: bytes) -> dict[str, object]:
        """The object, typed."""
        return self._typing.of(decode(data))


class _ByCsv:
    """Lines of CSV, whose columns the pipeline names."""

    closed = True
    always = True

    def __init__(self, codec: CsvCodec, types: Mapping[str, Type]) -> None:
        self._codec = codec
        self.types = types

    def decode(self, data: bytes) -> dict[str, object]:
        return self._codec.decode(data)


class _BySchema:
    """Records of one schema, which the pipeline names."""

    closed = True

    def __init__(self, schema: Schema, times: Mapping[str, str]) -> None:
        self.types = dict(with_encoded_times(schema.record, times).fields)
        self.always = schema.always
        self._encoded = {name: type_of(self.types, name) or t for name, t in field_types({}, times).items()}
        self._codec = codec_of(schema, plain=True)

    def decode(self, data: bytes) -> dict[str, object]:
        fields = self._codec.decode(data)
        return typed_record(fields, self._encoded) if self._encoded else fields


class ByWriter:
    """A format of the registry: each record names the schema that it was written with, and that decides."""

    def __init__(
        self, format_: str, declared: Schema | None, registry: Registry, times: Mapping[str, str]
    ) -> None:
        self._language = FORMATS[format_]
        self._declared = declared
        self._registry = registry
        self._times = times
        self._encoded = field_types({}, times)
        self._writers: dict[int, Schema] = {}

    def decode(self, data: bytes) -> dict[str, object]:
        """The record, typed by its writer's schema."""
        schema, payload = self.opened(data)
        fields = codec_of(schema).decode(payload)
        if not self._times:
            return fields
        types = self._encoded | {n: t for n, t in self._typed(schema).items() if n in self._encoded}
        return typed_record(fields, types)

    def opened(self, data: bytes) -> tuple[Schema, bytes]:
        """The schema that a record was written with, and its bytes.

        Raises:
            DecodeError: It names none, or none of the format.
        """
        schema_id, payload = unframe(data)
        schema = self._writers.get(schema_id)
        if schema is None:
            schema = self._registry.schema(schema_id)
            if schema.language is not self._language:
                raise DecodeError(
                    f"schema {schema_id} is {schema.language.value}, not {self._language.value}"
                )
            self._writers[schema_id] = schema
        return schema, payload

    @property
    def types(self) -> Mapping[str, Type]:
        """The types of all writers, and of the schema that is declared."""
        types: dict[str, Type] = {}
        for schema in self._known():
            types |= self._typed(schema)
        return types

    @property
    def closed(self) -> bool:
        """Whether the schemas name every field."""
        return self.always

    @property
    def always(self) -> bool:
        """Whether the schemas have every field in every record."""
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
