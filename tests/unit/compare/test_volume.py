"""Rows by the million are held against each other as a few are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness.codecs.paths import ABSENT
from harness.compare import ActualRow, ExpectedRow, volume
from harness.compare.elimination import eliminate
from harness.compare.equality import canonical
from harness.compare.fingerprint import Opaque, encode
from harness.compare.matchers import Anything, NotNull, OneOf, Same
from harness.compare.stream import Prints
from harness.compare.terms import Terms
from harness.compare.tolerance import Tolerance
from harness.compare.volume import compare_in_memory, compare_streams
from harness.compare.work import Outcome
from harness.location import Location
from harness.result import Kind
from harness.scenario.model import Match, Mode

Row = Mapping[str, object]
FILE = Path("a.scenario.yaml")
T = datetime(2026, 3, 1, 12, tzinfo=UTC)
VALUES = st.sampled_from([None, 0, 1, "1", True, "a", 1.5, Decimal("1.50"), [1], {"n": 1}])
MATCHERS = st.sampled_from([Anything(), NotNull(), OneOf((1, "a")), OneOf((0, None))])
ACTUAL = st.fixed_dictionaries({"k": st.sampled_from([0, 1, "a"])}, optional={"v": VALUES, "w": VALUES})
PATTERN = st.fixed_dictionaries(
    {"k": VALUES}, optional={"v": VALUES | MATCHERS, "w": VALUES, "x.y": st.just(ABSENT)}
)
quick = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Walked:
    """Rows that can only be walked through."""

    def __init__(self, rows: Sequence[ActualRow]) -> None:
        self._rows = rows
        self.walks = 0

    def __iter__(self) -> Iterator[ActualRow]:
        self.walks += 1
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def terms(
    key: Sequence[str] = (),
    match: Match = Match.EXACT,
    mode: Mode = Mode.APPEND,
    columns: Sequence[str] = ("k", "v", "w"),
    tolerance: Mapping[str, Decimal] | None = None,
    *,
    all_columns: bool = False,
) -> Terms:
    return Terms(
        columns=tuple(columns),
        key=tuple(key),
        mode=mode,
        match=match,
        all_columns=all_columns,
        tolerance=Tolerance(tolerance or {}, ()),
        captures={},
    )


def wanted(rows: Sequence[Row]) -> list[ExpectedRow]:
    return [
        ExpectedRow({n: v for n, v in row.items() if v is not ABSENT}, Location(FILE, line))
        for line, row in enumerate(rows, 1)
    ]


def there(rows: Sequence[Row]) -> list[ActualRow]:
    return [ActualRow(row, f"out[0]@{offset}") for offset, row in enumerate(rows)]


def told(outcome: Outcome) -> tuple[object, ...]:
    return (
        outcome.matched,
        outcome.tally.kinds,
        outcome.tally.differences(),
        {name: capture.value for name, capture in outcome.captures.items()},
    )


@quick
@given(
    st.lists(PATTERN, max_size=7),
    st.lists(ACTUAL, max_size=7),
    st.sampled_from([[], ["k"]]),
    st.sampled_from(Match),
    st.booleans(),
    st.sampled_from([("k", "v", "w"), ("v",), ()]),
)
def test_a_stream_and_a_list_have_the_same_differences(
    expected: list[Row],
    actual: list[Row],
    key: list[str],
    match: Match,
    all_columns: bool,
    columns: tuple[str, ...],
) -> None:
    how = terms(key, match, columns=columns, all_columns=all_columns)

    plain = compare_in_memory(wanted(expected), there(actual), how)

    assert told(compare_streams(wanted(expected), there(actual), how)) == told(plain)
    assert told(compare_streams(wanted(expected), Walked(there(actual)), how)) == told(plain)


@quick
@given(
    st.lists(PATTERN, max_size=9),
    st.lists(ACTUAL, max_size=9),
    st.sampled_from([[], ["k"]]),
    st.sampled_from(Match),
)
def test_rows_in_shares_have_the_verdict_of_all_at_once(
    monkeypatch: pytest.MonkeyPatch, expected: list[Row], actual: list[Row], key: list[str], match: Match
) -> None:
    how = terms(key, match)
    plain = compare_in_memory(wanted(expected), there(actual), how)
    monkeypatch.setattr(volume, "MOST_IN_MEMORY", 2)

    found = compare_streams(wanted(expected), there(actual), how)

    assert bool(found.tally.count) == bool(plain.tally.count)
    if match is not Match.ORDERED_BY_KEY or key:
        assert found.matched == plain.matched


@quick
@given(st.lists(PATTERN, max_size=6), st.lists(ACTUAL, max_size=6), st.sampled_from([[], ["k"]]))
def test_a_tolerance_holds_in_streams(expected: list[Row], actual: list[Row], key: list[str]) -> None:
    how = terms(key, tolerance={"v": Decimal("0.5")})

    assert told(compare_streams(wanted(expected), there(actual), how)) == told(
        compare_in_memory(wanted(expected), there(actual), how)
    )


SCALARS = st.sampled_from(
    [
        *(None, True, False, 0, 1, -1, -2, 2**61 - 1, 2**63 - 1, 3, 10**40, 10**50, 12, 120),
        *("", "a", "0", "1", "None", "True", "nan"),
        *(b"", b"a", b"0"),
        *(
            Decimal(n)
            for n in ("0", "-0.00", "1.0", "0.5", "0.1", "12.50", "1.2E+2", "NaN", "Infinity", "1E+40")
        ),
        *(0.0, -0.0, 0.5, 0.1, 1.0, 12.5, 1e40, float("nan"), float("inf"), float("-inf")),
        *(T, T.replace(tzinfo=None), T.astimezone(timezone(timedelta(hours=2))), T.date(), T.time()),
        *(date(1, 1, 1), datetime.min, datetime.max, time(0), UUID(int=0), UUID(int=1), ABSENT),  # noqa: DTZ901
    ]
)
NESTED = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=600, deadline=None)
@given(NESTED, NESTED)
@example(-1, -2)
@example(3, 2**63 - 1)
@example(0, 2**61 - 1)
@example(Decimal("0.1"), 0.1)
@example([], {})
@example(10**5000, Decimal(10**5000) + 1)
@example(1200, Decimal("1.2E+3"))
@example([1, 2], [2, 1])
@example({"a": None}, {})
def test_encodings_are_equal_exactly_if_the_values_are(one: object, other: object) -> None:
    equal = canonical(one) == canonical(other)

    assert (encode([one]) == encode([other])) == equal
    # What stands beside a value in its column makes no difference.
    assert (encode([one, other, "x"])[0] == encode([other, None])[0]) == equal
    assert (hash(encode([one])[0]) == hash(encode([other])[0])) == equal


def test_values_that_only_know_themselves_whether_they_are_equal_are_opaque() -> None:
    class Odd:
        pass

    for value in (Odd(), Anything(), [Anything()], {"a": Odd()}, {1: "a"}, time(1, tzinfo=UTC)):
        with pytest.raises(Opaque):
            encode([value])


def test_a_value_of_a_driver_is_compared_by_its_own_equality() -> None:
    class Span(tuple[int, int]):
        __slots__ = ()

    rows = [{"k": n, "v": Span((n, n))} for n in range(5)]
    how = terms(columns=("k", "v"))

    assert not compare_streams(wanted(rows), there(rows[::-1]), how).tally.count
    assert compare_streams(wanted(rows), there([*rows[:4], {"k": 4, "v": Span((4, 5))}]), how).tally.count


def test_numbers_whose_hashes_are_one_are_not_taken_for_equal() -> None:
    """-1 and -2 have one hash in Python, and so have 3 and the largest long."""
    for one, other in ((-1, -2), (3, 2**63 - 1), ("", False), ("a", b"a")):
        found = compare_streams(wanted([{"k": 1, "v": one}]), there([{"k": 1, "v": other}]), terms(["k"]))
        assert found.tally.kinds == {Kind.CHANGED: 1}


def test_a_field_that_only_the_last_row_names_is_compared() -> None:
    expected: list[Row] = [*({"k": n} for n in range(10)), {"k": 10, "late": 1}]
    actual: list[Row] = [*({"k": n} for n in range(10)), {"k": 10, "late": 2}]

    for head in ((), ("k",)):
        found = compare_streams(wanted(expected), there(actual), terms(["k"], columns=head))
        (difference,) = found.tally.differences()
        assert [field.field for field in difference.fields] == ["late"]


def test_more_rows_than_one_table_takes_are_matched_in_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = Prints(), Prints()
    ours.add([n % 7 for n in range(100)], [])
    theirs.add([n % 7 for n in range(99)], [])
    at_once = eliminate(ours, theirs)
    monkeypatch.setattr("harness.compare.elimination._MOST_AT_ONCE", 9)

    in_passes = eliminate(ours, theirs)

    assert in_passes == at_once
    assert at_once.lost == [99]
    assert at_once.spare == []


def test_only_some_differences_are_kept_where_all_rows_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volume, "MOST_KEPT", 10)
    monkeypatch.setattr(volume, "MOST_IN_MEMORY", 100)
    rows = [{"k": n, "v": 1} for n in range(1_000)]

    found = compare_streams(wanted(rows), there([{**row, "v": 2} for row in rows]), terms(["k"]))

    assert found.tally.kinds == {Kind.CHANGED: 1_000}
    assert [d.key["k"] for d in found.tally.differences()] == [str(n) for n in range(10)]


def test_a_stream_is_walked_as_seldom_as_possible() -> None:
    rows = [{"k": n, "v": n} for n in range(1_000)]
    actual = Walked(there(rows))

    compare_streams(wanted(rows), actual, terms(["k"]))
    assert actual.walks == 1
    compare_streams(wanted([{"k": -1, "v": 0}, *rows]), actual, terms(["k"]))
    assert actual.walks <= 3


@pytest.mark.parametrize("key", [["k"], []])
def test_every_row_may_have_a_matcher(monkeypatch: pytest.MonkeyPatch, key: list[str]) -> None:
    monkeypatch.setattr(volume, "MOST_IN_MEMORY", 50)
    expected = [{"k": n, "v": NotNull()} for n in range(500)]
    right = [{"k": n, "v": n} for n in reversed(range(500))]

    assert not compare_streams(wanted(expected), there(right), terms(key)).tally.count
    wrong = compare_streams(wanted(expected), there([*right[:-1], {"k": 0, "v": None}]), terms(key))
    assert wrong.tally.kinds == {Kind.CHANGED: 1}


def test_one_pattern_finds_its_row_among_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volume, "MOST_IN_MEMORY", 10)
    pattern = {"k": NotNull(), "v": OneOf(("needle",)), "w": Anything()}
    hay: list[Row] = [{"k": n, "v": "hay", "w": None} for n in range(200)]
    match = terms(match=Match.CONTAINS)

    assert compare_streams(wanted([pattern]), there(hay), match).tally.kinds == {Kind.MISSING: 1}
    with_needle = [*hay, {"k": 1, "v": "needle", "w": 1}]
    assert not compare_streams(wanted([pattern]), there(with_needle), match).tally.count


def test_names_hold_across_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volume, "MOST_IN_MEMORY", 10)
    expected = [{"k": n, "v": Same("s")} for n in range(100)]

    assert not compare_streams(
        wanted(expected), there([{"k": n, "v": 7} for n in range(100)]), terms(["k"])
    ).tally.count
    wrong = compare_streams(
        wanted(expected), there([{"k": n, "v": 7 + (n == 55)} for n in range(100)]), terms(["k"])
    )
    assert wrong.tally.count
