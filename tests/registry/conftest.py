from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import requests

from harness.environment import RegistryEndpoint, RegistryNeed
from harness.launch.loopback import LoopbackNames
from harness.launch.process import Process, start
from harness.services import schema_registry
from harness.services.base import Site
from harness.services.certificates import Authority
from harness.services.schema_registry import RunningRegistry
from harness.settings import load_settings
from tests.registry.deviations import APICURIO

with warnings.catch_warnings():
    # Authlib warns of the next name of httpx.
    warnings.simplefilter("ignore")
    from confluent_kafka.schema_registry import SchemaRegistryClient


@dataclass
class Api:
    """Raw requests to one registry."""

    endpoint: RegistryEndpoint
    session: requests.Session = field(default_factory=requests.Session)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status, and the JSON that came."""
        answer = self.session.request(method, f"{self.endpoint.internal}{path}", json=body, timeout=20)
        return answer.status_code, answer.json()

    def get(self, path: str) -> tuple[int, Any]:
        return self.ask("GET", path)

    def post(self, path: str, body: object) -> tuple[int, Any]:
        return self.ask("POST", path, body)

    def put(self, path: str, body: object) -> tuple[int, Any]:
        return self.ask("PUT", path, body)

    def delete(self, path: str) -> tuple[int, Any]:
        return self.ask("DELETE", path)

    def register(self, subject: str, schema: str, **more: object) -> int:
        status, answer = self.post(f"/subjects/{subject}/versions", {"schema": schema, **more})
        assert status == 200, answer
        return int(answer["id"])


Starter = Callable[[str], AbstractContextManager[RunningRegistry]]


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Starter:
    """Starts a registry as the setting `registry` would, and ends it."""

    @contextmanager
    def run(registry: str) -> Iterator[RunningRegistry]:
        folder = tmp_path_factory.mktemp("registry")
        settings = replace(load_settings(Path.cwd()), registry=registry)
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
        try:
            yield schema_registry.start(site)
        finally:
            for process in processes:
                process.kill()

    return run


@pytest.fixture(scope="session")
def own(started: Starter) -> Iterator[RunningRegistry]:
    with started("own") as running:
        yield running


@pytest.fixture(scope="session")
def apicurio(started: Starter) -> Iterator[RunningRegistry]:
    with started("apicurio") as running:
        yield running


@pytest.fixture(params=["own", pytest.param("apicurio", marks=pytest.mark.integration)])
def endpoint(request: pytest.FixtureRequest) -> Iterator[RegistryEndpoint]:
    """An empty registry of each engine."""
    name = request.node.originalname
    if request.param == "apicurio" and name in APICURIO:
        request.node.add_marker(pytest.mark.xfail(reason=APICURIO[name], strict=True))
    running: RunningRegistry = request.getfixturevalue(request.param)
    made = running.open("test", RegistryNeed())
    yield made
    running.close("test")


@pytest.fixture
def client(endpoint: RegistryEndpoint) -> Iterator[Callable[[], SchemaRegistryClient]]:
    """Makes clients that have nothing cached and never try twice."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with ExitStack() as stack:
            settings = {"url": endpoint.internal, "max.retries": 0}
            yield lambda: stack.enter_context(SchemaRegistryClient(settings))


@pytest.fixture
def api(endpoint: RegistryEndpoint) -> Iterator[Api]:
    made = Api(endpoint)
    yield made
    made.session.close()


@pytest.fixture
def own_api(own: RunningRegistry) -> Iterator[Api]:
    """Our own registry, where no other engine is asked."""
    made = Api(own.open("own-api", RegistryNeed()))
    yield made
    made.session.close()
    own.close("own-api")
