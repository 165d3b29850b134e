"""Every call of Confluent's Python client and of its serializers."""

from __future__ import annotations

import json
import struct
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

with warnings.catch_warnings():
    # Authlib warns of the next name of httpx.
    warnings.simplefilter("ignore")
    from confluent_kafka.schema_registry import (
        ConfigCompatibilityLevel,
        Schema,
        SchemaReference,
        SchemaRegistryClient,
        SchemaRegistryError,
        ServerConfig,
    )
    from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

Make = Callable[[], SchemaRegistryClient]

A: dict[str, object] = {"name": "a", "type": "string"}
B: dict[str, object] = {"name": "b", "type": ["null", "int"], "default": None}
C: dict[str, object] = {"name": "c", "type": "int"}


def record(*fields: dict[str, object], name: str = "R") -> str:
    return json.dumps({"type": "record", "name": name, "namespace": "n", "fields": list(fields)})


def avro(*fields: dict[str, object], name: str = "R") -> Schema:
    return Schema(record(*fields, name=name), "AVRO")


def refused(call: Callable[[], object]) -> tuple[int, int]:
    with pytest.raises(SchemaRegistryError) as caught:
        call()
    return caught.value.http_status_code, caught.value.error_code


def test_schemas_get_ids_in_their_order(client: Make) -> None:
    first = client().register_schema("t-value", avro(A))

    assert client().register_schema("t-value", avro(A, B)) == first + 1


def test_registering_again_gives_the_same_id_and_version(client: Make) -> None:
    first = client().register_schema("t-value", avro(A))

    assert client().register_schema("t-value", avro(A)) == first
    assert client().get_versions("t-value") == [1]


def test_white_space_makes_no_other_schema(client: Make) -> None:
    first = client().register_schema("t-value", avro(A))

    assert (
        client().register_schema("t-value", Schema(json.dumps(json.loads(record(A)), indent=4), "AVRO"))
        == first
    )


def test_a_schema_has_one_id_in_all_subjects(client: Make) -> None:
    assert client().register_schema("t-value", avro(A)) == client().register_schema("u-value", avro(A))


def test_versions_and_latest(client: Make) -> None:
    first, second = (client().register_schema("t-value", s) for s in (avro(A), avro(A, B)))

    assert client().get_versions("t-value") == [1, 2]
    latest, one = client().get_latest_version("t-value"), client().get_version("t-value", 1)
    assert (latest.version, latest.schema_id, latest.subject) == (2, second, "t-value")
    assert (one.version, one.schema_id) == (1, first)


def test_a_schema_by_its_id(client: Make) -> None:
    made = client().register_schema("t-value", avro(A))

    assert json.loads(client().get_schema(made).schema_str or "")["fields"] == [A]


def test_lookup_finds_the_version(client: Make) -> None:
    client().register_schema("t-value", avro(A))
    made = client().register_schema("t-value", avro(A, B))

    found = client().lookup_schema("t-value", avro(A, B))
    assert (found.version, found.schema_id) == (2, made)


def test_what_is_not_there_is_refused_by_code(client: Make) -> None:
    client().register_schema("t-value", avro(A))

    assert refused(lambda: client().get_latest_version("nope")) == (404, 40401)
    assert refused(lambda: client().get_version("t-value", 99)) == (404, 40402)
    assert refused(lambda: client().get_schema(9999)) == (404, 40403)
    assert refused(lambda: client().lookup_schema("t-value", avro(A, B))) == (404, 40403)


def test_what_is_no_schema_is_refused(client: Make) -> None:
    assert refused(lambda: client().register_schema("t", Schema('{"type": "nosuch"}', "AVRO"))) == (
        422,
        42201,
    )


def test_an_incompatible_schema_is_refused(client: Make) -> None:
    client().register_schema("t-value", avro(A))

    assert client().test_compatibility("t-value", avro(A, B)) is True
    assert client().test_compatibility("t-value", avro(A, C)) is False
    assert refused(lambda: client().register_schema("t-value", avro(A, C))) == (409, 409)


def test_all_versions_are_compared_where_none_is_named(client: Make) -> None:
    client().register_schema("t-value", avro(A))

    assert client().test_compatibility_all_versions("t-value", avro(A, C)) is False
    assert client().test_compatibility_all_versions("t-value", avro(A, B)) is True


