"""Registries as leases hold them: apart from each other, at once, and gone at their end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from harness import platform
from harness.clock import Deadline, poll
from harness.environment import RegistryNeed
from harness.errors import ServiceError
from harness.launch.ports import free_ports
from harness.services.schema_registry import RunningRegistry
from tests.registry.conftest import Api, Starter

INT = '"int"'


@pytest.fixture
def apis(own: RunningRegistry) -> Iterator[list[Api]]:
    made = [Api(own.open(f"lease-{n}", RegistryNeed())) for n in range(2)]
    yield made
    for n, api in enumerate(made):
        api.session.close()
        own.close(f"lease-{n}")


def test_leases_do_not_see_each_other(apis: list[Api]) -> None:
    first, second = apis

    assert first.register("s", INT) == 1
    assert second.get("/subjects") == (200, [])
    assert second.register("s", '"string"') == 1


def test_a_closed_registry_is_gone_and_so_are_its_connections(own: RunningRegistry) -> None:
    api = Api(own.open("gone", RegistryNeed()))
    api.register("s", INT)

    own.close("gone")

    with pytest.raises(requests.ConnectionError):
        api.get("/subjects")
    api.session.close()


def test_to_close_what_is_closed_is_no_error(own: RunningRegistry) -> None:
    own.close("never opened")


def test_the_level_is_the_one_that_was_asked_for(own: RunningRegistry) -> None:
    api = Api(own.open("full", RegistryNeed(compatibility="FULL_TRANSITIVE")))

    assert api.get("/config") == (200, {"compatibilityLevel": "FULL_TRANSITIVE"})
    api.session.close()
    own.close("full")


def test_a_registry_is_reached_at_its_fixed_address(own: RunningRegistry) -> None:
    (port,) = free_ports(1)
    need = RegistryNeed(hosts=("schema-registry:8081",))

    api = Api(own.open("fixed", need, addresses=[("127.0.0.1", port)]))

    assert api.endpoint.url == "http://schema-registry:8081"
    api.register("s", INT)
    assert requests.get(f"http://127.0.0.1:{port}/subjects", timeout=20).json() == ["s"]
    api.session.close()
    own.close("fixed")


def test_an_address_that_is_taken_is_told_and_leaves_nothing_open(own: RunningRegistry) -> None:
    (port,) = free_ports(1)
    need, addresses = RegistryNeed(hosts=("schema-registry:8081",)), [("127.0.0.1", port)]
    own.open("first", need, addresses=addresses)

    with pytest.raises(ServiceError) as caught:
        own.open("second", need, addresses=addresses)

    assert str(port) in (caught.value.detail or "")
    own.close("first")
    own.open("third", need, addresses=addresses)
    own.close("third")


def test_many_threads_open_and_close_at_once(own: RunningRegistry) -> None:
    def use(n: int) -> int:
        api = Api(own.open(f"thread-{n}", RegistryNeed()))
        try:
            return api.register("s", INT) + len(api.get("/subjects")[1])
        finally:
            api.session.close()
            own.close(f"thread-{n}")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(use, range(100))) == [2] * 100


def test_one_that_was_killed_says_so(started: Starter) -> None:
    with started("own") as running:
        running.open("x", RegistryNeed())
        running.processes[0].popen.send_signal(signal.SIGKILL)
        running.processes[0].popen.wait(20)

        with pytest.raises(ServiceError, match=r"schema-registry ended.*SIGKILL"):
            running.open("y", RegistryNeed())


def test_it_ends_with_its_standard_input(started: Starter) -> None:
    with started("own") as running:
        process = running.processes[0]
        assert process.popen.stdin is not None

        process.popen.stdin.close()

        assert poll(lambda: not platform.alive(process.pid), Deadline(20))
        assert process.status == 0


def test_an_attached_registry_keeps_what_is_not_the_leases(own: RunningRegistry, started: Starter) -> None:
    foreign = own.open("foreign", RegistryNeed(auth=True))
    url = foreign.internal.replace("//", f"//{foreign.user}:{foreign.password}@")
    api = Api(foreign)
    api.session.auth = (foreign.user, foreign.password)
    api.register("others-value", INT)
    with started(url) as attached:
        endpoint = attached.open("lease", RegistryNeed(compatibility="FULL"), topics=["mine"])
        assert (endpoint.url, endpoint.user) == (foreign.internal, foreign.user)
        assert api.get("/config/mine-value") == (200, {"compatibilityLevel": "FULL"})
        api.register("mine-value", INT)

        attached.close("lease")

        assert attached.processes == []
    assert api.get("/subjects?deleted=true") == (200, ["others-value"])
    assert api.get("/config") == (200, {"compatibilityLevel": "BACKWARD"})
    assert api.get("/config/mine-value")[0] == 404
    api.session.close()
    own.close("foreign")


def test_subjects_that_refer_to_each_other_are_deleted_in_order(
    own: RunningRegistry, started: Starter
) -> None:
    foreign = own.open("foreign", RegistryNeed())
    api = Api(foreign)
    with started(foreign.internal) as attached:
        attached.open("lease", RegistryNeed(), topics=["a"])
        api.register("a-key", '{"type": "fixed", "name": "F", "size": 2}')
        references = [{"name": "F", "subject": "a-key", "version": 1}]
        api.register("a-value", '{"type": "array", "items": "F"}', references=references)

        attached.close("lease")

    assert api.get("/subjects?deleted=true") == (200, [])
    api.session.close()
    own.close("foreign")


def test_a_registry_elsewhere_that_does_not_answer_is_told(started: Starter) -> None:
    (port,) = free_ports(1)

    with pytest.raises(ServiceError) as caught, started(f"http://user:secret@127.0.0.1:{port}"):
        pass

    assert caught.value.message == "the schema registry does not answer"
    assert "secret" not in str(caught.value)


def test_a_registry_elsewhere_is_given_no_tls(own: RunningRegistry, started: Starter) -> None:
    foreign = own.open("foreign", RegistryNeed())
    with started(foreign.internal) as attached, pytest.raises(ServiceError, match="cannot be given TLS"):
        attached.open("lease", RegistryNeed(tls="server"))
    own.close("foreign")
