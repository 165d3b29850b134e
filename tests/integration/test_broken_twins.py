"""Each fault and each new start: a correct job passes, its twin with one mistake fails and is told why."""

from __future__ import annotations

import pytest

from harness.result import Failure, Kind, ScenarioResult, Status
from tests.integration.stage import Stage

pytestmark = pytest.mark.integration

COPY = """
    scenario: struck in the middle
    pipeline: {pipeline}
    when:
      - send: words
        rows: [{{id: 1, word: a}}, {{id: 2, word: b}}, {{id: 3, word: c}}]
      - {fault}
      - send: words
        rows: [{{id: 4, word: d}}]
    then:
      - {{expect: {sink}, rows: [{{id: 1}}, {{id: 2}}, {{id: 3}}, {{id: 4}}]}}
"""
COUNT = """
    scenario: counted over an end and a beginning
    pipeline: {pipeline}
    when:
      - {{send: words, rows: [{{word: a}}, {{word: a}}]}}
      - {{expect: counts, count: 2}}
      - {steps}
      - {{send: words, rows: [{{word: a}}]}}
    then:
      - {{expect: counts, rows: [{{word: a, times: 1}}, {{word: a, times: 2}}, {{word: a, times: 3}}]}}
"""
TWICE = """
    scenario: counted while it is struck
    pipeline: {pipeline}
    when:
      - {{send: words, rows: [{{word: a}}, {{word: a}}]}}
      - {fault}
      - {{send: words, rows: [{{word: a}}]}}
    then:
      - {{expect: counts, rows: [{{word: a, times: 1}}, {{word: a, times: 2}}, {{word: a, times: 3}}]}}
"""
WORKER = "{kill: python_worker}"


def failure_of(result: ScenarioResult) -> Failure:
    assert (result.status, result.trouble) == (Status.FAILED, None)
    (failure,) = result.failures
    return failure


@pytest.mark.parametrize("fault", ["{fail: job}", "{kill: taskmanager}"])
@pytest.mark.parametrize(
    ("correct", "broken", "sink"),
    [("copy-exactly-once", "copy", "copies"), ("store-by-key", "store-in-a-row", "stored")],
    ids=["a Kafka sink without transactions", "a table without a key"],
)
def test_a_sink_that_writes_again_what_it_had_written(
    stage: Stage, fault: str, correct: str, broken: str, sink: str
) -> None:
    right = stage.run(COPY.format(pipeline=correct, fault=fault, sink=sink))
    wrong = failure_of(stage.run(COPY.format(pipeline=broken, fault=fault, sink=sink)))

    assert (right.status, right.trouble, right.failures) == (Status.PASSED, None, ())
    assert {row.kind for row in wrong.rows} == {Kind.DUPLICATE}
    assert {row.key["id"] for row in wrong.rows} == {"1", "2", "3"}
    assert wrong.detail is not None
    assert f"since `{fault[1:-1]}` on line 7 the job has read again" in wrong.detail
    assert "neither transactional nor written by key" in wrong.detail


@pytest.mark.parametrize(
    "steps",
    ["{kill: python_worker}", "{stop: half}\n      - {start: half}"],
    ids=["a worker that dies", "a new start"],
)
def test_a_count_that_is_kept_in_a_variable(stage: Stage, steps: str) -> None:
    right = stage.run(COUNT.format(pipeline="keep-counts-in-state", steps=steps))
    wrong = failure_of(stage.run(COUNT.format(pipeline="keep-counts-in-variable", steps=steps)))

    assert (right.status, right.trouble, right.failures) == (Status.PASSED, None, ())
    assert wrong.detail is not None
    assert (
        "what it keeps elsewhere was not taken back: variables are as they were in the beginning"
        in wrong.detail
    )


@pytest.mark.parametrize(
    "fault",
    ["{fail: job}", *(pytest.param(one, marks=pytest.mark.soak) for one in ("{kill: taskmanager}", WORKER))],
)
def test_a_count_that_is_kept_in_a_file(stage: Stage, fault: str) -> None:
    right = stage.run(TWICE.format(pipeline="keep-counts-exactly-once", fault=fault))
    wrong = failure_of(stage.run(TWICE.format(pipeline="keep-counts-in-file", fault=fault)))

    assert (right.status, right.trouble, right.failures) == (Status.PASSED, None, ())
    # The job has counted both words again, and only then for good.
    counts = {(row.kind, row.key["times"]) for row in wrong.rows}
    assert counts == {*((Kind.MISSING, n) for n in "12"), *((Kind.UNEXPECTED, n) for n in "45")}
    assert wrong.detail is not None
    assert f"since `{fault[1:-1]}` on line 6 the job has gone on with what Flink keeps for it" in wrong.detail
    assert "files and other systems hold all that was done to them" in wrong.detail


def test_an_operator_of_another_uid_does_not_find_its_state(stage: Stage) -> None:
    steps = "{{stop: half}}\n      - {{start: half{more}}}"

    refused = stage.run(
        COUNT.format(pipeline="keep-counts-in-state", steps=steps.format(more=", version: renamed"))
    )
    dropped = stage.run(
        COUNT.format(
            pipeline="keep-counts-in-state", steps=steps.format(more=", version: renamed, drop_state: true")
        )
    )

    assert refused.trouble is not None
    assert refused.trouble.message == (
        "the savepoint `half` holds the state of an operator that the job no longer has"
    )
    assert "the same `uid`" in (refused.trouble.hint or "")
    assert "what it keeps elsewhere" in (failure_of(dropped).detail or "")
