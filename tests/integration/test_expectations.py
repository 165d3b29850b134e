"""What expectations say of real sinks of real jobs, and that each of them can fail."""

from __future__ import annotations

import json

import pytest

from harness.result import Kind, ScenarioResult, Status, to_json
from tests.integration.counted import assert_counted
from tests.integration.stage import Stage

pytestmark = pytest.mark.integration

CARDS = """
scenario: cards
pipeline: card-transactions
when:
  - send: transactions
    rows: |
      | occurred_at | transaction_id | card_id | amount | status   |
      | T           | t1             | c1      | 10.00  | approved |
      | T+1s        | t2             | c1      | 20.00  | declined |
      | T+2s        | t3             | c2      | 30.00  | approved |
      | T+3s        | t4             | c2      | 40.00  | declined |
then:
  - {expect}
  - {{expect: rejected, count: <at least 0>}}
"""
COPY = """
scenario: copies
pipeline: {pipeline}
when:
  - send: words
    rows: {sent}
then:
  - {expect}
"""


def facts(result: ScenarioResult) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """What does not hold: each message with the kinds of its rows and the first value of what names them."""
    return [
        (f.message, sorted((row.kind.value, next(iter(row.key.values()), None)) for row in f.rows))
        for f in result.failures
    ]


PASS = "passed"


def cards(stage: Stage, expect: str) -> ScenarioResult:
    result = stage.run(CARDS.format(expect=expect))
    assert result.trouble is None, result.trouble
    return result


@pytest.mark.parametrize(
    ("expect", "message", "rows"),
    [
        ("{expect: transactions_by_card, each: {amount: <at least 5>, card_id: <regex c.>}}", PASS, []),
        (
            "{expect: transactions_by_card, each: {amount: <at least 20>}}",
            "1 of 2 rows is not as `each` says",
            [("changed", '"t1"')],
        ),
        ("{expect: transactions_by_card, unique: [transaction_id]}", PASS, []),
        (
            "{expect: rejected, unique: [card_id, reason], count: 2}",
            PASS,
            [],
        ),
        (
            "{expect: rejected, unique: [reason]}",
            "2 of 2 rows share `reason` with another",
            [("duplicate", '"t2"'), ("duplicate", '"t4"')],
        ),
        (
            "{expect: [transactions_by_card, rejected], conserves: transactions, by: [transaction_id]}",
            PASS,
            [],
        ),
        (
            "{expect: [transactions_by_card], conserves: transactions, by: [transaction_id]}",
            "of 4 rows sent to transactions, 2 are not in transactions_by_card",
            [("missing", '"t2"'), ("missing", '"t4"')],
        ),
    ],
)
def test_rules_about_every_row(stage: Stage, expect: str, message: str, rows: list[tuple[str, str]]) -> None:
    result = cards(stage, expect)

    assert facts(result) == ([] if message == PASS else [(message, rows)])


def test_a_rule_about_a_column_that_does_not_exist_is_an_error(stage: Stage) -> None:
    result = stage.run(CARDS.format(expect="{expect: transactions_by_card, each: {amuont: <any>}}"))

    assert result.status is Status.ERROR
    assert result.trouble is not None
    assert "no column `amuont`" in result.trouble.message
    assert result.trouble.hint == "did you mean `amount`?"


def test_new_rows_are_those_since_the_last_expectation_of_their_sink(stage: Stage) -> None:
    result = stage.run("""
        scenario: two phases
        pipeline: copy
        phases:
          - name: before
            when:
              - {send: words, rows: [{id: 1, word: one}, {id: 2, word: two}]}
            then:
              - {expect: copies, new_rows: [{id: 1}, {id: 2}]}
              - {expect: copies, count: 2}
          - name: after
            when:
              - {send: words, rows: [{id: 3, word: three}]}
            then:
              - {expect: copies, new_rows: [{id: 3, word: THREE}]}
              - {expect: copies, rows: [{id: 1}, {id: 2}, {id: 3}]}
          - name: wrong
            when:
              - {send: words, rows: [{id: 4, word: four}]}
            then:
              - {expect: copies, new_rows: [{id: 3}, {id: 4}]}
        """)

    assert [(step.phase, step.status) for step in result.steps][-1] == ("wrong", Status.FAILED)
    assert [step.status for step in result.steps[:-1]] == [Status.PASSED] * 7
    (failure,) = result.failures
    assert (failure.phase, [(row.kind, row.key) for row in failure.rows]) == (
        "wrong",
        [(Kind.MISSING, {"id": "3"})],
    )
    assert failure.detail == "new are the rows since the `expect` on line 16; 3 rows came before"


