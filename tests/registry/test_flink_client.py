"""The client that Flink's format avro-confluent has inside, shaded, in a JVM as Flink's own is."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyflink
import pytest
from py4j.protocol import Py4JJavaError

from harness.launch.lock_file import connector_lock
from harness.launch.loopback import LoopbackNames
from harness.launch.process import Process, start
from harness.services.base import Site
from harness.services.certificates import Authority
from harness.services.jars import fetched, py4j_jar
from harness.services.jvm import Jvm, JvmSpec
from harness.settings import load_settings
from tests.registry.conftest import Api

pytestmark = pytest.mark.integration

PACKAGE = "org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client"
ONE = '{"type":"record","name":"R","fields":[{"name":"a","type":"string"}]}'
OTHER = '{"type":"record","name":"R","fields":[{"name":"b","type":"string"}]}'


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The packages of a JVM that has the format and Flink in its class path."""
    folder = tmp_path_factory.mktemp("jvm")
    settings = load_settings(Path.cwd(), {"class_data": "off"})
    lock = connector_lock("1.20", "avro-confluent")
    assert lock is not None
    jars = sorted((Path(pyflink.__file__).parent / "lib").glob("*.jar"))
    class_path = [*fetched([lock], settings), *jars, py4j_jar()]
    processes: list[Process] = []

    def spawn(command: Any) -> Process:
        processes.append(start(command))
        return processes[-1]

    site = Site(
        settings=settings,
        folder=folder,
        data=folder,
        spawn=spawn,
        progress=lambda _: None,
        authority=Authority(folder / "certificates"),
        names=LoopbackNames(str(folder)),
    )
    jvm = Jvm.start(site, JvmSpec(name="flink-client", main="py4j.GatewayServer", class_path=class_path))
    yield jvm.jvm
    # While the JVM still answers: py4j tells it of each object that is no more.
    gc.collect()
    jvm.stop()


def client(java: Any, api: Api) -> Any:
    package = java
    for part in PACKAGE.split("."):
        package = getattr(package, part)
    return package.CachedSchemaRegistryClient(api.endpoint.internal, 1000)


def schema(java: Any, text: str) -> Any:
    return java.org.apache.flink.avro.shaded.org.apache.avro.Schema.Parser().parse(text)


def test_it_registers_and_reads(java: Any, api: Api) -> None:
    one = schema(java, ONE)

    made = client(java, api).register("t-value", one)

    fresh = client(java, api)
    assert fresh.getById(made).toString() == ONE
    assert fresh.getLatestSchemaMetadata("t-value").getVersion() == 1
    assert fresh.getId("t-value", one) == made


def test_it_is_told_of_an_incompatible_schema(java: Any, api: Api) -> None:
    client(java, api).register("t-value", schema(java, ONE))

    with pytest.raises(Py4JJavaError, match="RestClientException") as caught:
        client(java, api).register("t-value", schema(java, OTHER))

    assert "error code: 409" in str(caught.value)


def test_it_is_told_of_a_schema_that_is_not_there(java: Any, api: Api) -> None:
    with pytest.raises(Py4JJavaError, match="error code: 40403"):
        client(java, api).getById(9999)
