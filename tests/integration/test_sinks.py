"""Jobs of different kinds are exactly done when the verdict falls."""

from __future__ import annotations

import threading

import pytest

from harness.result import ScenarioResult, Status
from tests.integration.stage import Stage

pytestmark = pytest.mark.integration

THREE_WORDS = """
    scenario: words are copied
    pipeline: {pipeline}
    when:
      - send: words
        rows: |
          | id | word  |
          | 1  | one   |
          | 2  | two   |
          | 3  | three |
    then:
      - expect: copies
        rows: |
          | id | word  |
          | 1  | ONE   |
          | 2  | TWO   |
          | 3  | THREE |
"""


def outcome(result: ScenarioResult) -> tuple[Status, object, object]:
    return result.status, result.trouble, result.failures


PASSED = (Status.PASSED, None, ())


@pytest.mark.parametrize("pipeline", ["copy", "copy-exactly-once", "copy-and-wait", "copy-literal"])
def test_a_kafka_sink_holds_every_copy(stage: Stage, pipeline: str) -> None:
    result = stage.run(THREE_WORDS.format(pipeline=pipeline))

    assert outcome(result) == PASSED


@pytest.mark.parametrize("pipeline", ["copy", "copy-exactly-once"])
def test_rows_of_several_rounds_are_all_committed(stage: Stage, pipeline: str) -> None:
    """An exactly-once sink shows a record only after the checkpoint that came behind it."""
    result = stage.run(f"""
        scenario: two rounds
        pipeline: {pipeline}
        when:
          - send: words
            rows: [{{id: 1, word: one}}]
          - {{expect: copies, count: 1}}
          - send: words
            rows: [{{id: 2, word: two}}, {{id: 3, word: three}}]
          - {{expect: copies, count: 3}}
        then:
          - expect: copies
            rows: [{{id: 1, word: ONE}}, {{id: 2, word: TWO}}, {{id: 3, word: THREE}}]
        """)

    assert outcome(result) == PASSED
    assert len(result.proofs) == 2


def test_a_record_that_was_never_sent_fails(stage: Stage) -> None:
    text = THREE_WORDS.format(pipeline="copy").replace("          | 2  | two   |\n", "")

    result = stage.run(text)

    assert result.status is Status.FAILED
    (failure,) = result.failures
    (row,) = failure.rows
    assert (failure.subject, row.kind.value, row.key, failure.matched) == (
        "copies",
        "missing",
        {"id": "2"},
        2,
    )


def test_a_record_that_nobody_expected_fails(stage: Stage) -> None:
    text = THREE_WORDS.format(pipeline="copy-exactly-once").replace("          | 2  | TWO   |\n", "")

    result = stage.run(text)

    (failure,) = result.failures
    (row,) = failure.rows
    assert (result.status, row.kind.value, row.key) == (Status.FAILED, "unexpected", {"id": "2"})


def test_two_scenarios_with_one_literal_topic_at_the_same_time_see_only_their_own_rows(stage: Stage) -> None:
    texts = [
        f"""
        scenario: words of {name}
        pipeline: copy-literal
        when:
          - send: words
            rows: [{{id: 1, word: {name}}}, {{id: 2, word: {name}}}]
        then:
          - expect: copies
            rows: [{{id: 1, word: {name.upper()}}}, {{id: 2, word: {name.upper()}}}]
        """
        for name in ("anna", "berta", "carla")
    ]
    plans = [plan for text in texts for plan in stage.plans(text)]
    results: dict[str, ScenarioResult] = {}

    def run(number: int) -> None:
        plan = plans[number]
        results[plan.scenario.name] = stage.session.run(plan, lambda _event: None)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(plans))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {name: outcome(result) for name, result in results.items()} == {
        f"words of {name}": PASSED for name in ("anna", "berta", "carla")
    }
