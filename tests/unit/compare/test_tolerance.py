"""`tolerance: {field: 0.01}`: how far off a number may be, and what a tolerance never touches."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.compare import Comparison
from harness.compare.matchers import Anything, ListOf, OneOf
from harness.result import Kind
from harness.scenario.model import Match

Compare = Callable[..., Comparison]
CENT = Decimal("0.01")


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (Decimal("12.50"), Decimal("12.51")),
        (Decimal("12.50"), Decimal("12.49")),
        (12.5, 12.51),
        (1.1, 1.11),
        (0.1, Decimal("0.11")),
        (Decimal("0.99"), 1),
        (1, 1.01),
        (float("nan"), float("nan")),
        (float("inf"), float("inf")),
        (0.1, 0.1),
    ],
)
def test_a_number_may_be_off_by_the_tolerance(compare: Compare, expected: object, actual: object) -> None:
    assert compare([{"v": expected}], [{"v": actual}], tolerance={"v": CENT}).passed


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (Decimal("12.50"), Decimal("12.5100000000000000000000000000001")),
        (12.5, 12.510000000000002),
        (1, 2),
        (1, "1"),
        (1, True),
        (1, None),
        (1, float("nan")),
        (float("inf"), 1e300),
        (None, 0),
        ("1.00", "1.01"),
        (True, 1),
        (False, 0),
    ],
)
def test_nothing_else_passes_for_a_tolerance(compare: Compare, expected: object, actual: object) -> None:
    assert not compare([{"v": expected}], [{"v": actual}], tolerance={"v": CENT}).passed


def test_a_tolerance_is_for_its_field_alone(compare: Compare) -> None:
    expected, actual = {"v": 1.0, "w": 1.0}, {"v": 1.01, "w": 1.01}

    assert not compare([expected], [actual], tolerance={"v": CENT}).passed
    assert compare([expected], [actual], tolerance={"v": CENT, "w": CENT}).passed


def test_a_field_that_is_not_there_is_outside_of_every_tolerance(compare: Compare) -> None:
    assert not compare([{"id": 1, "v": 0}], [{"id": 1}], tolerance={"v": CENT}).passed
    assert not compare([{"id": 1}], [{"id": 1, "v": 0}], columns=["id", "v"], tolerance={"v": CENT}).passed


def test_the_difference_tells_the_tolerance(compare: Compare) -> None:
    found = compare([{"id": 1, "v": 1.0}], [{"id": 1, "v": 1.02}], key=["id"], tolerance={"v": CENT})

    (field,) = found.differences[0].fields
    assert (field.expected, field.actual) == ("1.0 (tolerance 0.01)", "1.02")


@pytest.mark.parametrize(
    "expected",
    [
        {"stats": {"avg": 1.0, "n": 3}},
        {"stats.avg": 1.0, "stats.n": 3},
    ],
)
def test_a_tolerance_reaches_into_records(compare: Compare, expected: dict[str, object]) -> None:
    tolerance = {"stats.avg": CENT}

    assert compare([expected], [{"stats": {"avg": 1.01, "n": 3}}], tolerance=tolerance).passed
    assert not compare([expected], [{"stats": {"avg": 1.02, "n": 3}}], tolerance=tolerance).passed
    assert not compare(
        [expected], [{"stats": {"avg": 1.0, "n": Decimal("3.01")}}], tolerance=tolerance
    ).passed


def test_a_tolerance_reaches_the_items_of_lists(compare: Compare) -> None:
    tolerance = {"v": CENT, "rows.price": CENT}
    expected = {"v": [1.0, 2.0], "rows": [{"price": 1.0}, {"price": None}]}

    assert compare(
        [expected], [{"v": [1.01, 2.0], "rows": [{"price": 1.01}, {"price": None}]}], tolerance=tolerance
    ).passed
    assert not compare(
        [expected], [{"v": [2.0, 1.0], "rows": [{"price": 1.0}, {"price": None}]}], tolerance=tolerance
    ).passed
    assert not compare([expected], [{"v": [1.0, 2.0, 3.0], "rows": []}], tolerance=tolerance).passed


def test_matchers_keep_their_meaning_under_a_tolerance(compare: Compare) -> None:
    tolerance = {"v": Decimal(10)}

    assert not compare([{"v": OneOf((1, 2))}], [{"v": 3}], tolerance=tolerance).passed
    assert compare([{"v": Anything()}], [{"v": 99}], tolerance=tolerance).passed
    assert compare([{"v": ListOf((Anything(), 1))}], [{"v": [99, 2]}], tolerance=tolerance).passed


def test_rows_are_paired_by_a_key_without_its_tolerance(compare: Compare) -> None:
    found = compare([{"id": 1, "v": 1}], [{"id": 2, "v": 1}], key=["id"], tolerance={"id": Decimal(5)})

    assert [d.kind for d in found.differences] == [Kind.MISSING, Kind.UNEXPECTED]


def test_rows_share_what_is_there_so_that_all_are_within(compare: Compare) -> None:
    """Taken one by one, 11 would take the only row that 10 can have."""
    expected, actual = [{"v": 11}, {"v": 10}], [{"v": 11}, {"v": 12}]

    assert compare(expected, actual, tolerance={"v": Decimal(1)}).passed
    assert not compare(expected, actual, tolerance={"v": Decimal(1)}, match=Match.ORDERED).passed


def test_many_rows_within_a_tolerance_are_not_all_tried_with_each_other(compare: Compare) -> None:
    """A wide bound for a busy machine: tried with each other, ten thousand rows take an hour."""
    expected = [{"v": Decimal(n)} for n in range(10_000)]
    actual = [{"v": Decimal(n) + CENT} for n in reversed(range(10_000))]
    started = process_time()

    assert compare(expected, actual, tolerance={"v": CENT}).passed
    wrong = compare(expected, [*actual[1:], {"v": None}], tolerance={"v": CENT})

    assert wrong.matched == 9_999
    assert process_time() - started < 60


NUMBERS = st.sampled_from([0, 1, Decimal("1.0"), Decimal("0.1"), 0.1, 1.5, float("nan"), "1", None])
ROWS = st.lists(st.fixed_dictionaries({"k": st.integers(0, 2)}, optional={"v": NUMBERS}), max_size=6)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, ROWS, st.sampled_from(Match))
def test_a_tolerance_of_zero_is_none(
    compare: Compare, expected: list[dict[str, object]], actual: list[dict[str, object]], match: Match
) -> None:
    columns = ["k", "v"]

    with_zero = compare(expected, actual, match=match, columns=columns, tolerance={"v": Decimal(0)})

    assert with_zero == compare(expected, actual, match=match, columns=columns)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, ROWS, st.sampled_from(Match))
def test_a_tolerance_never_makes_a_comparison_worse(
    compare: Compare, expected: list[dict[str, object]], actual: list[dict[str, object]], match: Match
) -> None:
    columns = ["k", "v"]

    if compare(expected, actual, match=match, columns=columns).passed:
        assert compare(expected, actual, match=match, columns=columns, tolerance={"v": CENT}).passed
