"""What a job whose sources come to an end leaves open until they have."""

from __future__ import annotations

from harness.flink.bounded_source import BoundedSources
from harness.flink.contents import Contents
from harness.flink.reasons import unproved
from harness.flink.watch import Watch, Watched

ONE = {"all": False, "sources": [["ab12", "Source: generated[1]"]]}


def told(answer: dict[str, object], finished: frozenset[str]) -> tuple[str, ...]:
    watch = Watch(Watched(job="", cluster=None, folder=None, alive=lambda: None))  # type: ignore[arg-type]
    watch.bounded = BoundedSources.of(answer)
    return unproved(watch, Contents(id=1, offsets={}, in_flight=(), finished=finished), {})


def test_a_bounded_source_that_runs_is_named() -> None:
    assert told(ONE, frozenset()) == ("the bounded source `generated` has not come to its end",)


def test_one_that_has_ended_beside_one_that_never_does_leaves_nothing_open() -> None:
    assert told(ONE, frozenset({"ab12"})) == ()


def test_a_job_with_no_other_sources_is_done_when_it_has_finished() -> None:
    answer = {**ONE, "all": True}

    assert told(answer, frozenset({"ab12"})) == ("all sources have come to their end, and the job has not",)


def test_a_job_of_which_nothing_is_known_leaves_nothing_open() -> None:
    assert told({"all": True, "sources": []}, frozenset()) == ()