def test_the_global_level_is_backward(client: Make) -> None:
    assert client().get_compatibility() == "BACKWARD"


@pytest.mark.parametrize("level", ["NONE", "FORWARD", "FULL", "BACKWARD_TRANSITIVE", "FULL_TRANSITIVE"])
def test_a_subject_has_its_own_level(client: Make, level: str) -> None:
    client().register_schema("t-value", avro(A))

    client().set_compatibility("t-value", level)

    assert client().get_compatibility("t-value") == level


def test_a_subject_without_its_own_level_says_so(client: Make) -> None:
    client().register_schema("t-value", avro(A))

    assert refused(lambda: client().get_compatibility("t-value")) == (404, 40408)


def test_none_on_a_subject_beats_the_global_level(client: Make) -> None:
    client().register_schema("t-value", avro(A))
    client().set_compatibility("t-value", "NONE")

    assert client().register_schema("t-value", avro(C)) > 1


def test_config_is_set_and_taken_back(client: Make) -> None:
    client().register_schema("t-value", avro(A))
    client().set_config("t-value", ServerConfig(compatibility=ConfigCompatibilityLevel.FULL))

    assert client().get_config("t-value").compatibility_level == "FULL"
    client().delete_config("t-value")
    assert refused(lambda: client().get_config("t-value")) == (404, 40408)


def test_references_are_followed_and_given_back(client: Make) -> None:
    client().register_schema("ref", avro(A, name="Ref"))
    holder = Schema(
        record({"name": "r", "type": "n.Ref"}, name="H"), "AVRO", [SchemaReference("n.Ref", "ref", 1)]
    )
    client().register_schema("holder-value", holder)

    latest = client().get_latest_version("holder-value")
    assert [(r.name, r.subject, r.version) for r in latest.schema.references or []] == [("n.Ref", "ref", 1)]
    assert client().get_referenced_by("ref", 1) == [latest.schema_id]
    assert refused(lambda: client().delete_version("ref", 1)) == (422, 42206)


def test_a_reference_that_leads_nowhere_is_refused(client: Make) -> None:
    holder = Schema(record({"name": "r", "type": "n.Ref"}), "AVRO", [SchemaReference("n.Ref", "ref", 1)])

    assert refused(lambda: client().register_schema("holder-value", holder)) == (422, 42201)


def test_subjects_are_listed_and_deleted_in_two_steps(client: Make) -> None:
    for subject in ("b", "a"):
        client().register_schema(subject, avro(A))

    assert client().delete_subject("a") == [1]
    assert client().get_subjects() == ["b"]
    assert client().get_subjects(deleted=True) == ["a", "b"]
    client().delete_subject("a", permanent=True)
    assert client().get_subjects(deleted=True) == ["b"]


def test_versions_go_on_after_a_soft_delete(client: Make) -> None:
    client().register_schema("t-value", avro(A))
    client().delete_subject("t-value")

    client().register_schema("t-value", avro(A))

    assert client().get_versions("t-value") == [2]


def test_subjects_by_prefix(client: Make) -> None:
    for subject in ("orders-value", "other-value"):
        client().register_schema(subject, avro(A))

    assert client().get_subjects(subject_prefix="ord") == ["orders-value"]


def test_where_an_id_is_used(client: Make) -> None:
    made = client().register_schema("t-value", avro(A))
    client().register_schema("u-value", avro(A))

    assert sorted(client().get_subjects_by_schema_id(made)) == ["t-value", "u-value"]
    found = client().get_schema_versions(made)
    assert sorted((v.subject, v.version) for v in found) == [("t-value", 1), ("u-value", 1)]


def test_the_types_are_listed(client: Make) -> None:
    assert sorted(client().get_schema_types()) == ["AVRO", "JSON", "PROTOBUF"]


def test_modes_are_read_and_set(client: Make) -> None:
    client().register_schema("t-value", avro(A))
    assert client().get_global_mode() == "READWRITE"

    client().update_mode("t-value", "READONLY")

    assert client().get_mode("t-value") == "READONLY"
    assert refused(lambda: client().register_schema("t-value", avro(A, B))) == (422, 42205)


def test_the_contexts_are_listed(client: Make) -> None:
    assert client().get_contexts() == ["."]


