"""Each rule that an expectation has for the rows of a sink, and that it can fail."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.compare import Capture
from harness.errors import ExpectationError
from harness.expectation.sink_rows import SinkRows
from harness.result import Kind
from harness.scenario.model import ExpectRows
from harness.sinks.record import Record
from tests.unit.expectation.conftest import CLOCK, Hold, Load, read_of, records

A = {"id": "a", "amount": Decimal(1)}
B = {"id": "b", "amount": Decimal(2)}


@pytest.mark.parametrize(
    "text",
    [
        "rows: [{id: a}, {id: b}]",
        "count: 2",
        "each: {amount: <at least 1>}",
        "each: {id: <not null>, amount: <any>}",
        "unique: [id]",
        "count: <at least 2>, each: {amount: <at most 2>}, unique: [id, amount]",
    ],
)
def test_what_holds_is_no_failure(hold: Hold, text: str) -> None:
    assert hold(f"expect: accepted, {text}", [A, B]) == ()


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("rows: [{id: a}]", ["1 of 2 rows differs"]),
        ("empty: true", ["expected no rows, and there are 2"]),
        ("count: 1", ["expected 1 row, and there are 2"]),
        ("count: <at least 3>", ["expected at least 3 rows, and there are 2"]),
        ("each: {amount: 1}", ["1 of 2 rows is not as `each` says"]),
        ("each: {amount: null}", ["2 of 2 rows are not as `each` says"]),
        ("each: {amount: <absent>}", ["2 of 2 rows are not as `each` says"]),
        (
            "count: 3, each: {id: a}, unique: [id]",
            ["expected 3 rows, and there are 2", "1 of 2 rows is not as `each` says"],
        ),
        ("rows: [{id: a}], each: {id: a}", ["1 of 2 rows differs", "1 of 2 rows is not as `each` says"]),
    ],
)
def test_everything_that_does_not_hold_is_told(hold: Hold, text: str, messages: list[str]) -> None:
    assert [failure.message for failure in hold(f"expect: accepted, {text}", [A, B])] == messages


def test_each_shows_the_row_the_field_and_both_values(hold: Hold) -> None:
    (failure,) = hold("expect: accepted, each: {amount: <at most 1>}", [A, B])

    (row,) = failure.rows
    (field,) = row.fields
    assert (row.kind, dict(row.key), row.origin) == (Kind.CHANGED, {"id": '"b"'}, "out[0]@1")
    assert (field.field, field.expected, field.actual) == ("amount", "<at most 1>", "2")
    assert failure.matched == 1


def test_each_does_not_pass_a_row_that_lacks_the_field(hold: Hold) -> None:
    (failure,) = hold("expect: accepted, each: {amount: null}", [{"id": "a", "amount": None}, {"id": "b"}])

    assert [row.fields[0].actual for row in failure.rows] == ["(absent)"]


@pytest.mark.parametrize("rule", ["each: {amuont: <any>}", "unique: [amuont]"])
def test_a_column_that_does_not_exist_is_an_error_and_never_null(hold: Hold, rule: str) -> None:
    with pytest.raises(ExpectationError) as caught:
        hold(f"expect: accepted, {rule}", [A])

    assert (caught.value.message, caught.value.hint) == (
        "no record of accepted has a field `amuont`",
        "did you mean `amount`?",
    )


def test_a_value_that_the_column_cannot_hold_is_an_error(hold: Hold) -> None:
    with pytest.raises(ExpectationError, match="12,5"):
        hold('expect: accepted, each: {amount: "12,5"}', [A])


@pytest.mark.parametrize("rule", ["each: {amount: <any>}", "unique: [id]"])
def test_a_rule_for_every_row_does_not_pass_where_there_is_none(hold: Hold, rule: str) -> None:
    (failure,) = hold(f"expect: accepted, {rule}", [])

    assert failure.message == f"`{rule.partition(':')[0]}` is about every row, and there are none"


@pytest.mark.parametrize("rule", ["each: {amount: <any>}", "unique: [id]"])
def test_no_row_is_fine_where_the_count_says_so(hold: Hold, rule: str) -> None:
    assert hold(f"expect: accepted, {rule}, count: <at most 5>", []) == ()


def test_rows_that_share_unique_fields_are_all_listed_with_their_places(hold: Hold) -> None:
    (failure,) = hold("expect: accepted, unique: [id]", [A, B, A | {"amount": Decimal(9)}])

    assert failure.message == "2 of 3 rows share `id` with another"
    assert [(row.kind, row.origin) for row in failure.rows] == [
        (Kind.DUPLICATE, "out[0]@0"),
        (Kind.DUPLICATE, "out[0]@2"),
    ]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (None, None, True),
        (Decimal("1.0"), Decimal("1.00"), True),
        (1, "1", False),
        (None, 0, False),
        (True, 1, False),
    ],
)
def test_unique_compares_by_type_and_null_is_a_value(
    hold: Hold, one: object, other: object, *, alike: bool
) -> None:
    found = hold("expect: refused, unique: [v]", [{"id": "a", "v": one}, {"id": "b", "v": other}])

    assert bool(found) == alike


def test_new_rows_are_compared_alone_and_the_failure_says_since_when(hold: Hold) -> None:
    assert hold("expect: accepted, new_rows: [{id: b}]", [B], old=[A]) == ()

    (failure,) = hold("expect: accepted, new_rows: [{id: a}]", [B], old=[A])
    assert failure.detail == "new are the rows since the scenario began; 1 row came before"


def test_a_column_that_only_old_rows_have_is_known_of_new_ones(hold: Hold) -> None:
    assert hold("expect: refused, new_rows: [{id: b}]", [{"id": "b"}], old=[{"id": "a", "why": "x"}]) == ()


def test_rows_that_cannot_be_decoded_count(hold: Hold) -> None:
    broken = Record(values={"$value": "{"}, origin="out[0]@0", undecodable="no JSON")

    assert hold("expect: accepted, count: 1", [broken]) == ()
    assert hold("expect: accepted, empty: true", [broken])


def test_a_tolerance_is_how_far_a_number_may_be_off(hold: Hold) -> None:
    text = "expect: accepted, rows: [{id: a, amount: 1.01}], tolerance: {amount: "

    assert hold(f"{text}0.01}}", [A]) == ()
    assert hold(f"{text}0.009}}", [A])


def test_names_keep_their_values_from_one_expectation_to_the_next(load: Load) -> None:
    scenario = load(
        "  - {expect: accepted, rows: [{id: <same s>}]}\n"
        "  - {expect: refused, rows: [{id: <same s>}]}\n"
        "  - {expect: refused, each: {id: <same s>}}"
    )
    captures: dict[str, Capture] = {}

    def held(number: int, *rows: dict[str, object]) -> bool:
        step = scenario.steps[number]
        assert isinstance(step, ExpectRows)
        place = scenario.pipeline.sinks[step.sink]
        found = records(*rows)
        read = read_of(place, *found)
        return not SinkRows(place=place, read=read, rows=found, clock=CLOCK, captures=captures).hold(step)

    with pytest.raises(ExpectationError, match="`<same s>` has no value yet"):
        held(2, {"id": "a"})
    assert held(0, {"id": "a"})
    assert [held(1, {"id": "a"}), held(1, {"id": "b"})] == [True, False]
    assert [held(2, {"id": "a"}, {"id": "a"}), held(2, {"id": "a"}, {"id": "b"})] == [True, False]


CHANGES = [
    {"$op": "insert", "id": "a", "n": 1},
    {"$op": "insert", "id": "b", "n": 1},
    {"$op": "update_after", "id": "a", "n": 2},
]


@pytest.mark.parametrize(
    ("rows", "holds"),
    [
        ("[{$op: +I, id: a, n: 1}, {$op: +U, id: a, n: 2}, {$op: insert, id: b, n: 1}]", True),
        ("[{$op: +I, id: b}, {$op: +I, id: a}, {$op: +U, id: a}]", True),
        ("[{$op: +U, id: a, n: 2}, {$op: +I, id: a, n: 1}, {$op: +I, id: b}]", False),
        ("[{$op: +I, id: a}, {$op: +I, id: b}]", False),
        ("[{$op: +I, id: a}, {$op: -D, id: a}, {$op: +I, id: b}]", False),
    ],
)
def test_changes_are_in_order_per_key(load: Load, rows: str, *, holds: bool) -> None:
    scenario = load(f"  - {{expect: current, changes: {rows}}}")
    (step,) = scenario.steps
    assert isinstance(step, ExpectRows)
    place = scenario.pipeline.sinks["current"]
    changes = records(*CHANGES)
    read = replace(read_of(place, *changes[1:]), changes=changes)

    failures = SinkRows(place=place, read=read, rows=changes, clock=CLOCK).hold(step)

    assert (failures == ()) is holds
