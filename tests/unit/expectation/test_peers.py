"""False passes of other harnesses that come from what is expected or from what is waited for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from harness.engine.verdict import known_failure
from harness.errors import ExpectationError
from harness.expectation import always
from harness.result import RunResult, ScenarioResult, Status
from harness.scenario import runnable
from harness.scenario.load import ScenarioFile
from harness.sinks.record import Read, Record
from tests.unit.expectation.conftest import LINE, Hold, Load, records

LoadFile = Callable[[str], ScenarioFile]
A, B = {"id": "a"}, {"id": "b"}


def result(status: Status) -> ScenarioResult:
    return ScenarioResult(id="f::s", name="s", pipeline="p", status=status, seconds=0.1, location=LINE)


def test_a_surplus_row_is_seen_though_all_that_was_expected_is_there(hold: Hold) -> None:
    assert hold("expect: accepted, rows: [{id: a}]", [A, B])


def test_surplus_rows_behind_the_expected_number_are_seen(hold: Hold) -> None:
    many = [{"id": str(n)} for n in range(1000)]

    (failure,) = hold("expect: accepted, rows: [{id: 0}, {id: 1}]", many)

    assert len(failure.rows) == 998


def test_the_right_number_of_wrong_rows_does_not_pass_for_the_rows(hold: Hold) -> None:
    assert hold("expect: accepted, count: 2, rows: [{id: a}, {id: c}]", [A, B])


def test_at_least_one_row_is_no_count_that_hides_how_many(hold: Hold) -> None:
    (failure,) = hold("expect: accepted, count: 1", [A, B, A])

    assert failure.message == "expected 1 row, and there are 3"


def test_three_identical_rows_do_not_count_as_one(hold: Hold) -> None:
    assert hold("expect: accepted, rows: [{id: a}]", [A, A, A])
    assert hold("expect: accepted, count: 1", [A, A, A])


@pytest.mark.parametrize("rule", ["each: {id: <any>}", "unique: [id]", "count: <at least 1>"])
def test_a_check_of_rows_does_not_pass_because_there_are_none(hold: Hold, rule: str) -> None:
    assert hold(f"expect: accepted, {rule}", [])


def test_an_expectation_of_nothing_does_not_pass_where_something_is(hold: Hold) -> None:
    assert hold("expect: accepted, empty: true", [A])


def test_a_snapshot_of_no_rows_says_so_and_is_not_made_by_leaving_rows_out(load: Load) -> None:
    with pytest.raises(AssertionError, match="nothing is said about"):
        load("  - {expect: accepted}")
    with pytest.raises(AssertionError, match="no rows"):
        load("  - {expect: accepted, rows: []}")


def test_a_misspelt_column_does_not_pass_as_null(hold: Hold) -> None:
    for rule in ("rows: [{id: a, amuont: null}]", "each: {amuont: null}", "unique: [amuont]"):
        with pytest.raises(ExpectationError, match="amuont"):
            hold(f"expect: accepted, {rule}", [A | {"amount": Decimal(1)}])


def test_every_row_that_breaks_a_rule_is_told_and_not_the_first_one_alone(hold: Hold) -> None:
    (failure,) = hold("expect: accepted, each: {id: a}", [A, B, {"id": "c"}])

    assert [row.key["id"] for row in failure.rows] == ['"b"', '"c"']


def test_rows_in_a_topic_that_nobody_named_are_looked_at(load: Load) -> None:
    scenario = load("  - {expect: job, restarts: 0}")
    broken = Record(values={}, origin="refused[0]@0", undecodable="no JSON")
    held = {"letters": records(A), "refused": (broken,)}

    def read(name: str) -> Read:
        return Read(records=held.get(name, ()), types={}, closed=False)

    sinks = scenario.pipeline.sinks
    assert [failure.subject for failure in always.dead_letters(scenario, sinks, read)] == ["letters"]
    assert [failure.subject for failure in always.undecodable(scenario, sinks, read)] == ["refused"]


def test_a_job_that_restarted_does_not_pass_because_its_rows_came_right_in_the_end(load: Load) -> None:
    scenario = load("  - {expect: accepted, count: 1}")

    assert list(always.restarts(scenario, 11, lambda: "ValueError: boom"))


@pytest.mark.parametrize(
    "step",
    [
        "{cut: accepted}",
    ],
)
def test_what_cannot_be_run_is_no_green_scenario(load: Load, step: str) -> None:
    assert runnable.hindrances(load(f"  - {step}\n  - {{expect: accepted, count: 0}}"))


def test_what_could_not_be_told_is_no_skip_and_no_known_failure() -> None:
    error = result(Status.ERROR)

    assert known_failure(error, "a ticket").status is Status.ERROR
    assert RunResult(scenarios=(error,), seconds=1, harness="0").status is Status.ERROR


def test_a_known_failure_that_passes_fails_so_that_the_mark_goes_away() -> None:
    assert known_failure(result(Status.PASSED), "a ticket").status is Status.FAILED
