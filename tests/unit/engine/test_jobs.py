"""Jobs in a chain are done one after the other, also where the topic between them was empty before."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from harness.clock import Deadline
from harness.engine.jobs import NOTHING, Jobs
from harness.flink import completion
from harness.flink.contents import Partition


def job(name: str, reads: set[Partition]) -> Any:
    watch = SimpleNamespace(watched=SimpleNamespace(job=name), reads=frozenset(reads))
    return SimpleNamespace(running=(watch,), expecting_failure=nullcontext, recover=lambda: None)


@pytest.mark.parametrize("order", [("first", "second"), ("second", "first")])
def test_the_second_job_is_settled_up_to_what_the_first_has_written(
    order: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    between = {("between", 0): NOTHING}
    settled: list[tuple[str, dict[Partition, int]]] = []

    def settle(watch: Any, targets: Mapping[Partition, int], *_: object) -> str:
        settled.append((watch.watched.job, dict(targets)))
        if watch.watched.job == "first":
            between["between", 0] = 4
        return f"proof of {watch.watched.job}"

    monkeypatch.setattr(completion, "settle", settle)
    jobs = Jobs.__new__(Jobs)
    reads = {"first": {("source", 0)}, "second": {("between", 0)}}
    jobs._jobs = {name: job(name, reads[name]) for name in order}
    jobs._struck = jobs._headless = False

    jobs.settle({("source", 0): 9}, ["between"], lambda: dict(between), Deadline(5))

    assert settled == [("first", {("source", 0): 9}), ("second", {("between", 0): 4})]
