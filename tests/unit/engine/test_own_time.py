"""Which watermarks follow one source alone, through operators and through the topics between jobs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.engine.own_time import clocks_of
from harness.environment import Grant
from harness.errors import JobError
from harness.flink.job_graph import GraphOperator, JobGraph
from harness.flink.watch import Watch, Watched
from harness.plan import Plan, make_plan
from harness.scenario.load import load_scenarios
from harness.scenario.model import Advance

PIPELINE = """\
pipeline: p
jobs:
  first: {python: a.py, reads: [left], writes: [between]}
  second: {python: a.py, reads: [between, right], writes: [out]}
sources:
  left: {kafka: left, format: json, event_time: at, heartbeat: {at: "0"}}
  right: {kafka: right, format: json, event_time: at, heartbeat: {at: "0"}}
sinks:
  between: {kafka: between, format: json}
  out: {kafka: out, format: json}
"""
SCENARIO = """\
scenario: s
pipeline: p
when: [{advance: T+1m, only: left}]
then: [{expect: out, empty: true}]
"""


def plan(folder: Path) -> Plan:
    (folder / "a.py").touch()
    (folder / "p.pipeline.yaml").write_text(PIPELINE)
    (folder / "s.scenario.yaml").write_text(SCENARIO)
    (scenario,), problems = load_scenarios([folder], folder)
    assert not problems, [problem.render() for problem in problems]
    return make_plan(scenario, token="t", flink="1.20", python="python", timeout_s=1)


def operator(name: str, *sources: str, without: bool = False) -> GraphOperator:
    return GraphOperator(name=name, id=name, makes=False, without=without, sources=frozenset(sources))


def job(found: Plan, name: str, readers: dict[str, set[str]], *operators: GraphOperator) -> Any:
    """A running job of the plan, with what its sources read and its graph."""
    cluster = SimpleNamespace(told_apart=lambda graph: graph.operators)
    watch = Watch(Watched(job=name, cluster=cluster, folder=Path(), alive=lambda: None))  # type: ignore[arg-type]
    watch.graph = JobGraph(operators=operators)
    watch.readers = {id_: frozenset(topics) for id_, topics in readers.items()}
    return SimpleNamespace(running=(watch,), job=found.pipeline.jobs[name])


def ids(found: Plan, *jobs: Any) -> set[str]:
    class Jobs(list[Any]):
        @property
        def running(self) -> list[Any]:
            return [watch for one in self for watch in one.running]

    (step,) = found.scenario.steps[:1]
    assert isinstance(step, Advance)
    grant = Grant(id="g", folder="", data="")
    clocks = clocks_of(step, found, grant, Jobs(jobs))  # type: ignore[arg-type]
    return set(clocks.operators or ())


def first(found: Plan) -> Any:
    return job(found, "first", {"l": {"left"}}, operator("l", "l"), operator("map", "l"))


def test_what_others_come_to_is_not_waited_for_but_the_topic_behind_it_is(tmp_path: Path) -> None:
    found = plan(tmp_path)
    second = job(
        found,
        "second",
        {"b": {"between"}, "r": {"right"}},
        *(operator("b", "b"), operator("window", "b"), operator("r", "r"), operator("join", "b", "r")),
    )

    assert ids(found, first(found), second) == {"l", "map", "b", "window"}


def test_a_topic_that_is_written_from_both_follows_neither(tmp_path: Path) -> None:
    found = plan(tmp_path)
    both = job(
        found,
        "first",
        {"l": {"left"}, "r": {"right"}},
        *(operator("l", "l"), operator("r", "r"), operator("join", "l", "r")),
    )
    second = job(found, "second", {"b": {"between"}}, operator("b", "b"))

    assert ids(found, both, second) == {"l"}


def test_operators_that_no_watermark_reaches_tell_nothing(tmp_path: Path) -> None:
    found = plan(tmp_path)
    one = job(found, "first", {"l": {"left"}}, operator("l", "l", without=True), operator("assigner", "l"))

    assert ids(found, one) == {"assigner"}


def test_a_source_that_reads_both_is_refused(tmp_path: Path) -> None:
    found = plan(tmp_path)
    one = job(found, "first", {"l": {"left", "right"}}, operator("l", "l"))

    with pytest.raises(JobError, match="one source of the job reads it and `right`"):
        ids(found, one)


def test_streams_that_meet_before_they_have_a_time_are_refused(tmp_path: Path) -> None:
    found = plan(tmp_path)
    one = job(
        found,
        "first",
        {"l": {"left"}, "r": {"right"}},
        *(operator("l", "l", without=True), operator("r", "r", without=True), operator("assigner", "l", "r")),
    )

    with pytest.raises(JobError, match="no watermark of the job follows `left` alone"):
        ids(found, one)
