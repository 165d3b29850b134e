"""Schemas that refer to others, registered and read back by the harness' own client."""

from __future__ import annotations

import json

import pytest

from harness.codecs.schema import Import, Language, codec_of, read_schema
from harness.connections.schema_registry import Registry
from harness.environment import RegistryEndpoint

KIND = Import("geo.Kind", '{"type": "enum", "name": "geo.Kind", "symbols": ["HOME", "WORK"]}')
ADDRESS = Import(
    "shop.Address",
    '{"type": "record", "name": "shop.Address", "fields": [{"name": "kind", "type": "geo.Kind"}]}',
    (KIND,),
)
ORDER = json.dumps(
    {"type": "record", "name": "Order", "namespace": "shop", "fields": [{"name": "to", "type": "Address"}]}
)
KIND_PROTO = Import("geo/kind.proto", 'syntax = "proto3"; package geo; enum Kind { HOME = 0; WORK = 1; }')
ADDRESS_PROTO = Import(
    "address.proto",
    'syntax = "proto3"; package shop; import "geo/kind.proto"; message Address { geo.Kind kind = 1; }',
    (KIND_PROTO,),
)
ORDER_PROTO = 'syntax = "proto3"; package shop; import "address.proto"; message Order { Address to = 1; }'
RECORD = {"to": {"kind": "WORK"}}


@pytest.mark.parametrize(
    ("language", "text", "address"),
    [(Language.AVRO, ORDER, ADDRESS), (Language.PROTOBUF, ORDER_PROTO, ADDRESS_PROTO)],
    ids=["avro", "protobuf"],
)
def test_what_a_schema_refers_to_is_registered_and_found(
    endpoint: RegistryEndpoint, language: Language, text: str, address: Import
) -> None:
    schema = read_schema(language, text, None, (address,))
    writing, reading = Registry(endpoint), Registry(endpoint)
    try:
        number = writing.register("orders-value", schema)

        assert writing.register("orders-value", schema) == number
        assert codec_of(reading.schema(number)).decode(codec_of(schema).encode(RECORD)) == RECORD
    finally:
        writing.close()
        reading.close()
