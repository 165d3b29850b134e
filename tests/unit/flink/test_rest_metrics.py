"""Metrics by REST: they are of now, under the names that results and scenarios have for them."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import unquote

import pytest

from harness.clock import Deadline
from harness.errors import ExpectationError
from harness.flink.job_graph import GraphOperator, JobGraph
from harness.flink.rest import Rest
from harness.flink.rest_metrics import MOST_QUERY, STAMP, RestMetrics, read_values

READER = {
    "0.Source__words[1].numRecordsIn": "3",
    "0.Source__words[1].KafkaSourceReader.topic.card.in.partition.0.currentOffset": "2",
    "0.Source__words[1].KafkaSourceReader.KafkaConsumer.version": "3.4.0",
    "0.numRecordsIn": "0",
    "0.isBackPressured": "false",
}
SENDER = {
    "0.counts[5]__Writer.numRecordsIn": "3",
    "0.counts[5]__Writer.late_rows": "2",
    "0.counts[5]__Writer.numRecordsSend": "3",
    # Of another counter than the one that has this name in the JVM.
    "0.counts[5]__Writer.numRecordsOut": "0",
    "1.counts[5]__Writer.numRecordsIn": "4",
    "1.counts[5]__Writer.late_rows": "1.5E-4",
    "1.counts[5]__Writer.numRecordsSend": "4",
    "1.counts[5]__Writer.numRecordsOut": "0",
    "0.Shuffle.Netty.Input.numBytesInLocal": "155",
}


class Cluster:
    """A cluster with a job `j`: answers as Flink gives them."""

    def __init__(self, **vertices: dict[str, str]) -> None:
        self.names = {
            "reader": "Source: words[1] -> upper[2]",
            "sender": "counts[5]: Writer -> counts[5]: Committer",
        }
        self.metrics = {f"/jobs/j/vertices/{name}/metrics": metrics for name, metrics in vertices.items()}
        self.metrics["/jobs/j/metrics"] = {"numRestarts": "0"}
        self.vertices = vertices
        self.status = "RUNNING"
        self.attempt = 0
        self.asked: list[str] = []

    def get(self, path: str) -> Any:
        self.asked.append(path)
        place, _, query = path.partition("?get=")
        if place == "/jobs/j":
            return {"vertices": [{"id": name, "name": self.names[name]} for name in self.vertices]}
        if not place.endswith("/metrics"):
            common = {"status": self.status, "attempt": self.attempt, "taskmanager-id": "127.0.0.1:1-a"}
            return {"subtasks": [{"subtask": number, **common} for number in (0, 1)]}
        told = self.metrics[place]
        if not query:
            return [{"id": name} for name in told]
        return [{"id": name, "value": told[name]} for name in map(unquote, query.split(",")) if name in told]


class Fetching(Cluster):
    """Fetches as Flink does: one fetch after the other, each with what is true when it begins."""

    def __init__(self, fetch: int) -> None:
        super().__init__(reader=READER)
        self.truth = 0
        self.told, self.under_way = -1, 0
        self.looks = self.fetch = fetch

    def get(self, path: str) -> Any:
        if not path.startswith("/taskmanagers/127.0.0.1%3A1-a/metrics"):
            return super().get(path)
        self.looks -= 1
        if not self.looks:
            self.told, self.under_way, self.looks = self.under_way, self.truth, self.fetch
        self.truth += 1
        return [{"id": name, "value": str(self.told)} for name in STAMP]


def metrics(cluster: Cluster, *operators: str) -> RestMetrics:
    graph = JobGraph(
        operators=tuple(
            GraphOperator(name=name, id=name, makes=False, without=False, sources=frozenset())
            for name in operators
        )
    )
    return RestMetrics(cast("Rest", cluster), lambda _job: graph)


def both() -> RestMetrics:
    cluster = Cluster(reader=READER, sender=SENDER)
    return metrics(cluster, "Source: words[1]", "counts[5]: Writer", "counts[5]: Committer")


@pytest.mark.parametrize("fetch", [1, 2, 7])
def test_what_is_told_after_the_wait_was_true_after_its_beginning(fetch: int) -> None:
    cluster = Fetching(fetch)
    cluster.truth = 1000

    assert metrics(cluster).await_fetch("j", Deadline(10))

    assert cluster.told >= 1000


def test_a_cluster_that_never_fetches_anew_is_not_believed() -> None:
    assert not metrics(Fetching(10**9)).await_fetch("j", Deadline(0.05))


def test_all_metrics_have_the_names_and_the_shape_that_they_have_in_process() -> None:
    assert both().all("j") == {
        "words": {
            "numRecordsIn": [3],
            "KafkaSourceReader.topic.partition.currentOffset": [2],
            "KafkaSourceReader.KafkaConsumer.version": ["3.4.0"],
        },
        "words -> upper": {"numRecordsIn": [0], "isBackPressured": ["false"]},
        "counts: Writer": {
            "numRecordsIn": [3, 4],
            "late_rows": [2, 1.5e-4],
            "numRecordsSend": [3, 4],
            "numRecordsOut": [3, 4],
        },
        "counts: Writer -> counts: Committer": {"Shuffle.Netty.Input.numBytesInLocal": [155]},
        "job": {"numRestarts": [0]},
    }


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("numRecordsIn", ["0", "3", "3", "4"]),
        ("KafkaSourceReader.topic.partition.currentOffset", ["2"]),
        ("currentOffset", ["2"]),
        ("late rows", ["1.5E-4", "2"]),
        ("rows", []),
        ("Writer.numRecordsSend", []),
        ("numRecordsOut", ["3", "4"]),
    ],
)
def test_a_metric_is_found_by_its_name_and_the_groups_before_it(name: str, values: list[str]) -> None:
    found = both().named("j", [name])

    assert sorted(text for _, text in found.values) == values
    assert "currentOffset" in found.known


def test_metrics_of_tasks_that_have_ended_are_none_of_now_but_the_last_that_was_told() -> None:
    cluster = Cluster(reader=READER)
    cluster.status = "FINISHED"

    assert metrics(cluster).named("j", ["currentOffset"]).values == []
    assert metrics(cluster).all("j")["job"] == {"numRestarts": [0]}
    assert "words" in metrics(cluster, "Source: words[1]").all("j")


def test_what_may_be_from_before_a_restart_is_marked() -> None:
    cluster = Cluster(reader=READER)
    assert metrics(cluster).named("j", ["currentOffset"]).stale == set()

    cluster.attempt = 1

    assert metrics(cluster).named("j", ["currentOffset", "lost"]).stale == {"currentOffset"}


@pytest.mark.parametrize("shared", ["numRecordsIn", "late_rows"])
def test_operators_of_one_task_that_share_a_name_are_not_told_apart(shared: str) -> None:
    cluster = Cluster(sender=SENDER)

    with pytest.raises(ExpectationError, match=f"the metric `{shared}` of one operator cannot be told"):
        metrics(cluster, "counts[5]: Writer", "counts[5], Writer").named("j", [shared])


def test_operators_of_two_tasks_may_share_a_name() -> None:
    cluster = Cluster(reader=READER, sender={name.replace("counts", "words"): "1" for name in READER})

    found = metrics(cluster, "Source: words[1]", "Source: words[1]").named("j", ["currentOffset"])

    assert sorted(text for _, text in found.values) == ["1", "2"]


def test_no_request_is_longer_than_flink_takes() -> None:
    cluster = Cluster(reader={f"0.{'long ' * 30}{number}.numRecordsIn": "1" for number in range(100)})
    names = cluster.vertices["reader"]

    found = read_values(cast("Rest", cluster), "/jobs/j/vertices/reader/metrics", names)

    assert found == names
    assert len(cluster.asked) > 1
    assert max(map(len, cluster.asked)) < MOST_QUERY + 100
