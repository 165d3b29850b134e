"""TLS, client certificates and passwords of our own registry."""

from __future__ import annotations

import datetime as dt
import ipaddress
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from harness.environment import Certificates, RegistryEndpoint, RegistryNeed
from harness.errors import ServiceError
from harness.services.schema_registry import RunningRegistry

with warnings.catch_warnings():
    # Authlib warns of the next name of httpx.
    warnings.simplefilter("ignore")
    from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

Key = ec.EllipticCurvePrivateKey


def certificate(name: str, key: Key, issuer: str, signer: Key, *, authority: bool) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    return builder.sign(signer, hashes.SHA256())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An authority, a server's certificate and a client's, as PEM files."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = ec.generate_private_key(ec.SECP256R1())
    paths = {}
    for name in ("ca", "server", "client"):
        key = authority if name == "ca" else ec.generate_private_key(ec.SECP256R1())
        made = certificate(name, key, "ca", authority, authority=name == "ca")
        paths[name] = str(folder / f"{name}.pem")
        paths[f"{name}-key"] = str(folder / f"{name}.key")
        Path(paths[name]).write_bytes(made.public_bytes(serialization.Encoding.PEM))
        Path(paths[f"{name}-key"]).write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return paths


@pytest.fixture
def certificates(files: dict[str, str]) -> Certificates:
    return Certificates(
        ca_pem=files["ca"],
        certificate_pem=files["client"],
        key_pem=files["client-key"],
        truststore_jks="",
        truststore_p12="",
        keystore_jks="",
        keystore_p12="",
        password="",
    )


@pytest.fixture(params=["server", "mutual"])
def secured(
    request: pytest.FixtureRequest, own: RunningRegistry, certificates: Certificates, files: dict[str, str]
) -> Iterator[RegistryEndpoint]:
    need = RegistryNeed(tls=request.param, auth=True)
    server = (files["server"], files["server-key"])
    yield own.open("secured", need, certificates=certificates, server=server)
    own.close("secured")


def get(endpoint: RegistryEndpoint, **options: object) -> requests.Response:
    with requests.Session() as session:
        return session.get(f"{endpoint.internal}/subjects", timeout=20, **options)  # type: ignore[arg-type]


def test_confluents_client_comes_in(secured: RegistryEndpoint, files: dict[str, str]) -> None:
    settings = {
        "url": secured.internal,
        "basic.auth.user.info": f"{secured.user}:{secured.password}",
        "ssl.ca.location": files["ca"],
        "ssl.certificate.location": files["client"],
        "ssl.key.location": files["client-key"],
        "max.retries": 0,
    }
    with SchemaRegistryClient(settings) as client:
        assert client.register_schema("s", Schema('"int"', "AVRO")) == 1


@pytest.mark.parametrize("secured", ["mutual"], indirect=True)
def test_a_client_without_a_certificate_is_refused(secured: RegistryEndpoint, files: dict[str, str]) -> None:
    with pytest.raises(requests.ConnectionError):
        get(secured, verify=files["ca"], auth=(secured.user, secured.password))


@pytest.mark.parametrize("secured", ["server"], indirect=True)
def test_a_client_that_trusts_others_refuses(secured: RegistryEndpoint) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        get(secured, auth=(secured.user, secured.password))


@pytest.mark.parametrize("auth", [None, ("harness", "wrong"), ("nobody", ""), ("härness", "wörong")])
def test_a_wrong_password_is_refused(own: RunningRegistry, auth: tuple[str, str] | None) -> None:
    endpoint = own.open("locked", RegistryNeed(auth=True))
    try:
        encoded = tuple(part.encode() for part in auth) if auth else None
        answer = get(endpoint, auth=encoded)
        assert (answer.status_code, answer.json()) == (401, {"error_code": 401, "message": "Unauthorized"})
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
        assert get(endpoint, auth=(endpoint.user, endpoint.password)).status_code == 200
    finally:
        own.close("locked")


def test_a_password_is_new_for_every_lease_and_not_shown(own: RunningRegistry) -> None:
    endpoints = [own.open(name, RegistryNeed(auth=True)) for name in ("one", "two")]
    for name in ("one", "two"):
        own.close(name)

    assert endpoints[0].password != endpoints[1].password
    assert endpoints[0].password not in repr(endpoints[0])


def test_a_certificate_that_is_not_there_is_told(own: RunningRegistry, certificates: Certificates) -> None:
    with pytest.raises(ServiceError, match="could not open a registry"):
        own.open("x", RegistryNeed(tls="server"), certificates=certificates, server=("/no/such", "/no/such"))
