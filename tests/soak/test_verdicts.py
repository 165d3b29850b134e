"""Many warm runs while other programs want the processor: no verdict may be wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from harness.result import ScenarioResult, Status
from harness.session import Session
from tests.integration.stage import Stage
from tests.soak.busy import busy_processors

pytestmark = [pytest.mark.soak, pytest.mark.integration]

PIPELINES = ("card-transactions", "card-plain")
"""JSON on a plain broker; Avro with the registry over TLS."""
RUNS = 200
WITHHELD = 40
ROWS = """\
          | occurred_at | transaction_id | card_id | amount | status   |
          | T           | t1             | c1      | 10.00  | approved |
          | T+1s        | t2             | c2      | 20.00  | approved |
          | T+2s        | t3             | c3      | 30.00  | declined |
          | T+3s        | t1             | c1      | 11.00  | approved |
"""
SCENARIO = f"""
    scenario: corrected and declined
    pipeline: PIPELINE
    when:
      - send: transactions
        rows: |
{ROWS}    then:
      - expect: transactions_by_card
        rows: |
          | transaction_id | amount |
          | t1             | 11.00  |
          | t2             | 20.00  |
      - expect: rejected
        rows: |
          | transaction_id |
          | t3             |
"""


@pytest.fixture
def stage(session: Session, tmp_path: Path) -> Stage:
    return Stage(session=session, folder=tmp_path)


def counted(results: list[ScenarioResult]) -> Counter[Status]:
    """How many ended how; what was wrong is printed."""
    for number, result in enumerate(results):
        if result.status is not Status.PASSED:
            print(number, result.status.value, result.trouble, result.failures)
    return Counter(result.status for result in results)


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_right_input_passes_every_time(stage: Stage, pipeline: str) -> None:
    text = SCENARIO.replace("PIPELINE", pipeline)
    with busy_processors():
        results = [stage.run(text) for _ in range(RUNS)]

    assert counted(results) == {Status.PASSED: RUNS}


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_withheld_record_fails_every_time(stage: Stage, pipeline: str) -> None:
    # Without the head, and without the first record, whose correction hides that it is missing.
    lines = ROWS.splitlines(keepends=True)[2:]
    scenario = SCENARIO.replace("PIPELINE", pipeline)
    texts = [scenario.replace(lines[number % len(lines)], "") for number in range(WITHHELD)]
    with busy_processors():
        results = [stage.run(text) for text in texts]

    assert counted(results) == {Status.FAILED: WITHHELD}
