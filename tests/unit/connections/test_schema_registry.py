from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.codecs.json_format import DecodeError
from harness.codecs.schema import Language, Schema, codec_of, read_schema
from harness.connections.schema_registry import Registry
from harness.environment import Certificates, RegistryEndpoint
from harness.errors import InputError, ServiceError
from tests.unit.connections.registry_server import FakeRegistry, serving

CARD = json.dumps({"type": "record", "name": "Card", "fields": [{"name": "id", "type": "string"}]})
OBJECT = json.dumps({"type": "object", "properties": {"id": {"type": "string"}}})


@contextlib.contextmanager
def client(endpoint: RegistryEndpoint) -> Iterator[Registry]:
    registry = Registry(endpoint)
    try:
        yield registry
    finally:
        registry.close()


def card() -> Schema:
    return read_schema(Language.AVRO, CARD)


def test_a_schema_is_registered_once_and_found_by_its_id(server: FakeRegistry) -> None:
    with client(server.endpoint()) as registry:
        first = registry.register("cards-value", card())

        assert registry.register("cards-value", card()) == first
        assert registry.schema(first).record.fields[0][0] == "id"
    assert server.schemas == {first: {"schema": CARD}}


def test_other_languages_say_what_they_are(server: FakeRegistry) -> None:
    with client(server.endpoint()) as registry:
        number = registry.register("cards-value", read_schema(Language.JSON, OBJECT))

        assert registry.schema(number).language is Language.JSON
    assert server.schemas[number] == {"schema": OBJECT, "schemaType": "JSON"}


def test_a_subject_may_have_any_characters(server: FakeRegistry) -> None:
    with client(server.endpoint()) as registry:
        registry.register("a/b c", card())

    assert server.asked == ["POST /subjects/a%2Fb%20c/versions"]


def test_a_refusal_is_told_in_the_registrys_words(server: FakeRegistry) -> None:
    server.refused = "Schema being registered is incompatible: the field `id` has no default"

    with client(server.endpoint()) as registry, pytest.raises(InputError) as raised:
        registry.register("cards-value", card())

    assert raised.value.detail == server.refused


def test_an_unknown_id_is_undecodable_and_asked_for_once(server: FakeRegistry) -> None:
    with client(server.endpoint()) as registry:
        for _ in range(3):
            with pytest.raises(DecodeError, match="schema 99 is not in the registry"):
                registry.schema(99)

    assert server.asked == ["GET /schemas/ids/99"]


def test_a_schema_that_nobody_can_read_is_undecodable(server: FakeRegistry) -> None:
    number = server.add("s", {"schema": '{"type": "recrod"}'})

    with client(server.endpoint()) as registry, pytest.raises(DecodeError, match="cannot be read"):
        registry.schema(number)


def test_schemas_that_are_referred_to_are_fetched(server: FakeRegistry) -> None:
    city = {"type": "record", "name": "City", "namespace": "geo", "fields": [{"name": "n", "type": "int"}]}
    server.add("city", {"schema": json.dumps(city)})
    home = {"type": "record", "name": "Home", "fields": [{"name": "city", "type": "geo.City"}]}
    references = [{"name": "geo.City", "subject": "city", "version": 1}]
    number = server.add("home", {"schema": json.dumps(home), "references": references})

    with client(server.endpoint()) as registry:
        codec = codec_of(registry.schema(number))

    assert codec.decode(codec.encode({"city": {"n": 7}})) == {"city": {"n": 7}}


def test_two_registries_do_not_share_their_ids(server: FakeRegistry) -> None:
    server.add("s", {"schema": CARD})
    with serving(FakeRegistry()) as other:
        other.add("s", {"schema": OBJECT, "schemaType": "JSON"})
        with client(server.endpoint()) as one, client(other.endpoint()) as two:
            assert one.schema(1).language is Language.AVRO
            assert two.schema(1).language is Language.JSON


def test_user_and_password_are_shown(server: FakeRegistry) -> None:
    server.login = "app:secret"

    with client(server.endpoint(user="app", password="secret")) as registry:
        assert registry.register("s", card()) == 1
    with client(server.endpoint(user="app", password="wrong")) as registry:
        with pytest.raises(ServiceError, match="answers 401") as raised:
            registry.register("s", card())
        assert "wrong" not in raised.value.render()


def test_a_registry_that_is_gone_is_an_error_of_the_service() -> None:
    with serving(FakeRegistry()) as registry:
        endpoint = registry.endpoint()

    with client(endpoint) as gone, pytest.raises(ServiceError, match="does not answer"):
        gone.schema(1)


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """One certificate that is its own authority, for both sides."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", str(key), "-out", str(certificate), "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return Certificates(
        ca_pem=str(certificate),
        certificate_pem=str(certificate),
        key_pem=str(key),
        truststore_jks="",
        truststore_p12="",
        keystore_jks="",
        keystore_p12="",
        password="",
    )


def test_mutual_tls_works_and_an_untrusted_registry_is_refused(certificates: Certificates) -> None:
    with serving(FakeRegistry(), certificates) as server:
        with client(server.endpoint(certificates=certificates)) as registry:
            assert registry.register("s", card()) == 1
        with client(server.endpoint()) as stranger, pytest.raises(ServiceError) as raised:
            stranger.schema(1)

    assert "certificate" in (raised.value.detail or "")
