"""What other harnesses get wrong: each test is named for the false pass or false failure it excludes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from harness.codecs.json_format import decode
from harness.compare import Comparison
from harness.compare.equality import equal
from harness.compare.matchers import Anything
from harness.result import Kind
from harness.scenario.model import Match

Compare = Callable[..., Comparison]
T = datetime(2026, 3, 1, 12, tzinfo=UTC)


def kinds(comparison: Comparison) -> list[Kind]:
    return [difference.kind for difference in comparison.differences]


def test_expected_null_does_not_pass_where_the_column_is_missing(compare: Compare) -> None:
    found = compare([{"id": 1, "amount": None}], [{"id": 1}], key=["id"])

    assert kinds(found) == [Kind.CHANGED]
    field = found.differences[0].fields[0]
    assert (field.field, field.expected, field.actual) == ("amount", "null", "(absent)")


def test_an_absent_field_does_not_pass_where_null_is_there(compare: Compare) -> None:
    found = compare([{"id": 1}], [{"id": 1, "amount": None}], columns=["id", "amount"], key=["id"])

    assert found.differences[0].fields[0].expected == "(absent)"
    assert found.differences[0].fields[0].actual == "null"


def test_an_absent_field_passes_where_none_is_there(compare: Compare) -> None:
    assert compare([{"id": 1}], [{"id": 1}], columns=["id", "amount"]).passed


def test_a_misspelt_column_that_expects_anything_does_not_pass(compare: Compare) -> None:
    assert not compare([{"id": 1, "amuont": Anything()}], [{"id": 1, "amount": 2}]).passed


@pytest.mark.parametrize(
    "actual", ["a ", " a", "a\n", "a\u00a0", "A", "a\u200b", "\u00e1".replace("\u00e1", "a\u0301")]
)
def test_text_is_not_stripped_or_folded(compare: Compare, actual: str) -> None:
    found = compare([{"id": 1, "v": "a"}], [{"id": 1, "v": actual}], key=["id"])

    assert not found.passed
    assert found.differences[0].fields[0].expected != found.differences[0].fields[0].actual


def test_decimals_are_not_compared_as_floats(compare: Compare) -> None:
    """As floats, both are the same number."""
    one, other = Decimal("12345678901234567.89"), Decimal("12345678901234567.01")

    assert float(one) == float(other)
    assert not compare([{"v": one}], [{"v": other}]).passed


def test_decimals_are_not_rounded_to_the_context(compare: Compare) -> None:
    one, other = Decimal("1." + "0" * 40 + "1"), Decimal("1." + "0" * 40 + "2")

    assert not compare([{"v": one}], [{"v": other}]).passed


def test_floats_are_not_rounded_to_six_places(compare: Compare) -> None:
    assert not compare([{"v": 0.1234567}], [{"v": 0.1234568}]).passed


def test_long_whole_numbers_are_not_compared_as_floats(compare: Compare) -> None:
    actual = decode(b'{"v": 9007199254740993}')

    assert not compare([{"v": 9007199254740992}], [actual]).passed


def test_equal_rows_are_not_counted_as_one(compare: Compare) -> None:
    row = {"id": 1, "v": "a"}

    assert compare([row] * 3, [row] * 3).matched == 3
    assert kinds(compare([row] * 3, [row])) == [Kind.MISSING] * 2
    assert kinds(compare([row], [row] * 3)) == [Kind.DUPLICATE] * 2


def test_three_expected_and_four_there_is_one_duplicate(compare: Compare) -> None:
    found = compare([{"v": "a"}] * 3, [{"v": "a"}] * 4)

    assert kinds(found) == [Kind.DUPLICATE]
    assert found.matched == 3
    assert found.differences[0].origin == "out[0]@3"


def test_one_more_of_what_a_matcher_took_is_a_duplicate_too(compare: Compare) -> None:
    found = compare([{"id": "t1", "at": Anything()}], [{"id": "t1", "at": 1}, {"id": "t1", "at": 2}])

    assert kinds(found) == [Kind.DUPLICATE]


def test_a_column_that_only_the_second_row_names_is_compared(compare: Compare) -> None:
    found = compare([{"id": 1}, {"id": 2, "v": "x"}], [{"id": 1}, {"id": 2, "v": "y"}], key=["id"])

    assert kinds(found) == [Kind.CHANGED]
    assert [field.field for field in found.differences[0].fields] == ["v"]


def test_the_right_row_is_blamed_and_not_its_neighbour_after_sorting(compare: Compare) -> None:
    """Sorted and paired by position, every row but one would be blamed."""
    expected = [{"id": f"t{n}", "v": n} for n in range(1, 6)]
    actual = [{"id": "t0", "v": 0}, *expected[:4]]

    found = compare(expected, actual, key=["id"])

    assert kinds(found) == [Kind.MISSING, Kind.UNEXPECTED]
    assert found.differences[0].key == {"id": '"t5"'}
    assert found.differences[1].key == {"id": '"t0"'}
    assert found.matched == 4


def test_surplus_rows_are_seen(compare: Compare) -> None:
    """Who reads only as many records as expected never sees the rest."""
    found = compare([{"v": 1}], [{"v": 1}, {"v": 2}])

    assert kinds(found) == [Kind.UNEXPECTED]


def test_no_expected_rows_do_not_pass_where_rows_are(compare: Compare) -> None:
    found = compare([], [{"v": 1}], columns=["v"])

    assert kinds(found) == [Kind.UNEXPECTED]
    assert found.differences[0].row == {"v": "1"}


def test_no_expected_rows_and_no_columns_do_not_pass_where_rows_are(compare: Compare) -> None:
    assert kinds(compare([], [{"v": 1}, {"v": 2}])) == [Kind.UNEXPECTED] * 2


def test_all_differences_are_told_and_not_only_the_first(compare: Compare) -> None:
    expected = [{"id": n, "a": 1, "b": 1} for n in range(5)]
    actual = [{"id": n, "a": 2, "b": 2} for n in range(5)]

    found = compare(expected, actual, key=["id"])

    assert kinds(found) == [Kind.CHANGED] * 5
    assert all([f.field for f in d.fields] == ["a", "b"] for d in found.differences)


def test_rows_with_one_key_are_not_merged_on_append(compare: Compare) -> None:
    rows = [{"k": "a", "v": 1}, {"k": "a", "v": 2}]

    assert compare(rows, rows[::-1], key=["k"]).passed
    assert kinds(compare(rows, rows[1:], key=["k"])) == [Kind.MISSING]


def test_a_greedy_matcher_does_not_take_the_row_of_another(compare: Compare) -> None:
    expected = [{"v": Anything()}, {"v": "t1"}]

    assert compare(expected, [{"v": "t1"}, {"v": "t2"}]).passed
    assert compare(expected, [{"v": "t2"}, {"v": "t1"}]).passed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, "1"),
        (1, True),
        (0, False),
        (0, None),
        ("", None),
        ("null", None),
        ("true", True),
        (Decimal("1.5"), "1.5"),
        ([], None),
        ({}, None),
        ([], {}),
        ([1], 1),
        ([1, 2], [2, 1]),
        ({"a": None}, {}),
        ({"a": 1}, {"a": "1"}),
        (b"a", "a"),
        (T, T.replace(tzinfo=None)),
        (T, "2026-03-01T12:00:00Z"),
        (T, T + timedelta(microseconds=1)),
        (T.date(), T.replace(hour=0, tzinfo=None)),
        (UUID(int=1), str(UUID(int=1))),
        (float("nan"), None),
        (float("nan"), 0.0),
        (float("inf"), float("-inf")),
        (["list", 1], ("x",)),
    ],
)
def test_different_values_are_not_equal(one: object, other: object) -> None:
    assert not equal(one, other)
    assert not equal(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("12.5"), Decimal("12.50")),
        (1, Decimal("1.0")),
        (Decimal("1E+3"), 1000),
        (float("nan"), float("nan")),
        (Decimal("NaN"), float("nan")),
        (-0.0, 0.0),
        (Decimal("-0.00"), 0),
        (T, T.astimezone(timezone(timedelta(hours=2)))),
        ({"a": 1, "b": [True]}, {"b": [True], "a": Decimal("1.0")}),
        (b"a", memoryview(b"a")),
        ([float("nan")], [float("nan")]),
    ],
)
def test_equal_values_are_equal(one: object, other: object) -> None:
    assert equal(one, other)


def test_a_surplus_field_counts_only_if_all_columns_do(compare: Compare) -> None:
    actual = [{"id": 1, "v": None}]

    assert compare([{"id": 1}], actual, key=["id"]).passed
    found = compare([{"id": 1}], actual, key=["id"], all_columns=True)
    assert kinds(found) == [Kind.CHANGED]
    assert found.differences[0].fields[0].expected == "(absent)"


def test_a_pattern_does_not_hide_a_surplus_field(compare: Compare) -> None:
    found = compare([{"id": Anything()}], [{"id": 1, "v": 2}], all_columns=True)

    assert not found.passed


def test_a_right_bag_in_the_wrong_order_does_not_pass_as_ordered(compare: Compare) -> None:
    rows = [{"v": 1}, {"v": 2}, {"v": 3}]
    actual = [rows[1], rows[2], rows[0]]

    assert compare(rows, actual).passed
    found = compare(rows, actual, match=Match.ORDERED)
    assert kinds(found) == [Kind.ORDER]
    assert found.matched == 2
    place = found.differences[0].fields[0]
    assert (place.field, place.expected, place.actual) == ("$position", "1", "3")
