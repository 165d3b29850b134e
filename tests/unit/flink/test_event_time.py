"""Event time passes exactly as far as a scenario says, however far a job's watermarks stay behind."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.clock import Deadline
from harness.errors import ServiceError, SettleTimeout
from harness.flink import event_time
from harness.flink.cluster import Cluster
from harness.flink.event_time import Clocks, come_to_rest, pass_moment, reached
from harness.flink.gauges import Positions, Watermark
from harness.flink.watch import Watch, Watched

TARGET = 1_000_000


@dataclass
class Job:
    """A job whose watermark follows the newest event time of its slowest partition, some looks later.

    Attributes:
        behind: Milliseconds that the watermark stays behind.
        lag: So many looks go by until a heartbeat is seen in the watermark of each partition in turn.
        old: The newest event time per partition before.
        stuck: Subtasks that never give a watermark.
        ends: It has come to its own end.
    """

    behind: int
    lag: list[int]
    old: list[int]
    stuck: int = 0
    ends: bool = False
    sent: list[int] = field(default_factory=list)
    pending: list[tuple[int, int, int]] = field(default_factory=list)
    looks: int = 0

    def send(self, millis: int) -> None:
        self.sent.append(millis)
        for partition, lag in enumerate(self.lag):
            self.pending.append((self.looks + lag, partition, millis))

    def watermarks(self, _: str) -> list[Watermark]:
        self.looks += 1
        for due, partition, millis in self.pending:
            if due <= self.looks:
                self.old[partition] = max(self.old[partition], millis)
        self.pending = [entry for entry in self.pending if entry[0] > self.looks]
        mark = self.reached
        found = [Watermark(operator="window", subtask=0, is_input=True, millis=mark if mark > 0 else None)]
        found += [
            Watermark(operator="window", subtask=n + 1, is_input=True, millis=None) for n in range(self.stuck)
        ]
        return found

    def positions(self, _: str) -> Positions:
        return Positions(offsets={}, restarts=0)

    def state(self, _: str) -> str:
        return "FINISHED" if self.ends else "RUNNING"

    def __getattr__(self, name: str) -> object:
        # What only a last look asks for; a job that does not answer any more is told of all the same.
        raise ServiceError(f"there is no {name}")

    @property
    def reached(self) -> int:
        return min(self.old) - self.behind


@dataclass
class Two(Job):
    """A job with two sources: heartbeats reach the left one; the right one is some looks late."""

    late: int = 0
    right: int = 1

    def watermarks(self, _: str) -> list[Watermark]:
        (left,) = super().watermarks(_)
        self.right = TARGET if self.late and self.looks > self.late else 1
        return [
            replace(left, operator="left", id="left"),
            replace(left, operator="right", id="right", millis=self.right),
        ]


def watched(*jobs: Any) -> Clocks:
    watches = [
        Watched(job="j", cluster=cast("Cluster", job), folder=Path(), alive=lambda: None) for job in jobs
    ]
    return Clocks(watches=[Watch(watch) for watch in watches])


def passing(job: Job) -> int:
    return pass_moment(watched(job), job.send, TARGET, Deadline(20), list(job.old))


@settings(deadline=None, max_examples=60)
@given(
    behind=st.integers(0, 100_000),
    lag=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    old=st.lists(st.integers(0, TARGET + 50_000), min_size=3, max_size=3),
)
def test_the_watermark_lands_at_the_moment_or_a_few_milliseconds_on(
    behind: int, lag: list[int], old: list[int]
) -> None:
    job = Job(behind=behind, lag=lag, old=old[: len(lag)])
    before = job.reached

    passing(job)

    assert TARGET <= job.reached <= max(before, TARGET + 10)


def test_rows_a_millisecond_apart_are_not_taken_for_the_heartbeats() -> None:
    job = Job(behind=0, lag=[1, 2, 3], old=[1, 4, 5])

    passing(job)

    assert TARGET <= job.reached <= TARGET + 10


def test_nothing_is_sent_where_the_moment_has_passed_already() -> None:
    job = Job(behind=0, lag=[1], old=[TARGET + 5_000])

    passing(job)

    assert job.sent == []


def test_only_the_operators_that_are_meant_are_waited_for() -> None:
    job = Two(behind=0, lag=[1], old=[1])
    clocks = replace(watched(job), operators=("left",))

    pass_moment(clocks, job.send, TARGET, Deadline(20), [1])

    assert TARGET <= job.reached <= TARGET + 10
    with pytest.raises(SettleTimeout) as error:
        pass_moment(clocks, lambda _: None, TARGET + 60_000, Deadline(0.05), [1])
    assert "left, subtask 0: 1970-01-01T00:16:40" in error.value.render()
    assert "right" not in error.value.render()


def test_what_the_others_still_make_of_it_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_time, "QUIET_S", 0.3)
    monkeypatch.setattr(event_time, "LOOK_S", 0.002)  # what is late is late by so many looks
    job = Two(behind=0, lag=[1], old=[1], late=30)

    come_to_rest(watched(job), Deadline(20))

    assert job.right == TARGET


def test_no_time_has_to_pass_in_a_job_that_has_finished() -> None:
    job = Job(behind=0, lag=[1], old=[1], ends=True)

    assert passing(job) == 0


def test_a_subtask_without_a_watermark_is_named() -> None:
    job = Job(behind=0, lag=[1], old=[TARGET - 5], stuck=1)

    with pytest.raises(SettleTimeout) as error:
        pass_moment(watched(job), job.send, TARGET, Deadline(0.05))

    assert "window, subtask 1: none yet" in error.value.render()


def test_a_watermark_that_comes_late_is_waited_for() -> None:
    job = Job(behind=0, lag=[30, 3], old=[1, 1])
    job.send(TARGET)

    found = reached(watched(job), lambda mark: mark == TARGET, rises=True, deadline=Deadline(20))

    assert found == TARGET


def test_one_that_must_not_rise_is_looked_at_until_it_has_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_time, "QUIET_S", 0.3)
    job = Job(behind=0, lag=[4, 4], old=[1, 1])
    job.send(TARGET)

    found = reached(watched(job), lambda mark: (mark or 0) < TARGET, rises=False, deadline=Deadline(20))

    assert found == TARGET


def test_one_that_never_comes_is_given_back_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_time, "QUIET_S", 0.02)
    job = Job(behind=0, lag=[0], old=[TARGET - 5])

    found = reached(watched(job), lambda mark: mark == TARGET, rises=True, deadline=Deadline(20))

    assert found == TARGET - 5


class Committing(Job):
    """The second job of a chain: it is given a heartbeat when the first has taken a checkpoint."""

    def send(self, millis: int) -> None:
        self.sent.append(millis)

    def trigger_checkpoint(self, _: str) -> str:
        return str(len(self.sent))

    def checkpoint_done(self, _: str, request: str) -> int | None:
        self.old = [*self.old[1:], self.sent[int(request) - 1]] if int(request) else self.old
        return int(request)


def test_heartbeats_get_through_a_chain_that_commits_seldom() -> None:
    job = Committing(behind=3, lag=[0], old=[1])

    pass_moment(watched(job, job), job.send, TARGET, Deadline(20), list(job.old))

    assert TARGET <= job.reached <= TARGET + 10
