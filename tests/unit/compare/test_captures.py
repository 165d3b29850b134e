"""`<same NAME>`: the first use takes the value, the others must equal it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import permutations, product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.compare import Comparison, captures
from harness.compare.matchers import (
    Anything,
    Capture,
    JsonText,
    ListOf,
    RecordOf,
    Same,
    Unordered,
    is_matcher,
)
from harness.location import Location
from harness.result import FieldDifference, Kind
from harness.scenario.model import Match

Compare = Callable[..., Comparison]
Row = Mapping[str, object]
S = Same("s")


def fields(comparison: Comparison) -> list[tuple[str, str, str]]:
    found: list[FieldDifference] = [field for row in comparison.differences for field in row.fields]
    return [(field.field, field.expected, field.actual) for field in found]


def values(comparison: Comparison) -> dict[str, object]:
    return {name: capture.value for name, capture in comparison.captures.items()}


def test_rows_with_one_name_pass_where_they_have_one_value(compare: Compare) -> None:
    found = compare([{"id": 1, "s": S}, {"id": 2, "s": S}], [{"id": 2, "s": "abc"}, {"id": 1, "s": "abc"}])

    assert found.passed
    assert values(found) == {"s": "abc"}
    assert found.captures["s"].location.line == 1


def test_the_difference_names_the_name_its_value_and_the_line_that_gave_it(compare: Compare) -> None:
    expected = [{"id": 1, "s": S}, {"id": 2, "s": S}, {"id": 3, "s": S}]
    actual = [{"id": 1, "s": "abc"}, {"id": 2, "s": "xyz"}, {"id": 3, "s": "abc"}]

    found = compare(expected, actual, key=["id"])

    assert fields(found) == [("s", '<same s> (= "abc", from line 1)', '"xyz"')]
    assert found.differences[0].key == {"id": "2"}


def test_a_value_of_an_earlier_expectation_must_come_again(compare: Compare) -> None:
    earlier = {"s": Capture("abc", Location(Path("a.scenario.yaml"), 12))}

    assert compare([{"s": S}], [{"s": "abc"}], captures=earlier).passed
    found = compare([{"id": 1, "s": S}], [{"id": 1, "s": "xyz"}], key=["id"], captures=earlier)
    assert fields(found) == [("s", '<same s> (= "abc", from line 12)', '"xyz"')]
    assert values(found) == {"s": "abc"}


def test_names_do_not_mind_each_other(compare: Compare) -> None:
    expected = [{"a": S, "b": Same("t")}, {"a": S, "b": Same("u")}]

    found = compare(expected, [{"a": 1, "b": 2}, {"a": 1, "b": 2}])

    assert found.passed
    assert values(found) == {"s": 1, "t": 2, "u": 2}


def test_one_name_twice_in_a_row_needs_two_equal_values(compare: Compare) -> None:
    assert compare([{"a": S, "b": S}], [{"a": 1, "b": Decimal("1.0")}]).passed
    assert not compare([{"a": S, "b": S}], [{"a": 1, "b": 2}]).passed
    found = compare([{"id": 1, "a": S, "b": S}], [{"id": 1, "a": 1, "b": 2}], key=["id"])
    assert fields(found) == [("b", "<same s> (= 1, from line 1)", "2")]


def test_one_name_twice_in_a_list_needs_two_equal_values(compare: Compare) -> None:
    want = ListOf((S, S))

    assert compare([{"a": want}], [{"a": [1, 1]}]).passed
    assert not compare([{"a": want}], [{"a": [1, 2]}]).passed


def test_a_name_takes_null_but_nothing_where_nothing_is(compare: Compare) -> None:
    assert values(compare([{"a": S}], [{"a": None}])) == {"s": None}
    assert not compare([{"a": S}], [{}]).passed


@pytest.mark.parametrize("kind", [Match.EXACT, Match.CONTAINS, Match.ORDERED, Match.ORDERED_BY_KEY])
def test_names_hold_in_every_kind_of_match(compare: Compare, kind: Match) -> None:
    expected = [{"k": 1, "v": S}, {"k": 1, "v": Anything()}, {"k": 2, "v": S}]
    right = [{"k": 1, "v": "x"}, {"k": 1, "v": "y"}, {"k": 2, "v": "x"}]
    wrong = [*right[:2], {"k": 2, "v": "z"}]

    assert compare(expected, right, key=["k"], match=kind).passed
    assert not compare(expected, wrong, key=["k"], match=kind).passed


def test_in_order_the_value_is_that_of_the_row_in_its_place(compare: Compare) -> None:
    expected = [{"v": S}, {"v": "b"}, {"v": S}]

    assert values(compare(expected, [{"v": "a"}, {"v": "b"}, {"v": "a"}], match=Match.ORDERED)) == {"s": "a"}
    assert not compare(expected, [{"v": "a"}, {"v": "a"}, {"v": "b"}], match=Match.ORDERED).passed


@pytest.mark.parametrize(
    ("want", "there"),
    [
        (RecordOf({"id": S, "n": 1}), {"id": "x", "n": 1}),
        (ListOf((1, S)), [1, "x"]),
        (Unordered((S, 1)), [1, "x"]),
        (JsonText(RecordOf({"id": S})), '{"id": "x"}'),
        (RecordOf({"deep": ListOf((Unordered((RecordOf({"id": S}),)),))}), {"deep": [[{"id": "x"}]]}),
    ],
)
def test_names_inside_of_nested_values(compare: Compare, want: object, there: object) -> None:
    found = compare([{"a": want, "b": S}], [{"a": there, "b": "x"}])

    assert found.passed
    assert values(found) == {"s": "x"}
    assert not compare([{"a": want, "b": S}], [{"a": there, "b": "y"}]).passed


def test_an_unordered_list_gives_the_value_that_the_other_rows_need(compare: Compare) -> None:
    expected = [{"id": 1, "v": Unordered((S, Anything()))}, {"id": 2, "v": S}]

    assert values(compare(expected, [{"id": 1, "v": ["a", "b"]}, {"id": 2, "v": "b"}])) == {"s": "b"}


def test_a_first_choice_is_taken_back_where_it_leads_nowhere(compare: Compare) -> None:
    """The first row could be either; only with the second one do the others fit."""
    t = Same("t")
    expected = [{"a": S, "b": t}, {"a": t, "b": "end"}, {"a": S, "b": "start"}]
    actual = [{"a": 1, "b": 2}, {"a": 3, "b": 4}, {"a": 4, "b": "end"}, {"a": 3, "b": "start"}]

    found = compare(expected, actual, match=Match.CONTAINS)

    assert found.passed
    assert values(found) == {"s": 3, "t": 4}


def test_a_name_of_a_row_that_is_wrong_elsewhere_still_takes_its_value(compare: Compare) -> None:
    expected = [{"id": 1, "s": S, "v": 1}, {"id": 2, "s": S, "v": 1}]

    found = compare(expected, [{"id": 1, "s": "a", "v": 9}, {"id": 2, "s": "b", "v": 9}], key=["id"])

    assert values(found) == {"s": "a"}
    assert ("s", '<same s> (= "a", from line 1)', '"b"') in fields(found)


def test_many_rows_with_one_name_are_named_at_once(compare: Compare) -> None:
    expected = [{"id": n, "s": Same(f"n{n % 50}")} for n in range(1_000)]
    actual = [{"id": n, "s": f"v{n % 50}"} for n in range(1_000)]

    found = compare(expected, actual[::-1], key=["id"])

    assert found.passed
    assert found.notes == ()
    assert values(found)["n7"] == "v7"


def test_a_search_that_was_cut_short_says_so(compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captures, "MOST_STEPS", 10)
    expected = [{"a": Same(f"a{n}"), "b": Same(f"b{n % 3}")} for n in range(6)]

    found = compare(expected, [{"a": n, "b": n % 3} for n in range(6)])

    assert found.notes == (
        "there are too many ways to give the `<same ...>` names their values; not all were tried",
    )


CELLS = st.sampled_from([0, 1, 2, S, Same("t"), Anything()])
WANTED = st.fixed_dictionaries({"a": CELLS, "b": CELLS})
THERE = st.fixed_dictionaries({"a": st.integers(0, 2), "b": st.integers(0, 2)})


def fits_somehow(expected: Sequence[Row], actual: Sequence[Row], *, some_order: bool) -> bool:
    orders = permutations(actual) if some_order else [tuple(actual)]
    choices = [{"s": s, "t": t} for s, t in product(range(3), repeat=2)]

    def fits(want: object, value: object, chosen: Mapping[str, int]) -> bool:
        if isinstance(want, Same):
            return chosen[want.name] == value
        return is_matcher(want) or want == value

    return len(expected) == len(actual) and any(
        all(fits(want[c], have[c], chosen) for want, have in zip(expected, order, strict=True) for c in "ab")
        for order in orders
        for chosen in choices
    )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WANTED, max_size=4), st.lists(THERE, max_size=4), st.booleans())
def test_rows_pass_exactly_if_some_choice_of_values_fits(
    compare: Compare, expected: list[Row], actual: list[Row], ordered: bool
) -> None:
    found = compare(expected, actual, match=Match.ORDERED if ordered else Match.EXACT)

    assert found.passed == fits_somehow(expected, actual, some_order=not ordered)
    if found.passed:
        # What was taken is enough to pass again.
        match = Match.ORDERED if ordered else Match.EXACT
        assert compare(expected, actual, match=match, captures=found.captures).passed
    kinds = [d.kind for d in found.differences]
    changed = kinds.count(Kind.CHANGED) + kinds.count(Kind.ORDER)
    assert found.matched + changed + kinds.count(Kind.MISSING) == len(expected)
