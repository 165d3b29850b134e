"""What a script's dropped Java objects cost."""

import pytest
from py4j import java_gateway

from harness.guest import references


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the JVM is told."""
    commands: list[str] = []
    monkeypatch.setattr(java_gateway.GatewayClient, "send_command", lambda _, said: commands.append(said))
    monkeypatch.setattr(
        java_gateway.GatewayClient,
        "garbage_collect_object",
        java_gateway.GatewayClient.garbage_collect_object,
    )
    references.collect()
    return commands


def test_a_short_script_gives_nothing_back(told: list[str]) -> None:
    client = java_gateway.GatewayClient()
    for number in range(references.MOST - 1):
        client.garbage_collect_object(f"o{number}")
    assert told == []


def test_a_long_one_gives_back_all_that_it_dropped_in_their_order(told: list[str]) -> None:
    client = java_gateway.GatewayClient()
    ids = [f"o{number}" for number in range(2 * references.MOST)]
    for target in ids:
        client.garbage_collect_object(target)
    assert told == [f"m\nd\n{target}\ne\n" for target in ids]


def test_each_connection_gives_back_its_own(told: list[str]) -> None:
    one, other = java_gateway.GatewayClient(), java_gateway.GatewayClient()
    for number in range(references.MOST):
        one.garbage_collect_object(f"o{number}")
        if number < references.MOST - 1:
            other.garbage_collect_object(f"x{number}")
    assert told == [f"m\nd\no{number}\ne\n" for number in range(references.MOST)]
