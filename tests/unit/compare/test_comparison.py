from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from time import process_time

import pytest

from harness.codecs.json_format import decode
from harness.compare import ActualRow, Comparison, ExpectedRow, compare_rows, problems_of
from harness.compare.matchers import Anything, Range
from harness.location import Location
from harness.result import Kind
from harness.scenario.model import Match, Mode

Compare = Callable[..., Comparison]
HERE = Location(Path("a.scenario.yaml"), 1)


def kinds(comparison: Comparison) -> list[Kind]:
    return [difference.kind for difference in comparison.differences]


def test_a_changed_row_tells_its_key_its_fields_its_line_and_its_record(compare: Compare) -> None:
    found = compare(
        [{"id": "t0", "amount": 1}, {"id": "t1", "amount": Decimal("13.50")}],
        [{"id": "t1", "amount": Decimal("12.50"), "by": "x"}, {"id": "t0", "amount": Decimal("1.00")}],
        key=["id"],
        mode=Mode.UPSERT,
    )

    (difference,) = found.differences
    assert difference.kind is Kind.CHANGED
    assert difference.key == {"id": '"t1"'}
    assert [(f.field, f.expected, f.actual) for f in difference.fields] == [("amount", "13.50", "12.50")]
    assert difference.row == {"id": '"t1"', "amount": "12.50", "by": '"x"'}
    assert difference.location == Location(Path("a.scenario.yaml"), 2)
    assert difference.origin == "out[0]@0"
    assert found.matched == 1


def test_a_missing_row_shows_its_matchers(compare: Compare) -> None:
    found = compare([{"id": Anything(), "v": 1}], [], key=["id"])

    assert found.differences[0].key == {"id": "<any>"}
    assert found.differences[0].row == {"id": "<any>", "v": "1"}


def test_different_types_differ_on_paper(compare: Compare) -> None:
    found = compare([{"id": 1, "a": 1, "b": 0.1}], [{"id": 1, "a": "1", "b": Decimal("0.1")}], key=["id"])

    fields = found.differences[0].fields
    assert (fields[0].expected, fields[0].actual) == ("1", '"1"')
    assert (fields[1].expected, fields[1].actual) == ("0.1 (float)", "0.1 (decimal)")


def test_without_a_key_rows_are_paired_to_differ_least(compare: Compare) -> None:
    found = compare(
        [{"a": "x", "b": 1, "c": 1}, {"a": "x", "b": 2, "c": 2}],
        [{"a": "x", "b": 2, "c": 9}, {"a": "x", "b": 1, "c": 8}],
    )

    assert [[(f.expected, f.actual) for f in d.fields] for d in found.differences] == [
        [("1", "8")],
        [("2", "9")],
    ]


def test_without_a_key_rows_with_little_in_common_are_not_paired(compare: Compare) -> None:
    found = compare([{"a": 1, "b": 1, "c": None}], [{"a": 2, "b": 2, "c": None}])

    assert kinds(found) == [Kind.MISSING, Kind.UNEXPECTED]


def test_a_head_without_the_key_pairs_all_rows(compare: Compare) -> None:
    found = compare([{"a": 1, "b": 2}], [{"id": 7, "a": 1, "b": 3}], key=["id"], mode=Mode.UPSERT)

    assert kinds(found) == [Kind.CHANGED]


def test_rows_with_different_keys_are_never_paired(compare: Compare) -> None:
    found = compare([{"id": 1, "a": 1, "b": 1}], [{"id": 2, "a": 1, "b": 1}], key=["id"])

    assert kinds(found) == [Kind.MISSING, Kind.UNEXPECTED]


def test_rows_with_one_key_are_paired_to_differ_least(compare: Compare) -> None:
    found = compare(
        [{"k": "a", "x": 1, "y": 1}, {"k": "a", "x": 2, "y": 2}],
        [{"k": "a", "x": 2, "y": 3}, {"k": "a", "x": 1, "y": 4}],
        key=["k"],
    )

    assert [[f.field for f in d.fields] for d in found.differences] == [["y"], ["y"]]


def test_a_matcher_in_the_key_pairs_what_it_takes(compare: Compare) -> None:
    wanted = Range(Decimal(1), Decimal(5), "between 1 and 5")

    found = compare([{"k": wanted, "v": 1}], [{"k": 9, "v": 1}, {"k": 3, "v": 2}], key=["k"])

    assert kinds(found) == [Kind.CHANGED, Kind.UNEXPECTED]
    assert found.differences[0].key == {"k": "3"}


def test_surplus_rows_of_an_upsert_sink_are_different_rows(compare: Compare) -> None:
    found = compare([{"a": 1}], [{"id": 1, "a": 1}, {"id": 2, "a": 1}], key=["id"], mode=Mode.UPSERT)

    assert kinds(found) == [Kind.UNEXPECTED]


