"""A schema of whatever language: its text, the record that it describes, and what encodes such records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from harness.codecs import avro_schema, json_schema
from harness.codecs.avro_schema import AvroSchema
from harness.codecs.types import Type

if TYPE_CHECKING:
    from harness.codecs.proto_schema import ProtoSchema


class Language(Enum):
    """What a schema is written in; each value is the registry's word."""

    AVRO = "AVRO"
    JSON = "JSON"
    PROTOBUF = "PROTOBUF"


REGISTERED = {
    "avro-confluent": Language.AVRO,
    "json-schema-confluent": Language.JSON,
    "protobuf-confluent": Language.PROTOBUF,
    "debezium-avro-confluent": Language.AVRO,
}
"""The formats of a pipeline file whose schemas are in a registry."""
PLAIN = {"avro": Language.AVRO, "protobuf": Language.PROTOBUF}
"""The formats whose schema both sides simply know."""
FORMATS = {**REGISTERED, **PLAIN}
"""The formats of a pipeline file that have a schema."""


@dataclass(frozen=True, slots=True)
class Import:
    """A schema that another one refers to.

    Attributes:
        name: What it is called there: a full name in Avro, a path in Protobuf, an address in JSON Schema.
        imports: What it refers to itself.
    """

    name: str
    text: str
    imports: tuple[Import, ...] = ()


class Codec(Protocol):
    """Encodes and decodes the records of one schema."""

    def encode(self, record: Mapping[str, object], type_: Type | None = None) -> bytes:
        """The bytes of a nested, typed record; `type_` is the schema's own with encoded times.

        Raises:
            CellError: A field is absent that must not be.
        """

    def decode(self, data: bytes) -> dict[str, object]:
        """The record that these bytes hold, typed.

        Raises:
            DecodeError: They are no record of the schema.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """A schema.

    Attributes:
        record: The record that it describes.
        always: Whether every field of it is there in every record.
        source: What its codec is made of.
        imports: What it refers to.
    """

    language: Language
    text: str
    record: Type
    always: bool
    source: AvroSchema | json_schema.JsonSchema | ProtoSchema
    imports: tuple[Import, ...] = ()


@lru_cache(maxsize=256)
def read_schema(
    language: Language, text: str, message: str | None = None, imports: tuple[Import, ...] = ()
) -> Schema:
    """The schema that a text is.

    Args:
        language: What it is written in.
        text: As a file or a registry has it.
        message: Protobuf: the message that is meant; None: its first.
        imports: What it refers to.

    Raises:
        SchemaError: It is none of the language.
    """
    references = dict(_texts(imports))
    if language is Language.AVRO:
        avro = avro_schema.read(text, references)
        return Schema(language, text, avro.record, always=True, source=avro, imports=imports)
    if language is Language.PROTOBUF:
        from harness.codecs import proto_schema

        proto = proto_schema.read(text, message, references)
        return Schema(language, text, proto.record, always=True, source=proto, imports=imports)
    found = json_schema.read(text, references)
    return Schema(language, text, found.record, always=False, source=found, imports=imports)


def check_import(language: Language, text: str, imports: tuple[Import, ...] = ()) -> None:
    """Read what a schema refers to; it need not be of a record.

    Raises:
        SchemaError: It is none of the language.
    """
    references = dict(_texts(imports))
    if language is Language.PROTOBUF:
        from harness.codecs import proto_schema

        proto_schema.check(text, references)
    elif language is Language.AVRO:
        avro_schema.check(text, references)


def read_descriptors(data: bytes, message: str | None = None) -> Schema:
    """The schema in a compiled set of .proto files, as `protoc --descriptor_set_out` writes it.

    Raises:
        SchemaError: It is none.
    """
    from harness.codecs import proto_schema

    proto = proto_schema.read_set(data, message)
    return Schema(Language.PROTOBUF, "", proto.record, always=True, source=proto)


def _texts(imports: Iterable[Import]) -> Iterator[tuple[str, str]]:
    """Names and texts, what another one needs before it."""
    for one in imports:
        yield from _texts(one.imports)
        yield one.name, one.text


def name_of(schema: Schema) -> str | None:
    """The full name of the records of a schema; None where it gives them none."""
    if isinstance(schema.source, AvroSchema):
        return schema.record.name
    if isinstance(schema.source, json_schema.JsonSchema):
        return schema.source.title
    return str(schema.source.message.full_name)


@lru_cache(maxsize=256)
def codec_of(schema: Schema, *, plain: bool = False) -> Codec:
    """What encodes and decodes the records of a schema.

    Args:
        schema: The schema.
        plain: Nothing says which message of a Protobuf schema follows: it is the one that was asked for.
    """
    if isinstance(schema.source, AvroSchema):
        from harness.codecs.avro_format import AvroCodec

        return AvroCodec(schema.source)
    if isinstance(schema.source, json_schema.JsonSchema):
        return json_schema.JsonCodec(schema.source)
    from harness.codecs.proto_format import ProtoCodec

    return ProtoCodec(schema.source, plain=plain)
