from __future__ import annotations

from pathlib import Path

import pytest

from harness.location import Location
from harness.result import (
    Failure,
    FieldDifference,
    Kind,
    RowDifference,
    RunResult,
    ScenarioResult,
    Status,
    Trouble,
)

FILE = Path("scenarios/card/amount.scenario.yaml")


def at(line: int, column: int = 1) -> Location:
    # Below the working directory, so that it is shown as the user would write it.
    return Location(Path.cwd() / FILE, line, column)


@pytest.fixture
def passed() -> ScenarioResult:
    return ScenarioResult(
        id="amount.scenario.yaml::small amounts are stored",
        name="small amounts are stored",
        pipeline="card-transactions",
        status=Status.PASSED,
        seconds=1.24,
        location=at(1),
        flink="1.20",
        phases={"submit": 0.35, "settle": 0.8, "read": 0.09},
    )


@pytest.fixture
def skipped() -> ScenarioResult:
    return ScenarioResult(
        id="amount.scenario.yaml::later",
        name="later",
        pipeline="card-transactions",
        status=Status.SKIPPED,
        seconds=0.0,
        location=at(40),
        flink="1.20",
        skipped_because="waits for the new registry",
    )


@pytest.fixture
def failed() -> ScenarioResult:
    rows = (
        RowDifference(
            kind=Kind.CHANGED,
            key={"transaction_id": '"t1"'},
            fields=(
                FieldDifference(field="amount", expected="13.50", actual="12.50"),
                FieldDifference(field="card", expected='"c1"', actual="null"),
            ),
            row={"transaction_id": '"t1"', "amount": "12.50"},
            location=at(19, 7),
            origin=None,
        ),
        RowDifference(
            kind=Kind.MISSING,
            key={"transaction_id": '"t9"'},
            row={"transaction_id": '"t9"', "amount": "2.00", "card": "(absent)"},
            location=at(20, 7),
        ),
        RowDifference(
            kind=Kind.UNEXPECTED,
            key={"transaction_id": '"t7"'},
            row={"transaction_id": '"t7"', "card_id": '"c1"'},
            origin="card.rejected[0]@3",
        ),
        RowDifference(
            kind=Kind.DUPLICATE, key={"transaction_id": '"t2"'}, row={}, origin="card.rejected[0]@4"
        ),
        RowDifference(
            kind=Kind.ORDER,
            key={"transaction_id": '"t3"'},
            fields=(FieldDifference(field="$position", expected="1", actual="3"),),
            location=at(21, 7),
            origin="card.rejected[0]@5",
        ),
    )
    return ScenarioResult(
        id="amount.scenario.yaml::a card's declined transactions never reach Aurora",
        name="a card's declined transactions never reach Aurora",
        pipeline="card-transactions",
        status=Status.FAILED,
        seconds=2.5,
        location=at(1),
        flink="1.20",
        failures=(
            Failure(
                message="5 of 7 rows differ",
                location=at(14, 5),
                subject="transactions_by_card",
                rows=rows,
                matched=2,
            ),
            Failure(
                message="job restarted once, and should not",
                location=at(1),
                subject="job",
                detail="java.lang.NullPointerException\n  at Enrich.map(Enrich.java:7)",
            ),
        ),
        rerun='harness run scenarios/card/amount.scenario.yaml -k "a card\'s"',
        evidence=(".harness/runs/1/job.log",),
    )


@pytest.fixture
def broken() -> ScenarioResult:
    return ScenarioResult(
        id="amount.scenario.yaml::late",
        name="late",
        pipeline="card-transactions",
        status=Status.ERROR,
        seconds=60.0,
        location=at(30),
        flink="2.2",
        trouble=Trouble(
            kind="SettleTimeout",
            message="the job was not done in 60 s",
            detail="transactions[0]: 3 records behind\ntransactions[1]: done",
            hint="raise `timeout`",
        ),
    )


@pytest.fixture
def run(
    passed: ScenarioResult, skipped: ScenarioResult, failed: ScenarioResult, broken: ScenarioResult
) -> RunResult:
    return RunResult(scenarios=(passed, skipped, failed, broken), seconds=64.2, harness="0.1.0")
