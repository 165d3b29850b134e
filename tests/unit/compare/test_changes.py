"""Changes: in order per key, the keys among each other in any order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare import ActualRow, Comparison, ExpectedRow, compare_changes, volume
from harness.compare.alignment import GAP, align
from harness.compare.matchers import Anything, Same
from harness.location import Location
from harness.report.failure import _difference
from harness.report.lines import plain_text
from harness.result import Kind
from harness.scenario.model import Match

Row = Mapping[str, object]
FILE = Path("a.scenario.yaml")


def change(op: str, word: object, count: object) -> Row:
    return {"$op": op, "word": word, "n": count}


def compare(
    expected: Sequence[Row],
    actual: Sequence[Row],
    key: Sequence[str] = ("word",),
    match: Match = Match.EXACT,
    tolerance: Mapping[str, Decimal] | None = None,
) -> Comparison:
    return compare_changes(
        [ExpectedRow(row, Location(FILE, line)) for line, row in enumerate(expected, 1)],
        [ActualRow(row, f"printed@{place}") for place, row in enumerate(actual)],
        key=key,
        match=match,
        all_columns=False,
        tolerance=tolerance,
    )


TO = [change("insert", "to", 1), change("update_before", "to", 1), change("update_after", "to", 2)]
BE = [change("insert", "be", 1), change("delete", "be", 1)]


def told(found: Comparison) -> list[tuple[Kind, str, int | None]]:
    return [(d.kind, d.key.get("word", ""), d.position) for d in found.differences]


def test_the_order_between_keys_does_not_count() -> None:
    mixed = [BE[0], TO[0], TO[1], BE[1], TO[2]]

    assert compare([*TO, *BE], mixed).passed
    assert compare([*TO, *BE], mixed).matched == 5
    assert not compare([*TO, *BE], mixed, match=Match.ORDERED).passed


def test_the_order_of_one_key_counts() -> None:
    found = compare(TO, [TO[1], TO[0], TO[2]])

    assert [kind for kind, _, _ in told(found)] == [Kind.ORDER]


def test_a_difference_names_the_key_the_position_and_both_sides() -> None:
    found = compare([*TO, *BE], [*TO[:2], change("update_after", "to", 3), *BE])

    (difference,) = found.differences
    assert told(found) == [(Kind.CHANGED, '"to"', 3)]
    assert [(f.field, f.expected, f.actual) for f in difference.fields] == [("n", "2", "3")]
    assert plain_text(_difference(difference)).splitlines() == [
        '    changed     change 3 of word = "to"                                   a.scenario.yaml:3',
        "        n  expected 2  is 3",
    ]


def test_one_change_too_many_does_not_make_all_behind_it_wrong() -> None:
    again = [TO[0], change("delete", "to", 7), *TO[1:]]

    assert told(compare(TO, again)) == [(Kind.UNEXPECTED, '"to"', 2)]
    assert told(compare(again, TO)) == [(Kind.MISSING, '"to"', 2)]


def test_the_same_change_twice_is_one_too_many() -> None:
    assert told(compare(TO, [*TO, TO[2]])) == [(Kind.UNEXPECTED, '"to"', 4)]


def test_an_insert_is_not_an_update() -> None:
    found = compare([change("insert", "a", 1)], [change("update_after", "a", 1)])

    (difference,) = found.differences
    assert [(f.field, f.expected, f.actual) for f in difference.fields] == [
        ("$op", '"insert"', '"update_after"')
    ]


def test_a_key_that_was_not_expected_is_told_change_by_change() -> None:
    found = compare(TO, [*TO, *BE])

    assert told(found) == [(Kind.UNEXPECTED, '"be"', 1), (Kind.UNEXPECTED, '"be"', 2)]


def test_contains_wants_the_changes_of_a_key_in_order_with_others_between() -> None:
    within = Match.CONTAINS

    assert compare([TO[0], TO[2]], [BE[0], *TO, *BE], match=within).passed
    assert not compare([TO[2], TO[0]], [*TO, *BE], match=within).passed
    assert compare([TO[2], BE[0]], [*BE, *TO], match=within).passed
    missing = compare([*TO, change("delete", "to", 2)], [*TO, *BE], match=within)
    assert (missing.matched, [d.kind for d in missing.differences]) == (3, [Kind.MISSING])


def test_without_a_key_all_changes_are_one_sequence() -> None:
    assert compare([*TO, *BE], [*TO, *BE], key=()).passed
    assert not compare([*TO, *BE], [*BE, *TO], key=()).passed
    assert not compare([*TO, *BE], [*BE, *TO], key=("not compared",)).passed


@pytest.mark.parametrize("match", [Match.EXACT, Match.CONTAINS, Match.ORDERED])
def test_names_hold_across_changes(match: Match) -> None:
    expected = [change("insert", "a", Same("n")), change("delete", "a", Same("n"))]

    assert compare(expected, [change("insert", "a", 5), change("delete", "a", 5)], match=match).passed
    assert not compare(expected, [change("insert", "a", 5), change("delete", "a", 6)], match=match).passed


def test_contains_finds_the_value_of_a_name_that_fits_later() -> None:
    expected = [change("insert", "a", Same("n")), change("delete", "a", Same("n"))]
    actual = [change("insert", "a", 1), change("insert", "a", 2), change("delete", "a", 2)]

    found = compare(expected, actual, match=Match.CONTAINS)

    assert found.passed
    assert found.captures["n"].value == 2


def test_matchers_and_tolerances_work_in_changes() -> None:
    expected = [change("insert", "a", Anything()), change("delete", "a", 1.0)]

    assert compare(expected, [change("insert", "a", None), change("delete", "a", 1.0)]).passed
    wrong = [change("insert", "a", None), change("delete", "a", 1.01)]
    assert not compare(expected, wrong).passed
    assert compare(expected, wrong, tolerance={"n": Decimal("0.01")}).passed


OPS = st.sampled_from(["insert", "update_before", "update_after", "delete"])
CHANGES = st.lists(st.builds(change, OPS, st.sampled_from(["a", "b"]), st.integers(0, 1)), max_size=7)


def by_word(rows: Sequence[Row]) -> dict[object, list[Row]]:
    groups: dict[object, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["word"], []).append(row)
    return groups


def is_within(some: Sequence[Row], rows: Sequence[Row]) -> bool:
    left = iter(rows)
    return all(any(row == other for other in left) for row in some)


@settings(max_examples=300, deadline=None)
@given(CHANGES, CHANGES)
def test_the_verdict_is_that_of_comparing_key_by_key(expected: list[Row], actual: list[Row]) -> None:
    ours, theirs = by_word(expected), by_word(actual)

    assert compare(expected, actual).passed == (ours == theirs)
    within = all(is_within(rows, theirs.get(word, [])) for word, rows in ours.items())
    assert compare(expected, actual, match=Match.CONTAINS).passed == within


@settings(max_examples=300, deadline=None)
@given(CHANGES, CHANGES, st.sampled_from([Match.EXACT, Match.CONTAINS, Match.ORDERED]))
def test_every_change_is_accounted_for_once(expected: list[Row], actual: list[Row], match: Match) -> None:
    found = compare(expected, actual, match=match)

    kinds = [d.kind for d in found.differences]
    paired = found.matched + kinds.count(Kind.CHANGED) + kinds.count(Kind.ORDER)
    assert paired + kinds.count(Kind.MISSING) == len(expected)
    if match is Match.CONTAINS:
        assert Kind.UNEXPECTED not in kinds
    else:
        assert paired + kinds.count(Kind.UNEXPECTED) == len(actual)


@settings(max_examples=200, deadline=None)
@given(CHANGES, CHANGES, st.sampled_from([Match.EXACT, Match.CONTAINS]))
def test_changes_by_the_million_have_the_same_verdict(
    expected: list[Row], actual: list[Row], match: Match
) -> None:
    plain = compare(expected, actual, match=match)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.compare.comparison.MOST_IN_MEMORY", 0)
        streamed = compare(expected, actual, match=match)
        patch.setattr(volume, "MOST_IN_MEMORY", 2)
        shared = compare(expected, actual, match=match)

    assert streamed == plain
    assert shared.passed == plain.passed


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=5), st.lists(st.integers(0, 3), max_size=5), st.booleans())
def test_sequences_are_laid_side_by_side_as_cheaply_as_can_be(
    one: list[int], other: list[int], free: bool
) -> None:
    surplus = 0.0 if free else GAP

    def cost(i: int, j: int) -> float:
        return abs(one[i] - other[j]) * 1.0

    def cheapest(a: int, b: int) -> float:
        if a == len(one):
            return surplus * (len(other) - b)
        if b == len(other):
            return GAP * (len(one) - a)
        paired = cost(a, b) + cheapest(a + 1, b + 1)
        return min(paired, GAP + cheapest(a + 1, b), surplus + cheapest(a, b + 1))

    steps = align(range(len(one)), range(len(other)), cost, free=free)

    assert [i for i, _ in steps if i is not None] == list(range(len(one)))
    assert [j for _, j in steps if j is not None] == list(range(len(other)))
    total = sum(
        cost(i, j) if i is not None and j is not None else (GAP if j is None else surplus) for i, j in steps
    )
    assert total == cheapest(0, 0)
