"""Faults that users of other tools reported, each under the number of its thread, in memory and streamed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from harness.compare import Comparison
from harness.compare.matchers import Anything
from harness.result import Kind
from harness.scenario.model import Match, Mode

Compare = Callable[..., Comparison]
Row = Mapping[str, object]


@pytest.fixture(params=["in memory", "streamed"], autouse=True)
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "streamed":
        monkeypatch.setattr("harness.compare.comparison.MOST_IN_MEMORY", -1)


def kinds(comparison: Comparison) -> list[Kind]:
    return [difference.kind for difference in comparison.differences]


def blamed(comparison: Comparison) -> list[str]:
    return [field.field for difference in comparison.differences for field in difference.fields]


def test_flink_unittest_a_column_that_does_not_exist_is_not_null(compare: Compare) -> None:
    assert blamed(compare([{"id": 1, "amuont": None}], [{"id": 1, "amount": 2}], key=["id"])) == ["amuont"]


def test_flink_unittest_text_is_not_stripped(compare: Compare) -> None:
    assert blamed(compare([{"id": 1, "v": "a"}], [{"id": 1, "v": " a "}], key=["id"])) == ["v"]


def test_flink_unittest_decimals_do_not_go_through_floats(compare: Compare) -> None:
    one, other = Decimal("12345678901234567.89"), Decimal("12345678901234567.01")

    assert not compare([{"v": one}], [{"v": other}]).passed
    assert compare([{"v": one}], [{"v": one}]).passed


def test_flink_unittest_floats_are_not_rounded_to_six_places(compare: Compare) -> None:
    assert not compare([{"v": 1.00000001}], [{"v": 1.00000002}]).passed


def test_flink_unittest_three_equal_rows_are_three(compare: Compare) -> None:
    row: Row = {"user": "u1", "n": 1}

    assert kinds(compare([row], [row] * 3)) == [Kind.DUPLICATE] * 2
    assert kinds(compare([row] * 3, [row])) == [Kind.MISSING] * 2
    assert compare([row] * 3, [row] * 3).matched == 3


def test_flink_unittest_a_column_named_by_the_second_row_only_is_compared(compare: Compare) -> None:
    found = compare([{"id": 1}, {"id": 2, "v": "x"}], [{"id": 1}, {"id": 2, "v": "y"}], key=["id"])

    assert blamed(found) == ["v"]


def test_flink_unittest_the_right_row_is_blamed(compare: Compare) -> None:
    expected = [{"id": f"t{n}", "v": n} for n in range(1, 5)]

    found = compare(expected, [{"id": "t0", "v": 0}, *expected[:3]], key=["id"])

    assert [(d.kind, d.key["id"]) for d in found.differences] == [
        (Kind.MISSING, '"t4"'),
        (Kind.UNEXPECTED, '"t0"'),
    ]


def test_ksqldb_all_mismatches_are_told_and_not_the_first(compare: Compare) -> None:
    found = compare([{"id": n, "v": 0} for n in range(9)], [{"id": n, "v": 1} for n in range(9)], key=["id"])

    assert kinds(found) == [Kind.CHANGED] * 9


def test_ksqldb_9152_the_window_of_a_row_is_compared(compare: Compare) -> None:
    expected = {"$key": {"user": "u1", "window_start": 0}, "n": 2}

    assert compare([expected], [expected]).passed
    assert not compare([expected], [{**expected, "$key": {"user": "u1", "window_start": 60}}]).passed
    assert not compare([expected], [{**expected, "$key": {"user": "u1"}}]).passed


def test_testdrive_records_behind_the_expected_ones_are_seen(compare: Compare) -> None:
    rows: Sequence[Row] = [{"v": 1}, {"v": 2}]

    for match in (Match.EXACT, Match.ORDERED):
        assert kinds(compare(rows[:1], rows, match=match)) == [Kind.UNEXPECTED]


def test_testdrive_no_expected_rows_do_not_hold_for_any_rows(compare: Compare) -> None:
    assert kinds(compare([], [{"v": 1}], columns=["v"])) == [Kind.UNEXPECTED]


def test_datasqrl_the_text_of_json_is_not_what_is_compared(compare: Compare) -> None:
    assert compare([{"v": {"a": 1, "b": Decimal("1.50")}}], [{"v": {"b": Decimal("1.5"), "a": 1}}]).passed


def test_dbt_core_10167_rows_with_equal_nulls_have_no_order(compare: Compare) -> None:
    rows: list[Row] = [
        {"id": None, "v": None, "n": 1},
        {"id": None, "v": None, "n": 2},
        {"id": None, "v": "a", "n": 3},
    ]

    assert compare(rows, [rows[2], rows[1], rows[0]]).passed
    assert compare(rows, [rows[1], rows[2], rows[0]], key=["id"]).passed
    assert compare(rows, rows, match=Match.ORDERED).passed


@pytest.mark.parametrize("name", ["date", "order_date", "created_at", "ds", "dt", "value"])
def test_dbt_core_14196_dates_do_not_pass_by_the_name_of_their_column(compare: Compare, name: str) -> None:
    assert compare([{name: date(2026, 3, 1)}], [{name: date(2026, 3, 1)}]).passed
    assert not compare([{name: date(2026, 3, 1)}], [{name: date(2026, 3, 2)}]).passed
    assert not compare([{name: date(2026, 3, 1)}], [{name: datetime(2026, 3, 1, tzinfo=UTC)}]).passed
    assert not compare([{name: date(2026, 3, 1)}], [{name: "2026-03-01"}]).passed


def test_dbt_core_10470_a_tolerance_is_given_per_field(compare: Compare) -> None:
    expected, actual = {"id": 1, "avg": 0.1, "n": 1}, {"id": 1, "avg": 0.1 + 1e-12, "n": 1}

    assert not compare([expected], [actual]).passed
    assert compare([expected], [actual], tolerance={"avg": Decimal("1e-9")}).passed
    assert not compare([expected], [{**actual, "n": 2}], tolerance={"avg": Decimal("1e-9")}).passed


def test_dbt_core_9370_a_difference_names_its_row_and_field(compare: Compare) -> None:
    found = compare([{"id": 1, "a": 1, "b": 2}], [{"id": 1, "a": 1, "b": 3}], key=["id"])

    (difference,) = found.differences
    assert (difference.key, blamed(found)) == ({"id": "1"}, ["b"])


def test_sqlmesh_1023_and_5369_the_order_of_columns_does_not_count(compare: Compare) -> None:
    expected = [{"a": 1, "b": 2}, {"b": 4, "a": 3}]

    assert compare(expected, [{"b": 2, "a": 1}, {"a": 3, "b": 4}]).passed
    assert compare(expected, [{"b": 2, "a": 1}, {"a": 3, "b": 4}], columns=["b", "a"]).passed
    assert not compare(expected, [{"a": 2, "b": 1}, {"a": 3, "b": 4}]).passed


def test_sqlmesh_4400_a_date_that_is_null_everywhere_passes(compare: Compare) -> None:
    assert compare([{"id": 1, "at": None}], [{"id": 1, "at": None}], key=["id"]).passed
    assert not compare([{"id": 1, "at": None}], [{"id": 1, "at": date(1970, 1, 1)}], key=["id"]).passed


def test_citrus_714_rows_of_one_key_are_all_looked_at(compare: Compare) -> None:
    rows = [{"k": "a", "v": n} for n in range(3)]

    assert kinds(compare(rows, [*rows[:2], {"k": "a", "v": 9}], key=["k"])) == [Kind.CHANGED]


def test_venom_393_a_count_that_is_not_known_still_needs_every_row(compare: Compare) -> None:
    assert compare([{"v": 1}], [{"v": n} for n in range(5)], match=Match.CONTAINS).passed
    assert kinds(compare([{"v": 9}], [{"v": n} for n in range(5)], match=Match.CONTAINS)) == [Kind.MISSING]


def test_a_field_that_may_be_anything_is_still_there(compare: Compare) -> None:
    assert not compare([{"id": 1, "at": Anything()}], [{"id": 1}]).passed


def test_an_upsert_sink_tells_a_surplus_row_by_its_key(compare: Compare) -> None:
    found = compare([{"id": 1, "v": 1}], [{"id": 1, "v": 1}, {"id": 2, "v": 1}], key=["id"], mode=Mode.UPSERT)

    assert [(d.kind, d.key["id"]) for d in found.differences] == [(Kind.UNEXPECTED, "2")]
