"""False passes of other harnesses on real jobs that are still at work when somebody looks."""

from __future__ import annotations

import pytest

from harness.result import Kind, Status
from tests.integration.stage import Stage

pytestmark = pytest.mark.integration


def test_an_answer_that_was_right_for_a_moment_does_not_pass(stage: Stage) -> None:
    """The count of a word passes 1 on its way; whoever asks until it is right sees it so."""
    result = stage.run("""
        scenario: one word is counted up
        pipeline: count
        when:
          - send: words
            rows: [{id: 1, word: one}, {id: 2, word: one}, {id: 3, word: one}]
        then:
          - {expect: counts, rows: [{word: ONE, times: 1}]}
        """)

    (failure,) = result.failures
    (row,) = failure.rows
    assert (row.kind, [(f.field, f.expected, f.actual) for f in row.fields]) == (
        Kind.CHANGED,
        [("times", "1", "3")],
    )


def test_a_row_that_comes_behind_the_expected_ones_does_not_pass_unseen(stage: Stage) -> None:
    """Who reads as many records as are expected never sees the next one."""
    result = stage.run("""
        scenario: one row too many
        pipeline: copy
        when:
          - send: words
            rows: [{id: 1, word: one}, {id: 2, word: two}, {id: 3, word: three}]
        then:
          - {expect: copies, rows: [{id: 1}, {id: 2}]}
        """)

    assert [row.kind for failure in result.failures for row in failure.rows] == [Kind.UNEXPECTED]


def test_nothing_is_expected_only_once_all_that_was_sent_is_processed(stage: Stage) -> None:
    """An empty sink is there at once; who does not wait sees it empty."""
    result = stage.run("""
        scenario: nothing is copied
        pipeline: copy
        when:
          - send: words
            rows: [{id: 1, word: one}]
        then:
          - {expect: copies, empty: true}
        """)

    assert (result.status, len(result.proofs)) == (Status.FAILED, 1)
