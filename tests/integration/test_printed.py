"""What jobs print is a sink: each job's own lines, without what names the subtask."""

from __future__ import annotations

import pytest

from harness.report import failure_text
from harness.result import Status
from tests.integration.stage import Stage

pytestmark = pytest.mark.integration


def test_rows_on_both_streams_are_read_back_whatever_their_texts_hold(stage: Stage) -> None:
    result = stage.run("""
        scenario: printed rows
        pipeline: print-words
        when:
          - {send: words, rows: [{word: "one, two", n: 1}, {word: "x]", n: 2}, {word: refused, n: 0}]}
          - {expect: printed, rows: [{word: "one, two", n: 1}, {word: "x]", n: 2}]}
          - {send: words, rows: [{word: "two\\nlines", n: 3}]}
        then:
          - {expect: printed, new_rows: [{word: "two\\nlines", n: 3, $line: "+I[two\\nlines, 3]"}]}
          - {expect: refused, rows: [{$line: "<regex .*.I.refused.>"}]}
        """)

    assert result.status is Status.PASSED, failure_text(result, colour=False)


def test_a_line_that_is_not_expected_fails(stage: Stage) -> None:
    result = stage.run("""
        scenario: one row too many
        pipeline: print-words
        when:
          - {send: words, rows: [{word: one, n: 1}, {word: two, n: 2}]}
        then:
          - {expect: printed, rows: [{word: one, n: 1}]}
        """)

    assert result.status is Status.FAILED, result.trouble
    assert "two" in failure_text(result, colour=False)
