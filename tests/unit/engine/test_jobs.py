"""Jobs in a chain are done one after the other, also where the topic between them was empty before."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.clock import Deadline
from harness.engine.between import NOTHING, Between
from harness.engine.jobs import Jobs
from harness.environment import Grant
from harness.errors import SettleTimeout
from harness.flink import completion
from harness.flink.contents import Partition
from harness.flink.watch import Watch, Watched
from harness.scenario.model import Place

SENT = {("source", 0): 9}


class Topics(Between):
    """Topics on a broker that knows their ends; the jobs write to them when they are settled."""

    def __init__(self, *topics: str) -> None:
        super().__init__(SimpleNamespace(names={t: t for t in topics}), Grant(id="g", folder="", data=""))  # type: ignore[arg-type]
        self.known = dict.fromkeys(topics, NOTHING)
        self.waited_for: list[str] = []
        self.open = 0
        self.restless = False

    def topics(self, watches: Any) -> dict[str, Place]:
        read = {topic for watch in watches for topic, _ in watch.reads}
        return {t: SimpleNamespace() for t in self.known if t in read}  # type: ignore[misc]

    def ends(self, topics: Mapping[str, Place], closed: Collection[str]) -> dict[Partition, int]:
        self.waited_for += closed
        return {(topic, 0): self.known[topic] for topic in topics}

    def at_rest(self, topics: Mapping[str, Place]) -> bool:
        self.open -= 1
        return self.open < 0 and not self.restless


def watch(name: str, *reads: str) -> Watch:
    found = Watch(Watched(job=name, cluster=None, folder=Path(), alive=lambda: None))  # type: ignore[arg-type]
    found.reads = frozenset((topic, 0) for topic in reads)
    return found


def job(*watches: Watch, writes: tuple[str, ...] = ()) -> Any:
    return SimpleNamespace(
        running=watches,
        job=SimpleNamespace(writes=writes),
        expecting_failure=nullcontext,
        recover=lambda: None,
    )


def jobs(between: Topics, *of: Any) -> Jobs:
    found = Jobs.__new__(Jobs)
    found._jobs = {str(number): one for number, one in enumerate(of)}
    found._struck = found._headless = False
    found._between = between
    return found


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[Partition, int]]]:
    """What was settled up to which offsets, in order."""
    seen: list[tuple[str, dict[Partition, int]]] = []

    def settle(watch: Any, targets: Mapping[Partition, int], *_: object) -> str:
        seen.append((watch.watched.job, dict(targets)))
        watch.writes()
        return f"proof of {watch.watched.job}"

    monkeypatch.setattr(completion, "settle", settle)
    return seen


def writing(found: Watch, between: Topics, topic: str | None = None) -> Watch:
    """It writes five records when it is settled."""

    def write() -> None:
        if topic:
            between.known[topic] = 4

    found.writes = write  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_each_job_is_settled_up_to_what_those_before_it_have_written(
    order: tuple[int, ...], settled: list[tuple[str, dict[Partition, int]]]
) -> None:
    between = Topics("t1", "t2")
    chain = (
        job(writing(watch("first", "source"), between, "t1"), writes=("t1",)),
        job(writing(watch("middle", "t1"), between, "t2"), writes=("t2",)),
        job(writing(watch("last", "t2"), between)),
    )
    found = jobs(between, *(chain[number] for number in order))

    found.settle(SENT, Deadline(5))

    assert settled == [("first", SENT), ("middle", {("t1", 0): 4}), ("last", {("t2", 0): 4})]
    assert between.waited_for == ["t1", "t2"]
    assert found.in_order == list(chain)


def test_a_topic_whose_writer_nobody_knows_is_not_waited_for_while_a_transaction_may_be_open(
    settled: list[tuple[str, dict[Partition, int]]],
) -> None:
    """As of a script that submits several jobs."""
    between = Topics("t1")
    between.open = 1
    found = jobs(
        between,
        job(writing(watch("last", "t1"), between), writing(watch("first", "source"), between, "t1")),
    )

    found.settle(SENT, Deadline(5))

    assert [name for name, _ in settled] == ["first", "last", "first", "last"]
    assert settled[-1] == ("last", {("t1", 0): 4})
    assert between.waited_for == []


def test_jobs_in_a_circle_that_never_rest_are_given_up(
    settled: list[tuple[str, dict[Partition, int]]],
) -> None:
    between = Topics("t1", "t2")
    between.restless = True
    found = jobs(
        between,
        job(writing(watch("one", "t2"), between, "t1"), writes=("t1",)),
        job(writing(watch("other", "t1"), between, "t2"), writes=("t2",)),
    )

    with pytest.raises(SettleTimeout, match="has not come to an end after"):
        found.settle(SENT, Deadline(0.05))
    assert {name for name, _ in settled} == {"one", "other"}
