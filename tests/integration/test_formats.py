"""Rows and changes in Flink's own formats: a real job reads what is sent, and what it writes is read."""

from __future__ import annotations

import pytest

from harness.result import ScenarioResult, Status
from tests.integration.stage import Stage

pytestmark = pytest.mark.integration

CHANGES = """\
          | $op           | id | name   | amount | made_at                 | ok    |
          | insert        | 1  | one    | 12.50  | 2026-01-01T00:00:00     | true  |
          | +I            | 2  | "zwei" | -0.01  | 2026-01-01T00:00:00.250 | false |
          | +I            | 3  | null   | null   | null                    | null  |
          | update_before | 1  | one    | 12.50  | 2026-01-01T00:00:00     | true  |
          | update_after  | 1  | uno    | 12.75  | 2026-01-01T00:00:00     | true  |
          | delete        | 2  | "zwei" | -0.01  | 2026-01-01T00:00:00.250 | false |
"""
STATE = """\
          | id | name | amount | made_at             | ok   |
          | 1  | uno  | 12.75  | 2026-01-01T00:00:00 | true |
          | 3  | null | null   | null                | null |
"""
ROWS = """\
          | id | name          | amount | made_at                 | ok    |
          | 1  | one           | 12.50  | 2026-01-01T00:00:00     | true  |
          | 2  | "a \\| \\"b\\" " | -0.01  | 2026-01-01T00:00:00.250 | false |
          | 3  | null          | null   | null                    | null  |
"""
CSV_ROWS = ROWS.replace("| id |", "| $key.id |")
AVRO_ROWS = ROWS.replace("00:00:00     |", "00:00:00Z    |").replace("00.250 |", "00.250Z|")
SCENARIO = f"""
    scenario: every format
    pipeline: copy-formats
    when:
      - send: csv_in
        rows: |
{ROWS}
      - send: avro_in
        rows: |
{AVRO_ROWS}
      - send: debezium_in
        rows: |
{CHANGES}
      - send: enveloped_in
        rows: |
{CHANGES}
      - send: canal_in
        rows: |
{CHANGES}
      - send: maxwell_in
        rows: |
{CHANGES}
      - send: ogg_in
        rows: |
{CHANGES}
    then:
      - expect: avro_out
        rows: |
{AVRO_ROWS}
      - expect: csv_out
        rows: |
{CSV_ROWS}
      - expect: canal_out
        rows: |
{STATE}
      - expect: debezium_out
        match: ordered
        rows: |
          | id | name | $value                   |
          | 1  | one  | <regex .*"op":"c".*>     |
          | 2  | zwei | <regex .*"op":"c".*>     |
          | 3  | null | <regex .*"op":"c".*>     |
          | 1  | one  | <regex .*"op":"d".*>     |
          | 1  | uno  | <regex .*"op":"c".*>     |
          | 2  | zwei | <regex .*"op":"d".*>     |
      - expect: maxwell_out
        rows: |
{STATE}
      - expect: ogg_out
        rows: |
{STATE}
      - expect: upsert_out
        rows: |
          | $key.id | name | amount | made_at             | ok   | $value |
          | 1       | uno  | 12.75  | 2026-01-01T00:00:00 | true | <any>  |
          | 3       | null | null   | null                | null | <any>  |
"""


def outcome(result: ScenarioResult) -> tuple[Status, object, object]:
    return result.status, result.trouble, result.failures


def test_flink_reads_what_is_sent_and_what_it_writes_is_read(stage: Stage) -> None:
    result = stage.run(SCENARIO)

    assert outcome(result) == (Status.PASSED, None, ())


def test_rows_are_put_into_and_removed_from_a_topic_that_holds_one_row_per_key(stage: Stage) -> None:
    result = stage.run("""
        scenario: a table on Kafka
        pipeline: copy-formats
        given:
          - put: kept
            rows: |
              | id | name | amount | made_at | ok   |
              | 1  | one  | 1.00   | T       | true |
              | 2  | two  | 2.00   | T       | true |
        when:
          - {expect: kept_out, count: 2}
          - put: kept
            rows: |
              | id | name  | amount | made_at | ok   |
              | 1  | uno   | 1.50   | T       | true |
              | 3  | three | 3.00   | null    | null |
          - remove: kept
            rows: [{id: 2}]
          - put: upsert_out
            rows: [{$key.id: 9, name: nine, amount: 9.00, made_at: T, ok: true}]
        then:
          - expect: kept_out
            rows: |
              | id | name  | amount |
              | 1  | uno   | 1.50   |
              | 3  | three | 3.00   |
          - expect: upsert_out
            rows: [{$key.id: 9, name: nine}]
        """)

    assert outcome(result) == (Status.PASSED, None, ())


def test_changes_and_keys_whose_schemas_are_in_a_registry(stage: Stage) -> None:
    result = stage.run("""
        scenario: changes and orders
        pipeline: copy-registered
        when:
          - send: changes_in
            rows: |
              | $op           | id | name | amount |
              | insert        | 1  | one  | 12.50  |
              | insert        | 2  | two  | null   |
              | update_before | 1  | one  | 12.50  |
              | update_after  | 1  | uno  | 12.75  |
              | delete        | 2  | two  | null   |
          - send: orders_in
            rows: |
              | id | customer | address.city | $partition |
              | 7  | anna     | Ulm          | 1          |
              | 8  | berta    | Bonn         | 0          |
        then:
          - expect: changes_out
            rows: |
              | id | name | amount |
              | 1  | uno  | 12.75  |
          - expect: orders_out
            rows: |
              | $key.id | id | customer | address.city |
              | 7       | 7  | anna     | Ulm          |
              | 8       | 8  | berta    | Bonn         |
        """)

    assert outcome(result) == (Status.PASSED, None, ())
