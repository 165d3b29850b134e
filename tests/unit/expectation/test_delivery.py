"""Which sinks may hold a row more than once, and what that changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.expectation import delivery
from harness.location import Location
from harness.scenario.model import Fault, Link, LinkState, Savepoint, Settle, Start, Step, Stop, Victim
from tests.unit.expectation.conftest import Hold, Load, records

HERE = Location(Path("a.scenario.yaml"))
A, B, C = ({"id": name} for name in "abc")


@pytest.mark.parametrize(
    ("sink", "had_fault", "may"),
    [
        ("repeated", True, True),
        ("repeated", False, False),
        ("accepted", True, False),
        ("accepted", False, False),
    ],
)
def test_rows_may_repeat_only_after_a_fault_and_only_where_the_pipeline_says_so(
    load: Load, sink: str, *, had_fault: bool, may: bool
) -> None:
    place = load("  - {expect: accepted, count: 1}").pipeline.sinks[sink]

    assert delivery.may_repeat(place, had_fault=had_fault) is may


KILL = Fault(victim=Victim.TASKMANAGER, location=HERE)
STOP = Stop(savepoint="s", location=HERE)
START = Start(savepoint="s", location=HERE)


@pytest.mark.parametrize(
    ("steps", "had_fault"),
    [
        ([], False),
        ([Settle(location=HERE)], False),
        ([KILL], True),
        ([Link(state=LinkState.CUT, place="accepted", location=HERE)], True),
        ([Link(state=LinkState.HEALED, place="accepted", location=HERE)], False),
        ([STOP, START], False),
        ([STOP, START, KILL], True),
        ([STOP, Start(savepoint=None, location=HERE)], True),
        ([Savepoint(name="s", location=HERE), Stop(savepoint="t", location=HERE), START], True),
        ([Stop(savepoint="s", job="a", location=HERE), Start(savepoint="s", job="b", location=HERE)], True),
    ],
)
def test_a_fault_makes_a_job_do_again_what_it_had_done(steps: list[Step], *, had_fault: bool) -> None:
    assert delivery.had_fault(steps) is had_fault


@pytest.mark.parametrize(
    ("rows", "fails_without", "fails_with"),
    [
        ([A, B], False, False),
        ([A, B, B], True, False),
        ([A, A, B, B, B], True, False),
        ([A], True, True),
        ([A, A], True, True),
        ([A, B, C], True, True),
        ([A, B, C, C], True, True),
        ([A, B, {"id": "b", "more": 1}], True, True),
    ],
)
@pytest.mark.parametrize(
    "text", ["rows: [{id: a}, {id: b}]", "rows: [{id: a}, {id: b}], match: ordered"], ids=["bag", "ordered"]
)
def test_a_repeated_row_is_no_surplus_and_everything_else_still_is(
    hold: Hold, text: str, rows: list[dict[str, object]], *, fails_without: bool, fails_with: bool
) -> None:
    assert bool(hold(f"expect: repeated, {text}", rows)) is fails_without
    assert bool(hold(f"expect: repeated, {text}", rows, repeats=True)) is fails_with


def test_a_row_that_nobody_expected_is_told_however_often_it_is_there(hold: Hold) -> None:
    (failure,) = hold("expect: repeated, rows: [{id: a}]", [A, C, C], repeats=True)

    assert [(row.key["id"], row.origin) for row in failure.rows] == [
        ('"c"', "out[0]@1"),
        ('"c"', "out[0]@2"),
    ]


@pytest.mark.parametrize(
    ("count", "holds"),
    [("2", True), ("3", True), ("4", True), ("1", False), ("5", False), ("<at most 1>", False)],
)
def test_a_count_may_be_any_from_the_different_rows_to_all(hold: Hold, count: str, *, holds: bool) -> None:
    rows = [A, A, A, B]

    assert bool(hold(f"expect: repeated, count: {count}", rows, repeats=True)) is not holds


def test_unique_fields_are_shared_by_repetitions_and_by_nothing_else(hold: Hold) -> None:
    assert hold("expect: repeated, unique: [id]", [A, A, B], repeats=True) == ()
    assert hold("expect: repeated, unique: [id]", [A, A, B])
    assert hold("expect: repeated, unique: [id]", [A, {"id": "a", "more": 1}], repeats=True)


def test_when_and_where_a_row_was_written_does_not_make_it_another() -> None:
    one, other = records(A | {"$partition": 0, "$at": 1}, A | {"$partition": 1, "$at": 2})

    assert delivery.distinct([one, other]) == 1


def test_rows_without_fields_are_told_apart_by_key_and_payload() -> None:
    rows = records({"$key": "k", "$value": "1"}, {"$key": "k", "$value": "2"}, {"$key": "k", "$value": "1"})

    assert delivery.distinct(rows) == 2