def test_a_schema_by_its_guid(client: Make) -> None:
    registered = client().register_schema_full_response("t-value", avro(A))

    assert registered.guid
    assert json.loads(client().get_schema_by_guid(registered.guid).schema_str or "")["fields"] == [A]


def test_the_latest_with_metadata(client: Make) -> None:
    tagged: dict[str, Any] = {"properties": {"owner": "us"}}
    body = {"schema": record(A), "schemaType": "AVRO", "metadata": tagged}
    client().register_schema("t-value", Schema.from_dict(body))
    client().set_compatibility("t-value", "NONE")

    found = client().get_latest_with_metadata("t-value", {"owner": "us"})

    assert found.version == 1
    assert found.schema.metadata is not None
    assert found.schema.metadata.to_dict()["properties"] == {"owner": "us"}


def round_trip(serializer: Any, deserializer: Any, value: object, topic: str) -> tuple[bytes, object]:
    context = SerializationContext(topic, MessageField.VALUE)
    data = serializer(value, context)
    return data, deserializer(data, context)


def test_the_avro_serializer_registers_and_the_deserializer_reads(client: Make) -> None:
    data, value = round_trip(AvroSerializer(client(), record(A)), AvroDeserializer(client()), {"a": "x"}, "t")

    assert value == {"a": "x"}
    assert data[:5] == struct.pack(">BI", 0, client().get_latest_version("t-value").schema_id)


def test_the_avro_serializer_uses_the_latest_version(client: Make) -> None:
    client().register_schema("t-value", avro(A))
    client().register_schema("t-value", avro(A, B))
    latest = {"auto.register.schemas": False, "use.latest.version": True}

    serializer = AvroSerializer(client(), None, conf=latest)

    assert round_trip(serializer, AvroDeserializer(client()), {"a": "x"}, "t")[1] == {"a": "x", "b": None}


def test_the_avro_deserializer_follows_references(client: Make) -> None:
    client().register_schema("ref", avro(A, name="Ref"))
    holder = Schema(
        record({"name": "r", "type": "n.Ref"}, name="H"), "AVRO", [SchemaReference("n.Ref", "ref", 1)]
    )
    client().register_schema("t-value", holder)
    latest = {"auto.register.schemas": False, "use.latest.version": True}

    serializer = AvroSerializer(client(), None, conf=latest)

    assert round_trip(serializer, AvroDeserializer(client()), {"r": {"a": "q"}}, "t")[1] == {"r": {"a": "q"}}


def test_the_json_serializer_and_deserializer(client: Make) -> None:
    from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer

    schema = json.dumps({"title": "J", "type": "object", "properties": {"a": {"type": "string"}}})
    reader = JSONDeserializer(None, schema_registry_client=client())

    assert round_trip(JSONSerializer(schema, client()), reader, {"a": "x"}, "t")[1] == {"a": "x"}


def test_the_protobuf_serializer_and_deserializer(client: Make) -> None:
    from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer

    order = message_class()
    value = order(number=7)
    value.customer.name = "Ada"
    # The file of this message imports another, which becomes a reference.
    writer, reader = ProtobufSerializer(order, client()), ProtobufDeserializer(order, {}, client())

    assert round_trip(writer, reader, value, "t")[1] == value
    (reference,) = client().get_latest_version("t-value").schema.references or ()
    assert (reference.name, reference.subject) == ("shop/customer.proto", "shop/customer.proto")


def message_class() -> Any:
    """A message as `protoc` would compile it: of a file that imports another one."""
    field = descriptor_pb2.FieldDescriptorProto
    # A pool of its own: the default one is asked for its classes by Confluent's code, too.
    pool = descriptor_pool.DescriptorPool()
    customer = descriptor_pb2.FileDescriptorProto(name="shop/customer.proto", package="shop", syntax="proto3")
    customer.message_type.add(name="Customer").field.add(
        name="name", number=1, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL
    )
    order = descriptor_pb2.FileDescriptorProto(
        name="shop/order.proto", package="shop", syntax="proto3", dependency=[customer.name]
    )
    fields = order.message_type.add(name="Order").field
    fields.add(name="number", number=1, type=field.TYPE_INT32, label=field.LABEL_OPTIONAL)
    fields.add(
        name="customer",
        number=2,
        type=field.TYPE_MESSAGE,
        label=field.LABEL_OPTIONAL,
        type_name=".shop.Customer",
    )
    for file in (customer, order):
        pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Order"))
