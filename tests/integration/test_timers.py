"""`settle: timers` waits for the processing-time timers that are set, by the real clock."""

from __future__ import annotations

import pytest

from harness.report import failure_text
from harness.result import Status
from tests.integration.stage import Stage

pytestmark = pytest.mark.integration


def test_timers_that_are_set_have_fired_and_what_they_gave_is_there(stage: Stage) -> None:
    result = stage.run("""
        scenario: reminded
        pipeline: remind
        when:
          - {send: words, rows: [{$value: one}, {$value: two}]}
          - {settle: timers}
          - {expect: reminded, rows: [{$value: one}, {$value: two}]}
          - {settle: timers}
        then:
          - {expect: reminded, count: 2}
        """)

    assert result.status is Status.PASSED, failure_text(result, colour=False)
    assert [step.note for step in result.steps if step.name == "settle"] == [
        "",
        "no processing-time timer was set",
    ]


def test_a_plain_settle_does_not_wait_for_them(stage: Stage) -> None:
    result = stage.run("""
        scenario: not yet reminded
        pipeline: remind-much-later
        when:
          - {send: words, rows: [{$value: one}]}
        then:
          - {expect: reminded, empty: true}
        """)

    assert result.status is Status.PASSED, failure_text(result, colour=False)


def test_a_timer_that_fires_too_late_is_told_at_once(stage: Stage) -> None:
    result = stage.run("""
        scenario: an hour
        pipeline: remind-much-later
        when:
          - {send: words, rows: [{$value: one}]}
          - {settle: timers}
        then:
          - {expect: reminded, count: 1}
        """)

    assert result.status is Status.ERROR
    assert result.trouble is not None
    assert "a processing-time timer fires in 3" in result.trouble.message
    assert result.seconds < 30