def test_one_more_row_of_nothing_but_anything_is_unexpected(compare: Compare) -> None:
    assert kinds(compare([{"a": Anything()}], [{"a": 1}, {"a": 2}])) == [Kind.UNEXPECTED]


def test_contains_does_not_mind_more(compare: Compare) -> None:
    actual = [{"v": 1}, {"v": 2}, {"v": 2}]

    assert compare([{"v": 2}], actual, match=Match.CONTAINS).passed
    assert compare([], actual, match=Match.CONTAINS).passed


def test_contains_needs_each_expected_row_once(compare: Compare) -> None:
    found = compare([{"v": 2}, {"v": 2}, {"v": 3}], [{"v": 1}, {"v": 2}], match=Match.CONTAINS)

    assert kinds(found) == [Kind.MISSING, Kind.MISSING]
    assert found.matched == 1


def test_contains_explains_a_changed_row(compare: Compare) -> None:
    found = compare(
        [{"id": 1, "v": 1}], [{"id": 1, "v": 2}, {"id": 2, "v": 1}], key=["id"], match=Match.CONTAINS
    )

    assert kinds(found) == [Kind.CHANGED]


def test_ordered_needs_every_row_in_its_place(compare: Compare) -> None:
    rows = [{"v": "a"}, {"v": "b"}, {"v": "a"}]

    assert compare(rows, rows, match=Match.ORDERED).passed
    assert kinds(compare(rows, [rows[0], rows[2], rows[1]], match=Match.ORDERED)) == [Kind.ORDER]
    assert kinds(compare(rows, rows[:2], match=Match.ORDERED)) == [Kind.MISSING]
    assert kinds(compare(rows, [{"v": "x"}, *rows], match=Match.ORDERED)) == [Kind.UNEXPECTED]


def test_ordered_with_matchers_holds_each_against_its_own_row(compare: Compare) -> None:
    expected = [{"v": Anything()}, {"v": 1}]

    assert compare(expected, [{"v": 2}, {"v": 1}], match=Match.ORDERED).passed
    assert not compare(expected, [{"v": 1}, {"v": 2}], match=Match.ORDERED).passed


def test_ordered_by_key_minds_the_order_of_each_key_only(compare: Compare) -> None:
    expected = [{"k": "a", "v": 1}, {"k": "a", "v": 2}, {"k": "b", "v": 1}, {"k": "b", "v": 2}]
    mixed = [expected[2], expected[0], expected[3], expected[1]]
    wrong = [expected[3], expected[0], expected[2], expected[1]]

    assert compare(expected, mixed, key=["k"], match=Match.ORDERED_BY_KEY).passed
    found = compare(expected, wrong, key=["k"], match=Match.ORDERED_BY_KEY)
    assert kinds(found) == [Kind.ORDER]
    assert found.differences[0].key == {"k": '"b"'}
    assert found.matched == 3


def test_ordered_by_key_sees_a_key_that_was_not_expected(compare: Compare) -> None:
    found = compare([{"k": "a"}], [{"k": "b"}, {"k": "a"}], key=["k"], match=Match.ORDERED_BY_KEY)

    assert kinds(found) == [Kind.UNEXPECTED]


def test_nested_columns_reach_into_records(compare: Compare) -> None:
    actual = [{"a": {"b": 1, "c": 2}, "$headers.x": "y", "$key": {"id": 7}}]

    assert compare([{"a.b": 1, "$headers.x": "y", "$key.id": 7}], actual).passed
    assert not compare([{"a.b": 2}], actual).passed
    assert not compare([{"a.z": None}], actual).passed


def test_all_columns_looks_into_records_but_not_at_what_is_about_the_record(compare: Compare) -> None:
    actual = [{"a": {"b": 1, "c": 2}, "$at": 1}]

    found = compare([{"a.b": 1}], actual, all_columns=True)

    assert compare([{"a.b": 1, "a.c": 2}], actual, all_columns=True).passed
    assert compare([{"a": {"b": 1, "c": 2}}], actual, all_columns=True).passed
    assert [f.field for f in found.differences[0].fields] == ["a.c"]


def test_differences_come_in_the_order_of_the_file_then_of_the_records(compare: Compare) -> None:
    found = compare(
        [{"id": 3, "v": 1}, {"id": 1, "v": 1}, {"id": 2, "v": 1}],
        [{"id": 9, "v": 1}, {"id": 2, "v": 2}, {"id": 8, "v": 1}],
        key=["id"],
    )

    assert [d.key["id"] for d in found.differences] == ["3", "1", "2", "9", "8"]


