"""What each kind of listener lets in and keeps out, with librdkafka and with Java's own client."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from harness.clock import Deadline
from harness.environment import Certificates, KafkaEndpoint, KafkaNeed
from harness.launch.loopback import LoopbackNames
from harness.launch.process import start as start_process
from harness.services import kafka
from harness.services.base import Site
from harness.services.certificates import Authority
from harness.settings import load_settings

pytestmark = pytest.mark.integration
Start = Callable[[KafkaNeed], kafka.RunningKafka]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[kafka.RunningKafka] = []
    numbers = itertools.count()
    authority = Authority(tmp_path / "certificates")

    def start_kafka(need: KafkaNeed) -> kafka.RunningKafka:
        folder = tmp_path / f"kafka-{next(numbers)}"
        folder.mkdir()
        site = Site(
            settings=load_settings(Path.cwd()),
            folder=folder,
            data=folder / "data",
            spawn=start_process,
            progress=lambda _: None,
            authority=authority,
            names=LoopbackNames(str(tmp_path)),
        )
        started.append(kafka.start(site, need))
        return started[-1]

    yield start_kafka
    for running in started:
        running.stop()


def client(endpoint: KafkaEndpoint) -> dict[str, str]:
    """The options of a client that has everything it needs."""
    options = {"bootstrap.servers": endpoint.bootstrap_servers, "security.protocol": endpoint.protocol}
    if endpoint.certificates:
        options["ssl.ca.location"] = endpoint.certificates.ca_pem
    if endpoint.mechanism:
        options["sasl.mechanism"] = endpoint.mechanism
        options["sasl.username"], options["sasl.password"] = endpoint.user, endpoint.password
    return options


def with_certificate(certificates: Certificates | None) -> dict[str, str]:
    assert certificates is not None
    return {
        "ssl.certificate.location": certificates.certificate_pem,
        "ssl.key.location": certificates.key_pem,
    }


def let_in(options: dict[str, str]) -> str:
    """`in`, or why a client with these options is kept out."""
    reasons: list[str] = []

    def note(error: KafkaError) -> None:
        reasons.append(error.str())

    producer = Producer({**options, "error_cb": note, "log_level": 0})
    deadline = Deadline(10)
    while not reasons and not deadline.passed:
        try:
            producer.list_topics(timeout=0.2)
        except KafkaException:
            producer.poll(0.1)
        else:
            return "in"
    return " ".join(reasons)


def test_tls_lets_in_who_trusts_the_authority_and_nobody_else(start: Start) -> None:
    endpoint = start(KafkaNeed(tls="server")).endpoint
    trusting = client(endpoint)
    without = {k: v for k, v in trusting.items() if k != "ssl.ca.location"}
    assert let_in(trusting) == "in"
    assert let_in({"bootstrap.servers": endpoint.internal}) == "in"
    assert "certificate verify failed" in let_in(without)
    assert let_in({**without, "security.protocol": "PLAINTEXT"}) != "in"
    with_port = endpoint.bootstrap_servers.replace("127.0.0.1", "localhost")
    assert let_in({**trusting, "bootstrap.servers": with_port}) == "in"


def test_mutual_tls_wants_a_certificate_of_the_client(start: Start) -> None:
    endpoint = start(KafkaNeed(tls="mutual")).endpoint
    assert let_in({**client(endpoint), **with_certificate(endpoint.certificates)}) == "in"
    assert let_in(client(endpoint)) != "in"


@pytest.mark.parametrize("certificate", ["expired", "untrusted"])
def test_a_bad_certificate_is_refused_by_a_client_that_trusts_the_authority(
    start: Start, certificate: str
) -> None:
    endpoint = start(KafkaNeed(tls="server", certificate=certificate)).endpoint
    assert "certificate" in let_in(client(endpoint))


@pytest.mark.parametrize("sasl", ["plain", "scram-sha-256", "scram-sha-512"])
@pytest.mark.parametrize("tls", ["off", "server"])
def test_sasl_lets_in_its_user_and_no_wrong_password(start: Start, tls: str, sasl: str) -> None:
    endpoint = start(KafkaNeed(tls=tls, sasl=sasl)).endpoint
    assert endpoint.protocol == ("SASL_SSL" if tls == "server" else "SASL_PLAINTEXT")
    assert let_in(client(endpoint)) == "in"
    assert "uthentication failed" in let_in(client(replace(endpoint, password="wrong")))


def test_a_fixed_host_name_is_what_clients_are_told(start: Start, tmp_path: Path) -> None:
    running = start(KafkaNeed(hosts=("kafka:19092",)))
    address = LoopbackNames(str(tmp_path)).address("kafka")
    assert running.endpoint.bootstrap_servers == "kafka:19092"
    admin = AdminClient({"bootstrap.servers": f"{address}:19092", "log_level": 0})
    told = admin.list_topics(timeout=10).brokers[1]
    assert f"{told.host}:{told.port}" == "kafka:19092"


def test_java_reads_every_store_that_is_given_let_in(start: Start) -> None:
    running = start(KafkaNeed(tls="mutual"))
    endpoint, java = running.endpoint, running.jvm.jvm
    files = endpoint.certificates
    assert files is not None
    for kind, trust, own in (
        ("JKS", files.truststore_jks, files.keystore_jks),
        ("PKCS12", files.truststore_p12, files.keystore_p12),
    ):
        options = java.java.util.HashMap()
        for name, value in {
            "bootstrap.servers": endpoint.bootstrap_servers,
            "security.protocol": "SSL",
            "ssl.truststore.type": kind,
            "ssl.truststore.location": trust,
            "ssl.truststore.password": files.password,
            "ssl.keystore.type": kind,
            "ssl.keystore.location": own,
            "ssl.keystore.password": files.password,
            "ssl.key.password": files.password,
        }.items():
            options.put(name, value)
        admin = java.org.apache.kafka.clients.admin.AdminClient.create(options)
        assert admin.describeCluster().nodes().get().size() == 1
        admin.close()


def test_certificates_and_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    files = Authority(tmp_path / "c").files()
    for path in (files.key_pem, files.keystore_jks, files.keystore_p12, files.truststore_jks):
        assert Path(path).stat().st_mode & 0o077 == 0
    assert "changeit" not in repr(files)
