"""Which topics a job may ever read, as its graph says."""

from __future__ import annotations

import pytest

from harness.flink.subscriptions import Subscriptions


def asked(*topics: str, patterns: tuple[str, ...] = (), complete: bool = True) -> Subscriptions:
    return Subscriptions(complete=complete, topics=frozenset(topics), patterns=patterns)


@pytest.mark.parametrize(
    ("found", "topic", "may"),
    [
        pytest.param(asked("orders"), "orders", True, id="a topic by its name"),
        pytest.param(asked("orders"), "orders-2", False, id="another one"),
        pytest.param(asked(), "orders", False, id="no source of Kafka"),
        pytest.param(asked(patterns=("orders-.*",)), "orders-2", True, id="a pattern"),
        pytest.param(asked(patterns=("orders",)), "orders-2", False, id="a pattern is for the whole name"),
        pytest.param(asked(patterns=("\\p{Alnum}+",)), "orders", True, id="a pattern that only Java reads"),
        pytest.param(asked("words", complete=False), "orders", True, id="a source that cannot be asked"),
    ],
)
def test_a_topic_may_be_read(found: Subscriptions, topic: str, may: bool) -> None:
    assert found.may_read(topic) is may


def test_what_is_read_is_told_in_words() -> None:
    assert str(asked("b", "a", patterns=("c.*",))) == "a, b, what fits c.*"
    assert str(asked()) == "no topic"
