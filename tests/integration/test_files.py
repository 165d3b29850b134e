"""Folders as sources and sinks: what a job has read is known exactly, and only finished files count."""

from __future__ import annotations

import pytest

from harness.report import failure_text
from harness.result import Status
from tests.integration.stage import Stage

pytestmark = pytest.mark.integration


def test_files_that_appear_while_the_job_runs_are_read_and_every_row_is_there_once(stage: Stage) -> None:
    result = stage.run("""
        scenario: two files
        pipeline: copy-files
        given:
          - {send: words, rows: [{$value: zero}]}
        when:
          - {send: words, rows: [{$value: one, $path: first/a.txt}, {$value: two, $path: b.txt}]}
          - {expect: copied, rows: [{$value: zero}, {$value: one}, {$value: two}]}
          - {send: words, rows: [{$value: three}]}
          - {fail: job}
          - {send: words, rows: [{$value: four}]}
        then:
          - {expect: copied, new_rows: [{$value: three}, {$value: four}]}
          - {expect: job, restarts: 1}
        """)

    assert result.status is Status.PASSED, failure_text(result, colour=False)
    assert result.proofs


def test_a_row_that_the_job_changes_is_shown_as_changed(stage: Stage) -> None:
    result = stage.run("""
        scenario: a lost word
        pipeline: copy-files
        when:
          - {send: words, rows: [{$value: kept}, {$value: lost}]}
        then:
          - {expect: copied, rows: [{$value: kept}, {$value: lost}]}
        """)

    assert result.status is Status.FAILED
    assert "BOOM" in failure_text(result, colour=False)


def test_a_bounded_job_reads_what_was_there_and_folders_of_the_path_are_columns(stage: Stage) -> None:
    result = stage.run("""
        scenario: orders of two days
        pipeline: orders-by-day
        given:
          - send: orders
            rows: |
              | id | customer    | price | placed_at             |
              | 1  | ada, "lady" | 12.50 | 2026-03-01T12:00:00   |
              | 2  | bob         | 0.00  | 2026-03-01T12:00:01   |
              | 3  | eve         | 7.25  | 2026-03-02T00:00:00.5 |
        then:
          - {expect: job, state: finished}
          - expect: by_day
            rows: |
              | id | customer    | price | day        | $path                   |
              | 1  | ada, "lady" | 12.50 | 2026-03-01 | <regex day=2026-03-01/.*> |
              | 3  | eve         | 7.25  | 2026-03-02 | <regex day=2026-03-02/.*> |
        """)

    assert result.status is Status.PASSED, failure_text(result, colour=False)


def test_rows_that_come_when_a_bounded_job_has_listed_its_files_are_an_error(stage: Stage) -> None:
    result = stage.run("""
        scenario: too late
        pipeline: orders-by-day
        when:
          - {send: orders, rows: [{id: 1, customer: ada, price: 1, placed_at: T}]}
        then:
          - {expect: by_day, count: 1}
        """)

    assert result.status is Status.ERROR
    assert result.trouble is not None
    assert "lists the files of `orders` once" in result.trouble.message


def test_what_sql_reads_and_writes_is_there_after_every_settle(stage: Stage) -> None:
    result = stage.run("""
        scenario: words in SQL
        pipeline: words-in-sql
        when:
          - {send: words, rows: [{word: one}]}
          - {expect: copied, new_rows: [{word: one}]}
          - {send: words, rows: [{word: "two, three"}, {word: 'says "four"'}]}
        then:
          - {expect: copied, new_rows: [{word: "two, three"}, {word: 'says "four"'}]}
        """)

    assert result.status is Status.PASSED, failure_text(result, colour=False)


def test_rows_in_a_file_that_the_job_keeps_open_are_an_error_that_says_so(stage: Stage) -> None:
    result = stage.run("""
        scenario: open
        pipeline: keeps-files-open
        when:
          - {send: words, rows: [{$value: one}]}
        then:
          - {expect: copied, rows: [{$value: one}]}
        """)

    assert result.status is Status.ERROR
    assert result.trouble is not None
    assert "keeps 1 file of `copied` open" in result.trouble.message


def test_the_end_of_the_input_finishes_the_files(stage: Stage) -> None:
    result = stage.run("""
        scenario: finished
        pipeline: keeps-files-open
        when:
          - {send: words, rows: [{$value: one}, {$value: "two, three"}]}
          - end_of_input
        then:
          - {expect: copied, rows: [{$value: one}, {$value: "two, three"}]}
        """)

    assert result.status is Status.PASSED, failure_text(result, colour=False)


def test_event_time_passes_by_a_heartbeat_in_a_file(stage: Stage) -> None:
    result = stage.run("""
        scenario: a minute has passed
        pipeline: minutes
        T: 2026-03-01T12:00:00Z
        when:
          - {send: words, rows: [{word: one, said_at: T}, {word: two, said_at: T+59s}]}
          - {expect: minutes, empty: true}
          - {advance: T+1m}
        then:
          - {expect: minutes, rows: [{starts_at: T, words: 2}]}
        """)

    assert result.status is Status.PASSED, failure_text(result, colour=False)


def test_a_folder_that_no_source_reads_is_an_error(stage: Stage) -> None:
    result = stage.run("""
        scenario: elsewhere
        pipeline: reads-elsewhere
        when:
          - {send: words, rows: [{$value: one}]}
        then:
          - {expect: numbers, count: 1}
        """)

    assert result.trouble is not None
    assert "no source of the job reads the folder of `words`" in result.trouble.message
