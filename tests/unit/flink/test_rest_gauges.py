"""What a cluster that is asked by REST tells of a job, from answers as Flink gives them."""

from __future__ import annotations

import re
from typing import Any, cast
from urllib.parse import unquote

from harness.flink.gauges import Positions, Watermark
from harness.flink.job_graph import GraphOperator, JobGraph
from harness.flink.rest import Rest
from harness.flink.rest_gauges import RestGauges

VERTICES = {
    "source": {
        "0.Source__a_b.KafkaSourceReader.topic.card.in.partition.0.currentOffset": "4",
        "1.Source__a_b.KafkaSourceReader.topic.card.in.partition.0.currentOffset": "2",
        "1.Source__a_b.KafkaSourceReader.topic.card.in.partition.1.currentOffset": "-1",
        "0.Source__a_b.currentOutputWatermark": "-9223372036854775808",
        "0.Source__a_b.numRecordsOut": "9",
    },
    "behind": {
        "0.assigner.currentInputWatermark": "-9223372036854775808",
        "0.assigner.currentOutputWatermark": "1000",
        "0.window.currentInputWatermark": "1000",
    },
}
ATTEMPTS = {"source": [0, 2], "behind": [1]}


class Answers:
    """Answers of a job with two vertices."""

    def get(self, path: str) -> Any:
        if path == "/config":
            return {"refresh-interval": 1}
        if path == "/jobs/j":
            return {"vertices": [{"id": name} for name in VERTICES]}
        vertex = path.split("/")[4].partition("?")[0]
        if not path.partition("?")[0].endswith("/metrics"):
            return {"subtasks": [{"attempt": attempt} for attempt in ATTEMPTS[vertex]]}
        asked = re.search(r"get=(.*)", path)
        if asked is None:
            return [{"id": name} for name in VERTICES[vertex]]
        return [{"id": name, "value": VERTICES[vertex][name]} for name in unquote(asked[1]).split(",")]


def graph(*operators: tuple[str, str, bool, bool]) -> JobGraph:
    return JobGraph(
        operators=tuple(
            GraphOperator(name=name, id=id_, makes=makes, without=without, sources=frozenset({"1"}))
            for name, id_, makes, without in operators
        )
    )


def gauges(found: JobGraph = JobGraph()) -> RestGauges:  # noqa: B008 - it is frozen
    return RestGauges(cast("Rest", Answers()), lambda _job: found)


def test_the_furthest_subtask_tells_a_partition_s_offset_and_attempts_tell_restarts() -> None:
    assert gauges().positions("j") == Positions(offsets={("card.in", 0): 4, ("card.in", 1): -1}, restarts=2)
    assert gauges().restarts("j") == 2


def test_operators_before_those_that_make_watermarks_hold_back_nobody() -> None:
    found = graph(
        ("Source: a.b", "1", False, True), ("assigner", "2", True, False), ("window", "3", False, False)
    )

    assert gauges(found).watermarks("j") == [
        Watermark(operator="assigner", subtask=0, is_input=False, millis=1000, id="2"),
        Watermark(operator="window", subtask=0, is_input=True, millis=1000, id="3"),
    ]


def test_a_name_that_two_operators_share_says_nothing_of_either() -> None:
    found = graph(("Source: a.b", "1", False, True), ("Source: a.b", "4", False, False))
    unnamed = Watermark(operator="Source__a_b", subtask=0, is_input=False, millis=None)

    assert unnamed in gauges(found).watermarks("j")
    assert gauges().told_apart(found) == ()
