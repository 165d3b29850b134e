"""What the graph of a job says of it, and what its bounded sources leave open until they have ended."""

from __future__ import annotations

import json
from typing import Any

from harness.flink.contents import Contents
from harness.flink.file_source import FileSource
from harness.flink.job_graph import BoundedSource, GraphOperator, JobGraph, read_graph
from harness.flink.reasons import unproved
from harness.flink.subscriptions import Subscriptions
from harness.flink.watch import Watch, Watched

ONE = {"all": False, "sources": [["ab12", "Source: generated[1]"]]}


def graph(bounded: dict[str, Any]) -> JobGraph:
    nothing = {"complete": True, "topics": [], "patterns": []}
    document = {"files": [], "bounded": bounded, "subscriptions": nothing, "operators": []}
    return read_graph(json.dumps(document))


def told(found: JobGraph, finished: frozenset[str]) -> tuple[str, ...]:
    watch = Watch(Watched(job="", cluster=None, folder=None, alive=lambda: None))  # type: ignore[arg-type]
    watch.graph = found
    return unproved(watch, Contents(id=1, offsets={}, in_flight=(), finished=finished), {})


def test_one_document_tells_all_that_a_graph_says() -> None:
    document = {
        "files": [["/in", "cd34", True, False]],
        "bounded": ONE,
        "subscriptions": {"complete": True, "topics": ["b", "a"], "patterns": ["c.*"]},
        "operators": [["window", "ef56", False, True, ["ab12", "cd34"]]],
    }

    assert read_graph(json.dumps(document)) == JobGraph(
        files=(FileSource(path="/in", operator="cd34", monitored=True, followed=False),),
        bounded=(BoundedSource(id="ab12", name="Source: generated[1]"),),
        subscriptions=Subscriptions(complete=True, topics=frozenset({"a", "b"}), patterns=("c.*",)),
        operators=(
            GraphOperator(
                name="window", id="ef56", makes=False, without=True, sources=frozenset({"ab12", "cd34"})
            ),
        ),
    )


def test_the_graph_of_a_job_that_nobody_knows_says_nothing_and_rules_out_nothing() -> None:
    unknown = read_graph("null")

    assert unknown == JobGraph()
    assert unknown.subscriptions.may_read("words")
    assert told(unknown, frozenset()) == ()


def test_a_bounded_source_that_runs_is_named() -> None:
    assert told(graph(ONE), frozenset()) == ("the bounded source `generated` has not come to its end",)


def test_one_that_has_ended_beside_one_that_never_does_leaves_nothing_open() -> None:
    assert told(graph(ONE), frozenset({"ab12"})) == ()


def test_a_job_with_no_other_sources_is_done_when_it_has_finished() -> None:
    found = graph({**ONE, "all": True})

    assert told(found, frozenset({"ab12"})) == ("all sources have come to their end, and the job has not",)


def test_a_job_without_sources_does_not_finish_by_itself() -> None:
    assert told(graph({"all": True, "sources": []}), frozenset()) == ()
