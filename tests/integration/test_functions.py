"""A function of a user's own runs unmodified, between sources and sinks in memory."""

from __future__ import annotations

import pytest

from harness.report import failure_text
from harness.result import Status
from tests.integration.stage import Stage

pytestmark = pytest.mark.integration


def test_typed_rows_go_in_and_out_and_side_outputs_are_sinks_too(stage: Stage) -> None:
    result = stage.run("""
        scenario: checked
        pipeline: checks
        T: 2026-03-01T12:00:00Z
        when:
          - send: bookings
            rows: |
              | account | amount | booked_at |
              | a       | 12.50  | T         |
              | b       | null   | T         |
          - {expect: checked, all_columns: true, rows: [{account: a, amount: 12.5, booked_at: T, due: T+1d}]}
          - {send: bookings, rows: [{account: c, amount: 1, booked_at: T+1m}]}
        then:
          - {expect: checked, new_rows: [{account: c, amount: 1, due: T+1d1m}]}
          - {expect: refused, rows: [{account: b}]}
        """)

    assert result.status is Status.PASSED, failure_text(result, colour=False)
    assert result.proofs


def test_a_class_alone_has_its_key_its_state_and_its_timers(stage: Stage) -> None:
    result = stage.run("""
        scenario: sums of a minute
        pipeline: sums
        T: 2026-03-01T12:00:00Z
        when:
          - send: bookings
            rows: |
              | account | amount | booked_at |
              | a       | 1      | T+1s      |
              | b       | 5      | T+2s      |
              | a       | 2      | T+3s      |
          - {expect: sums, empty: true}
          - {advance: T+1m}
          - {expect: sums, rows: [{account: a, sum: 3, $at: T+59999ms}, {account: b, sum: 5, $at: T+59999ms}]}
          - {fail: job}
          - {send: bookings, rows: [{account: a, amount: 4, booked_at: T+61s}]}
          - end_of_input
        then:
          - {expect: sums, new_rows: [{account: a, sum: 7}]}
          - {expect: job, restarts: 1, state: finished}
        """)

    assert result.status is Status.PASSED, failure_text(result, colour=False)


def test_functions_of_tables_run_where_a_function_makes_tables_of_its_streams(stage: Stage) -> None:
    result = stage.run("""
        scenario: spelled
        pipeline: spelled
        when:
          - send: words
            rows: |
              | word | price |
              | ab   | 12.50 |
              | c    | 0.05  |
          - {expect: shouted, rows: [{word: AB, price: 25.00}, {word: C, price: 0.10}]}
          - {fail: job}
          - {send: words, rows: [{word: d, price: 1}]}
        then:
          - {expect: shouted, new_rows: [{word: D, price: 2.00}]}
          - expect: letters
            rows: |
              | word | letter |
              | ab   | a      |
              | ab   | b      |
              | c    | c      |
              | d    | d      |
        """)

    assert result.status is Status.PASSED, failure_text(result, colour=False)


def test_a_wrong_value_fails(stage: Stage) -> None:
    result = stage.run("""
        scenario: a wrong amount
        pipeline: checks
        when:
          - {send: bookings, rows: [{account: a, amount: 12.50, booked_at: T}]}
        then:
          - {expect: checked, rows: [{account: a, amount: 12.51}]}
        """)

    assert result.status is Status.FAILED


@pytest.mark.parametrize(
    ("pipeline", "said"),
    [
        ("forgets-one", 'must return {"checked": ..., "refused": ...}, and it returned [\'checked\']'),
        ("of-other-sources", "must take (env, bookings)"),
        ("is-not-there", "`operators` has no `is_not_there`"),
        ("a-function-of-tables", "`operators:loud` is a function of tables"),
    ],
)
def test_a_function_that_does_not_fit_its_pipeline_is_told_without_a_traceback(
    stage: Stage, pipeline: str, said: str
) -> None:
    result = stage.run(f"""
        scenario: does not fit
        pipeline: {pipeline}
        when:
          - {{send: bookings, rows: [{{account: a, amount: 1, booked_at: T}}]}}
        then:
          - {{expect: checked, count: 1}}
        """)

    assert result.status is Status.ERROR
    assert result.trouble is not None
    assert said in result.trouble.message
    assert "Traceback" not in (result.trouble.detail or "")
