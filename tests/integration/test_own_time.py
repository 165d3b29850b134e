"""The time of one source passes alone: what waits for another one still waits, and what does not is there."""

from __future__ import annotations

import pytest

from harness.report import failure_text
from harness.result import Kind, ScenarioResult, Status
from tests.integration.stage import Stage

pytestmark = pytest.mark.integration

MATCHED = """
    scenario: matched
    pipeline: matched
    T: 2026-03-01T12:00:00Z
    when:
      - {{send: orders, rows: [{{id: a, placed_at: T+1s}}, {{id: b, placed_at: T+58s}}]}}
      - {{send: payments, rows: [{{id: a, paid_at: T+59s}}]}}
      - {{advance: T+1m, only: {first}}}
      - {{expect: ordered, {ordered}}}
      - {{expect: matched, empty: true}}
      - {{advance: T+1m, only: {second}}}
    then:
      - {{expect: ordered, rows: [{{orders: 2}}]}}
      - {{expect: matched, rows: [{{id: a}}]}}
"""
NOTHING, BOTH = "empty: true", "rows: [{orders: 2}]"


def passed(result: ScenarioResult) -> bool:
    assert result.status is Status.PASSED, failure_text(result, colour=False)
    return True


@pytest.mark.parametrize(
    ("first", "second", "ordered"), [("orders", "payments", BOTH), ("payments", "orders", NOTHING)]
)
def test_a_window_over_two_sources_waits_for_the_time_of_both(
    stage: Stage, first: str, second: str, ordered: str
) -> None:
    assert passed(stage.run(MATCHED.format(first=first, second=second, ordered=ordered)))


def test_what_fires_is_seen_where_nothing_is_expected_and_what_waits_is_missed(stage: Stage) -> None:
    result = stage.run("""
        scenario: half of it
        pipeline: matched
        T: 2026-03-01T12:00:00Z
        when:
          - {send: orders, rows: [{id: a, placed_at: T+1s}]}
          - {send: payments, rows: [{id: a, paid_at: T+1s}]}
          - {advance: T+1m, only: orders}
        then:
          - {expect: ordered, empty: true}
          - {expect: matched, rows: [{id: a}]}
    """)

    assert result.status is Status.FAILED, result.trouble
    fired, waits = result.failures
    assert [row.kind for row in fired.rows] == [Kind.UNEXPECTED]
    assert [row.kind for row in waits.rows] == [Kind.MISSING]


def test_two_streams_in_memory_have_a_time_each(stage: Stage) -> None:
    result = stage.run("""
        scenario: two streams
        pipeline: two-in-memory
        T: 2026-03-01T12:00:00Z
        when:
          - {send: bookings, rows: [{account: a, at: T}]}
          - {send: closings, rows: [{account: a, at: T}]}
          - {advance: T+1m, only: bookings}
          - {expect: counts, empty: true}
          - {advance: T+1m, only: closings}
        then:
          - {expect: counts, rows: [{account: a, rows: 2}]}
    """)

    assert passed(result)


def test_streams_that_are_one_before_they_have_a_time_are_told_of(stage: Stage) -> None:
    result = stage.run("""
        scenario: one stream
        pipeline: both-topics
        when:
          - {advance: T+1m, only: orders}
        then:
          - {expect: counted, empty: true}
    """)

    assert result.status is Status.ERROR
    assert result.trouble is not None
    assert result.trouble.message == (
        "the time of `orders` cannot pass alone: one source of the job reads it and `payments`"
    )
    assert result.trouble.location is not None
