"""What a script's Java names cost."""

import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from py4j import java_gateway
from py4j.protocol import SUCCESS_CLASS

from harness.guest import packages


class Asked:
    """A client of a gateway that says of every name that it is a class."""

    converters = None
    gateway_property = java_gateway.GatewayProperty(auto_field=False, pool=None)

    def __init__(self) -> None:
        self.names: list[str] = []

    def send_command(self, command: str) -> str:
        self.names.append(command.splitlines()[2])
        return f"{SUCCESS_CLASS}{self.names[-1]}"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    for owner in (java_gateway.JVMView, java_gateway.JavaPackage):
        monkeypatch.setattr(owner, "__getattr__", owner.__getattr__)
    packages.know()
    return Asked()


def test_the_jvm_is_asked_for_classes_alone(asked: Asked) -> None:
    jvm = java_gateway.JVMView(asked, jvm_name="default", id="rj")
    found = jvm.org.apache.flink.table.api.TableEnvironment, jvm.java.util.ArrayList
    assert all(isinstance(each, java_gateway.JavaClass) for each in found)
    assert asked.names == ["org.apache.flink.table.api.TableEnvironment", "java.util.ArrayList"]


def test_a_name_of_somebody_else_s_is_asked_for(asked: Asked) -> None:
    jvm = java_gateway.JVMView(asked, jvm_name="default", id="rj")
    _ = jvm.com, jvm.org.apache.kafka, jvm.lower
    assert asked.names == ["com", "org.apache.kafka", "lower"]


def test_no_class_of_flink_s_has_a_name_that_a_package_could_have() -> None:
    spec = find_spec("pyflink")
    assert spec is not None
    assert spec.origin is not None
    jars = sorted((Path(spec.origin).parent / "lib").glob("flink-*.jar"))
    assert jars
    classes = [
        name.removesuffix(".class").replace("/", ".")
        for jar in jars
        for name in zipfile.ZipFile(jar).namelist()
        if name.startswith("org/apache/flink/") and name.endswith(".class")
    ]
    assert "org.apache.flink.table.api.TableEnvironment" in classes
    assert [name for name in classes if packages.KNOWN.match(name)] == []
