"""What a job of the pipeline tells of itself, also where its script submitted several to Flink."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.engine.job import FollowedJob
from harness.flink.watch import Watch, Watched
from harness.result import JobMetrics


class Metrics:
    """A cluster that tells of every job that it is the one."""

    def all_metrics(self, job: str) -> JobMetrics:
        return {"job": {"id": [job]}}


def followed(*ids: str) -> FollowedJob:
    watches = tuple(
        Watch(Watched(job=id_, cluster=Metrics(), folder=Path(), alive=lambda: None))  # type: ignore[arg-type]
        for id_ in ids
    )
    job = FollowedJob(SimpleNamespace(name="words"), None, None, Path())  # type: ignore[arg-type]
    job.watches = watches
    return job


@pytest.mark.parametrize(
    ("job", "names"),
    [
        (followed("a"), {"words": "a"}),
        (followed("a", "b"), {"words 1": "a", "words 2": "b"}),
    ],
    ids=["one job", "several"],
)
def test_metrics_of_each_job_stand_apart(job: FollowedJob, names: dict[str, str]) -> None:
    assert job.all_metrics() == {name: {"job": {"id": [id_]}} for name, id_ in names.items()}


def test_a_job_that_has_ended_has_none() -> None:
    job = followed("a", "b")
    job.watches[0].finished = True

    assert list(job.all_metrics()) == ["words 2"]
