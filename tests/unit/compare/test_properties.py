"""What must hold for any rows; small pools of values make equal and half-equal rows likely."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import permutations
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.compare import Comparison, bag
from harness.compare.matchers import Anything, NotNull, OneOf, Range, fits
from harness.compare.pairing import least_cost
from harness.result import Kind
from harness.scenario.model import Match, Mode

Compare = Callable[..., Comparison]
Row = dict[str, object]
VALUES = st.sampled_from([None, 0, 1, "1", True, "a", 1.5])
MATCHERS = st.sampled_from([Anything(), NotNull(), OneOf((1, "a")), OneOf((0, None))])
ACTUAL = st.fixed_dictionaries({"k": st.sampled_from([0, 1, "a"])}, optional={"v": VALUES, "w": VALUES})
PATTERN = st.fixed_dictionaries({"k": VALUES | MATCHERS}, optional={"v": VALUES | MATCHERS, "w": VALUES})
COLUMNS = ["k", "v", "w"]
KEYS = st.sampled_from([[], ["k"]])
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def all_fit(expected: Sequence[Row], actual: Sequence[Row]) -> bool:
    return all(
        fits(want[c], have.get(c), c in have) if c in want else c not in have
        for want, have in zip(expected, actual, strict=True)
        for c in COLUMNS
    )


def some_order_fits(expected: Sequence[Row], actual: Sequence[Row]) -> bool:
    if len(expected) != len(actual):
        return False
    return any(all_fit(expected, order) for order in permutations(actual))


@quick
@given(st.lists(PATTERN, max_size=5), st.lists(ACTUAL, max_size=5), KEYS)
def test_the_verdict_is_that_of_trying_every_order(
    compare: Compare, expected: list[Row], actual: list[Row], key: list[str]
) -> None:
    assert compare(expected, actual, key=key, columns=COLUMNS).passed == some_order_fits(expected, actual)


RANGES = st.builds(
    lambda low, high: Range(low, high, f"between {low} and {high}"),
    st.sampled_from([None, Decimal(0), Decimal(1)]),
    st.sampled_from([None, Decimal(1), Decimal("1.5")]),
)


@quick
@given(
    st.lists(st.fixed_dictionaries({"v": RANGES | VALUES}), max_size=4),
    st.lists(st.fixed_dictionaries({"v": VALUES}), max_size=4),
)
def test_ranges_find_their_rows_by_an_index(compare: Compare, expected: list[Row], actual: list[Row]) -> None:
    possible = len(expected) == len(actual) and any(
        all(fits(want["v"], have["v"]) for want, have in zip(expected, order, strict=True))
        for order in permutations(actual)
    )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bag, "_MANY", 0)
        assert compare(expected, actual).passed == possible


@quick
@given(st.lists(PATTERN, max_size=3), st.lists(ACTUAL, max_size=5))
def test_contains_passes_exactly_if_some_of_the_rows_fit(
    compare: Compare, expected: list[Row], actual: list[Row]
) -> None:
    possible = any(all_fit(expected, some) for some in permutations(actual, len(expected)))

    assert compare(expected, actual, columns=COLUMNS, match=Match.CONTAINS).passed == possible


@quick
@given(st.lists(PATTERN, max_size=4), st.lists(ACTUAL, max_size=4))
def test_ordered_passes_exactly_if_row_by_row_fits(
    compare: Compare, expected: list[Row], actual: list[Row]
) -> None:
    possible = len(expected) == len(actual) and all_fit(expected, actual)

    assert compare(expected, actual, columns=COLUMNS, match=Match.ORDERED).passed == possible


@quick
@given(st.lists(PATTERN, max_size=8), st.lists(ACTUAL, max_size=8), KEYS, st.randoms(use_true_random=False))
def test_the_order_of_rows_never_changes_an_unordered_verdict(
    compare: Compare, expected: list[Row], actual: list[Row], key: list[str], random: Random
) -> None:
    before = compare(expected, actual, key=key, columns=COLUMNS)
    random.shuffle(expected)
    random.shuffle(actual)
    after = compare(expected, actual, key=key, columns=COLUMNS)

    assert before.passed == after.passed
    assert before.matched == after.matched


@quick
@given(st.lists(ACTUAL, max_size=8), KEYS, st.sampled_from(Mode), st.randoms(use_true_random=False))
def test_equal_bags_pass(
    compare: Compare, rows: list[Row], key: list[str], mode: Mode, random: Random
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)

    found = compare(rows, shuffled, key=key, mode=mode, columns=COLUMNS, all_columns=True)

    assert found.passed
    assert found.matched == len(rows)


@quick
@given(st.lists(ACTUAL, min_size=1, max_size=8), KEYS, st.data())
def test_a_row_that_was_taken_away_is_missing(
    compare: Compare, rows: list[Row], key: list[str], data: st.DataObject
) -> None:
    gone = data.draw(st.integers(0, len(rows) - 1))

    found = compare(rows, rows[:gone] + rows[gone + 1 :], key=key, columns=COLUMNS)

    assert [d.kind for d in found.differences] == [Kind.MISSING]
    assert found.matched == len(rows) - 1


@quick
@given(st.lists(ACTUAL, min_size=1, max_size=8), KEYS, st.data())
def test_a_row_that_is_there_once_more_is_a_duplicate(
    compare: Compare, rows: list[Row], key: list[str], data: st.DataObject
) -> None:
    again = data.draw(st.sampled_from(rows))

    found = compare(rows, [*rows, again], key=key, columns=COLUMNS)

    assert [d.kind for d in found.differences] == [Kind.DUPLICATE]


@quick
@given(st.lists(PATTERN, max_size=8), st.lists(ACTUAL, max_size=8), KEYS, st.sampled_from(Match))
def test_every_row_is_accounted_for_exactly_once(
    compare: Compare, expected: list[Row], actual: list[Row], key: list[str], match: Match
) -> None:
    found = compare(expected, actual, key=key, match=match, columns=COLUMNS)

    kinds = [d.kind for d in found.differences]
    paired = kinds.count(Kind.CHANGED) + kinds.count(Kind.ORDER)
    surplus = kinds.count(Kind.UNEXPECTED) + kinds.count(Kind.DUPLICATE)
    assert found.matched + paired + kinds.count(Kind.MISSING) == len(expected)
    if match is Match.CONTAINS:
        assert surplus == 0
    else:
        assert found.matched + paired + surplus == len(actual)


@quick
@given(st.lists(PATTERN, max_size=8), st.lists(ACTUAL, max_size=8), KEYS, st.sampled_from(Match))
def test_there_are_never_more_differences_than_rows(
    compare: Compare, expected: list[Row], actual: list[Row], key: list[str], match: Match
) -> None:
    found = compare(expected, actual, key=key, match=match, columns=COLUMNS)

    told = {kind: found.kinds.get(kind, 0) for kind in Kind}
    assert told[Kind.MISSING] + told[Kind.CHANGED] + told[Kind.ORDER] <= len(expected)
    assert told[Kind.UNEXPECTED] + told[Kind.CHANGED] + told[Kind.DUPLICATE] <= len(actual)
    assert found.count == len(found.differences)


@quick
@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_the_pairing_is_the_cheapest(rows: int, columns: int, data: st.DataObject) -> None:
    costs = data.draw(
        st.lists(
            st.lists(st.integers(0, 9), min_size=columns, max_size=columns), min_size=rows, max_size=rows
        )
    )

    pairs = least_cost(costs)

    short, long = min(rows, columns), max(rows, columns)
    turned = costs if rows <= columns else [list(c) for c in zip(*costs, strict=True)]
    best = min(sum(turned[a][b] for a, b in enumerate(p)) for p in permutations(range(long), short))
    assert len(pairs) == short
    assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == short
    assert sum(costs[a][b] for a, b in pairs) == best