def test_what_heartbeats_leave_behind_is_left_out_and_counted(stage: Stage) -> None:
    sent = "[{id: 1, word: one}, {id: 2, word: tick}, {id: 3, word: tick}]"
    expect = "{expect: copies, rows: [{id: 1, word: ONE}]}"

    result = stage.run(COPY.format(pipeline="copy-heartbeats", sent=sent, expect=expect))

    assert (result.status, result.failures) == (Status.PASSED, ())
    assert result.left_out == {"copies": 2}
    assert result.steps[-1].note == "2 rows of copies left out"


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ("+I ONE 1, +U ONE 2, +I TWO 1", True),
        ("+I TWO 1, +I ONE 1, +U ONE 2", True),
        ("+U ONE 2, +I ONE 1, +I TWO 1", False),
        ("+I ONE 2, +I TWO 1", False),
    ],
)
def test_changes_are_those_of_each_key_in_their_order(stage: Stage, changes: str, *, holds: bool) -> None:
    sent = "[{id: 1, word: one}, {id: 2, word: two}, {id: 3, word: one}]"
    rows = ", ".join(
        f"{{$op: {op}, word: {word}, times: {times}}}"
        for op, word, times in map(str.split, changes.split(", "))
    )
    expect = f"{{expect: counts, changes: [{rows}]}}"

    result = stage.run(COPY.format(pipeline="count", sent=sent, expect=expect))

    assert result.trouble is None
    assert (result.status is Status.PASSED) is holds, facts(result)


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ("{spelled_words: 3, odd_words: 1}", None),
        ("{spelled_words: <between 3 and 5>}", None),
        ("{numRecordsIn: <at least 3>}", None),
        # Flink does not know a counter of a Python function before it counts, but the function is there.
        ("{long_words: 0}", None),
        ("{long_words: 1}", "expected the metric `long_words` to be 1, and it is 0"),
        ("{spelled_words: 4}", "expected the metric `spelled_words` to be 4, and it is 3"),
    ],
)
def test_the_metrics_of_the_jobs_own_code(stage: Stage, expected: str, message: str | None) -> None:
    sent = "[{id: 1, word: one}, {id: 2, word: odd}, {id: 3, word: one}]"
    expect = f"{{expect: job, metrics: {expected}}}"

    result = stage.run(COPY.format(pipeline="count", sent=sent, expect=expect))

    assert result.trouble is None
    assert [failure.message for failure in result.failures] == ([message] if message else [])


def test_the_result_holds_every_metric_also_of_a_run_that_failed(stage: Stage) -> None:
    result = assert_counted(stage)

    assert json.loads(json.dumps(to_json(result)))["metrics"] == to_json(result.metrics)


def test_a_metric_that_nobody_knows_is_an_error_with_the_nearest(stage: Stage) -> None:
    expect = "{expect: job, metrics: {speled_words: 1}}"

    result = stage.run(COPY.format(pipeline="count", sent="[{id: 1, word: one}]", expect=expect))

    assert result.trouble is not None
    assert (result.trouble.message, result.trouble.hint) == (
        "the job has no metric `speled_words`",
        "did you mean `spelled_words`?",
    )


@pytest.mark.parametrize(("late", "holds"), [("2", True), ("0", False), ("<at least 3>", False)])
def test_rows_that_windows_drop_as_late_are_counted(stage: Stage, late: str, *, holds: bool) -> None:
    result = stage.run(f"""
        scenario: two rows are late
        pipeline: late
        when:
          - send: words
            rows: |
              | id | spoken_at |
              | 1  | T         |
              | 2  | T+10s     |
              | 3  | T+2m      |
              | 4  | T+20s     |
              | 5  | T+30s     |
        then:
          - {{expect: minutes, rows: [{{words: 2}}]}}
          - {{expect: job, late: {late}}}
        """)

    assert result.trouble is None
    assert (result.status is Status.PASSED) is holds, facts(result)


def test_a_job_without_windows_counts_no_late_rows(stage: Stage) -> None:
    result = stage.run(
        COPY.format(pipeline="copy", sent="[{id: 1, word: one}]", expect="{expect: job, late: 0}")
    )

    assert result.trouble is not None
    assert result.trouble.message == "no operator of the job counts rows that came too late"


def test_a_sink_that_nobody_names_is_still_read_for_what_cannot_be_decoded(stage: Stage) -> None:
    # The copy of a word is JSON, and its sink is said to hold something else.
    result = stage.run(
        COPY.format(
            pipeline="copy-unreadable", sent="[{id: 1, word: one}]", expect="{expect: job, restarts: 0}"
        )
    )

    assert [failure.subject for failure in result.failures] == ["copies"]
