"""When a job that restarts is one that restarts for ever."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from harness.flink.cluster import Cluster
from harness.flink.watch import JobFailed, Watch, Watched

BUG = "java.lang.RuntimeException: boom"
SLOT = (
    "org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException: "
    "Could not acquire the minimum required resources."
)
PLACE = ("words", 0)


def watch(trace: str) -> Watch:
    answers = SimpleNamespace(
        exceptions=lambda _job, _most: [trace], state=lambda _job: "RUNNING", resumes=lambda _job: {}
    )
    cluster = cast("Cluster", answers)
    return Watch(Watched(job="j", cluster=cluster, folder=Path(), alive=lambda: None))


def restart(followed: Watch, *times: int) -> None:
    for restarts in times:
        followed.look({}, restarts)


def test_three_restarts_with_one_cause_and_no_progress_are_for_ever() -> None:
    followed = watch(BUG)
    restart(followed, 1, 2)

    with pytest.raises(JobFailed):
        restart(followed, 3)


def test_progress_between_two_restarts_is_remembered() -> None:
    followed = watch(BUG)
    for restarts in range(1, 9):
        followed.look({PLACE: restarts}, restarts - 1)
        followed.look({PLACE: 0}, restarts)


def test_slots_that_a_fault_of_the_scenario_took_may_be_missing_for_long() -> None:
    followed = watch(SLOT)
    followed.struck = True
    restart(followed, 4, 40, 80)
    followed.recover()

    with pytest.raises(JobFailed):
        restart(followed, 84)


def test_faults_of_the_scenario_are_no_loop_of_the_job() -> None:
    followed = watch(BUG)
    for restarts in range(1, 9):
        followed.struck = True
        restart(followed, restarts)
        followed.recover()


def test_another_job_manager_counts_from_0() -> None:
    followed = watch(BUG)
    restart(followed, 1, 2)
    followed.begin_anew()
    restart(followed, 1, 2)

    assert followed.restarts == 2
    with pytest.raises(JobFailed):
        restart(followed, 3)
