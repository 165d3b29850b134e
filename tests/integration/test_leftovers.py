"""What a job leaves in the JVM of the cluster goes with its lease."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from py4j.java_gateway import GatewayParameters, JavaGateway

from harness.clock import Deadline, poll
from harness.environment import FlinkNeed, Needs
from harness.launch.artefacts import ensure
from harness.launch.lock_file import load_lock
from harness.launch.repository import choose_repository
from harness.session import Session
from harness.settings import Settings

pytestmark = pytest.mark.integration

DRIVER = "org.postgresql.Driver"
CONNECTORS = ("kafka", "jdbc-postgres")


@pytest.mark.parametrize("closed", [True, False], ids=["job is over", "job runs"])
def test_a_driver_of_a_job_that_is_over_holds_its_classes_no_more(session: Session, *, closed: bool) -> None:
    jar = driver_jar(session.settings)
    with java(session) as one:
        loader = load_driver(one, jar)
        # Weakly held, where the next lease finds it.
        loaders = one.jvm.java.util.WeakHashMap()
        loaders.put(loader, "")
        one.jvm.java.lang.System.getProperties().put("loaders", loaders)
        if closed:
            loader.close()

    with java(session) as other:
        loaders = other.jvm.java.lang.System.getProperties().remove("loaders")

        def gone() -> bool:
            other.jvm.java.lang.System.gc()
            return bool(loaders.isEmpty())

        # The threads of the first lease's gateway, which end with their connections, hold it a moment longer.
        assert poll(gone, Deadline(10.0 if closed else 0.0)) is closed
        if not closed:
            # For the next lease to take away.
            loaders.keySet().iterator().next().close()


def load_driver(gateway: JavaGateway, jar: Path) -> Any:
    """A class loader with a driver that has registered itself, as a job has it."""
    java = gateway.jvm.java
    urls = gateway.new_array(java.net.URL, 1)
    urls[0] = java.net.URL(jar.as_uri())
    loader = java.net.URLClassLoader(urls, java.lang.ClassLoader.getPlatformClassLoader())
    getattr(java.lang.Class, "forName")(DRIVER, True, loader)  # noqa: B009 - a name of Java's
    return loader


@contextmanager
def java(session: Session) -> Iterator[JavaGateway]:
    """The gateway of a lease; both leases of a test are on one cluster."""
    need = FlinkNeed(
        version="1.20", python=str(session.settings.python), connectors=CONNECTORS, scripts=False
    )
    environment = session.environment
    with environment.lease(Needs(flink=need), label="driver", wait_s=120, progress=lambda *_: None) as lease:
        assert lease.grant.flink is not None
        endpoint = lease.grant.flink
        gateway = JavaGateway(
            gateway_parameters=GatewayParameters(
                port=endpoint.gateway_port, auth_token=endpoint.gateway_token, enable_memory_management=False
            )
        )
        try:
            yield gateway
        finally:
            gateway.close()


def driver_jar(settings: Settings) -> Path:
    jars = ensure(
        [load_lock("flink-1.20-jdbc-postgres")], settings.cache, partial(choose_repository, settings.maven)
    )
    return next(jar for jar in jars if jar.name.startswith("postgresql"))