def test_a_field_that_the_head_lacks_is_compared_all_the_same(compare: Compare) -> None:
    assert not compare([{"id": 1, "v": 1}], [{"id": 1, "v": 2}], columns=["id"]).passed


def test_the_deepest_values_that_can_be_decoded_can_be_compared(compare: Compare) -> None:
    one, other = (decode(b'{"v":' + b"[" * 199 + end + b"]" * 199 + b"}") for end in (b"1", b"2"))

    assert compare([one], [one]).passed
    assert kinds(compare([one], [other], all_columns=True)) == [Kind.MISSING, Kind.UNEXPECTED]


def test_unhashable_values_of_a_driver_are_compared_by_their_text(compare: Compare) -> None:
    class Odd:
        __hash__ = None  # type: ignore[assignment]

        def __repr__(self) -> str:
            return "odd"

    assert compare([{"v": Odd()}], [{"v": Odd()}]).passed


def problems(
    expected: list[dict[str, object]],
    match: Match = Match.EXACT,
    mode: Mode = Mode.UPSERT,
    key: tuple[str, ...] = ("id",),
) -> list[tuple[str, str | None]]:
    rows = [ExpectedRow(values, Location(Path("a"), line)) for line, values in enumerate(expected, 1)]
    found = problems_of(rows, columns=["id", "v"], key=key, mode=mode, match=match, location=HERE)
    return [(problem.message, problem.hint) for problem in found]


def test_two_expected_rows_with_one_key_are_a_problem_for_upsert_only() -> None:
    rows: list[dict[str, object]] = [{"id": 1, "v": 1}, {"id": Decimal("1.0"), "v": 2}]

    assert problems(rows) == [
        ("id = 1.0 is expected twice", "the first is on line 1; the sink holds one row per key")
    ]
    assert problems(rows, mode=Mode.APPEND) == []
    assert problems([{"id": Anything()}, {"id": Anything()}]) == []


def test_ordered_by_key_needs_a_key_without_matchers() -> None:
    by_key = Match.ORDERED_BY_KEY

    assert [m for m, _ in problems([], by_key, key=())] == ["the sink has no key"]
    assert [m for m, _ in problems([], by_key, key=("id", "x"))] == [
        "`ordered_by_key` needs `x` among the columns"
    ]
    assert [m for m, _ in problems([{"id": Anything()}], by_key)] == [
        "`<any>` in a key column cannot be ordered by key"
    ]


def test_a_tolerance_is_for_a_column_that_is_no_key() -> None:
    def of(*tolerance: str) -> list[tuple[str, str | None]]:
        found = problems_of(
            [],
            columns=["id", "stats.avg", "place"],
            key=("id",),
            mode=Mode.UPSERT,
            match=Match.EXACT,
            location=HERE,
            tolerance=tolerance,
        )
        return [(problem.message, problem.hint) for problem in found]

    assert of("stats.avg", "place", "place.latitude") == []
    assert of("id") == [("`id` is in the key, and a key is equal or not", "leave it out of `tolerance`")]
    assert of("stats.avgg", "stats") == [
        ("the tolerance of `stats.avgg` is for no column", "did you mean `stats.avg`?"),
        ("the tolerance of `stats` is for no column", "did you mean `stats.avg`?"),
    ]


def test_changes_of_one_key_may_be_many_but_the_key_must_be_written_out() -> None:
    def of(first: object) -> list[str]:
        rows = [ExpectedRow({"id": first}, HERE), ExpectedRow({"id": 1}, Location(Path("a"), 2))]
        found = problems_of(
            rows,
            columns=["id"],
            key=("id",),
            mode=Mode.UPSERT,
            match=Match.EXACT,
            location=HERE,
            changes=True,
        )
        return [problem.message for problem in found]

    assert of(1) == []
    assert of(Anything()) == ["`<any>` in a key column cannot be ordered by key"]


@pytest.mark.parametrize("key", [["id"], []])
def test_many_rows_take_no_more_than_seconds(key: list[str]) -> None:
    """A wide bound for a busy machine; what is measured belongs to the benchmarks."""
    rows = [{"id": f"t{n}", "n": n, "amount": Decimal(n) / 100} for n in range(20_000)]
    expected = [ExpectedRow(row, HERE) for row in rows]
    changed = [ActualRow({**row, "amount": None}) for row in rows[::-1]]
    alien = [ActualRow({"id": "z", "n": -1, "amount": None})] * 20_000

    started = process_time()
    for actual, same in ((changed, 2), (alien, 0)):
        found = compare_rows(
            expected, actual, key=key, mode=Mode.APPEND, match=Match.EXACT, all_columns=False
        )
        assert len(found.differences) == (20_000 if same else 40_000)

    assert process_time() - started < 60
