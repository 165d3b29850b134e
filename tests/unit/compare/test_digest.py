"""Many differences in short: counts, what they have in common, some of each kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from harness.codecs.paths import ABSENT
from harness.compare import ActualRow, Comparison, ExpectedRow, compare_rows
from harness.compare.matchers import Anything, Capture, NotNull, Same, Tolerant, around
from harness.compare.ways import Ways, ways_of
from harness.location import Location
from harness.result import Digest, Kind
from harness.scenario.model import Match, Mode

Compare = Callable[..., Comparison]
T = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE = Location(Path("a.scenario.yaml"), 12)


def digest(comparison: Comparison) -> Digest:
    assert comparison.digest is not None
    return comparison.digest


def common(*pairs: tuple[object, object]) -> list[tuple[str, int]]:
    ways = Ways()
    for expected, actual in pairs:
        ways.add("f", expected, actual)
    (field,) = ways.fields()
    return [(way.text, way.rows) for way in field.ways]


@pytest.mark.parametrize(
    ("expected", "actual", "way"),
    [
        (1, None, "null"),
        (1, ABSENT, "absent"),
        (None, 1, "not null"),
        (ABSENT, 1, "not absent"),
        (Decimal("1.00"), Decimal("1.01"), "actual = expected + 0.01"),
        (1.1, 1.2, "actual = expected + 0.1"),
        (5, 3, "actual = expected - 2"),
        (T, T + timedelta(hours=1), "actual = expected + 1h"),
        (T, T - timedelta(days=1, seconds=1, milliseconds=5), "actual = expected - 1d1s5ms"),
        (T, T.replace(tzinfo=None), "a local time, not an instant"),
        (date(2026, 3, 1), date(2026, 3, 2), "actual = expected + 1d"),
        ("Ab", "aB", "only the case of letters"),
        ("a b", " ab", "only spaces"),
        ("\u00e1", "a\u0301", "only the Unicode form of letters"),
        ("abc", "", "empty"),
        ("abc", "ab", "cut off after 2 characters"),
        (1, "1", "text instead of integer"),
        ("1", 1, "integer instead of text"),
        ([1, 2], [2, 1], "the same items in another order"),
        (NotNull(), ABSENT, "absent"),
        (Same("s", Capture(1, HERE)), 2, "actual = expected + 1"),
        (Tolerant(1, Decimal(1), around(Decimal(1), Decimal(1), "")), 9, "actual = expected + 8"),
    ],
)
def test_how_two_values_differ(expected: object, actual: object, way: str) -> None:
    assert next(ways_of(expected, actual)) == way


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (True, False),
        (float("nan"), 1.0),
        (Decimal("1E+999999"), 1),
        (Decimal("1E+999999"), Decimal("1E-999999")),
        (float("inf"), float("-inf")),
        ([], [{}]),
        (Decimal("sNaN"), 1),
    ],
)
def test_odd_values_have_some_way_or_none(expected: object, actual: object) -> None:
    assert all(isinstance(way, str) for way in ways_of(expected, actual))


def test_the_way_of_most_rows_comes_first_and_a_row_counts_once() -> None:
    rows = [(n, n + 1) for n in range(5)] + [(n, None) for n in range(3)] + [(7, 2), (9, 100)]

    assert common(*rows) == [("actual = expected + 1", 5), ("null", 3)]


def test_a_factor_is_seen_where_no_offset_is_common() -> None:
    assert common(*((n, n * 100) for n in range(1, 9))) == [("actual = expected x 100", 8)]


def test_one_value_everywhere_is_seen() -> None:
    assert common(("a", "unknown"), ("b", "unknown")) == [('always "unknown"', 2)]


def test_what_all_rows_share_is_counted_to_the_last_row() -> None:
    """Each row has a factor and a value of its own beside it."""
    pairs = [(Decimal(n), Decimal(n) + Decimal("0.01")) for n in range(7, 10_007)]

    assert common(*pairs) == [("actual = expected + 0.01", 10_000)]


def test_chance_is_no_way() -> None:
    assert common(("a", "x"), ("b", "y")) == []


def test_a_digest_counts_names_fields_and_gives_examples(compare: Compare) -> None:
    expected = [{"id": n, "v": n, "city": "Rome"} for n in range(100)]
    actual = [{"id": n, "v": n + 1, "city": None if n < 30 else "Rome"} for n in range(90)]

    found = digest(compare(expected, [*actual, {"id": 200, "v": 0, "city": ""}], key=["id"]))

    assert found.kinds == {Kind.MISSING: 10, Kind.UNEXPECTED: 1, Kind.CHANGED: 90}
    assert found.rows == found.kept == 101
    assert [(f.field, f.rows, f.ways[0].text, f.ways[0].rows) for f in found.fields] == [
        ("v", 90, "actual = expected + 1", 90),
        ("city", 30, "null", 30),
    ]
    assert [row.kind for row in found.examples] == [Kind.MISSING] * 10 + [Kind.UNEXPECTED] + [
        Kind.CHANGED
    ] * 10
    assert found.where == ("the expected rows among them stand together: rows 1 to 100",)


def test_few_differences_have_no_digest(compare: Compare) -> None:
    rows = [{"id": n} for n in range(50)]

    assert compare(rows, [], key=["id"]).digest is None
    assert compare([*rows, {"id": 50}], [], key=["id"]).digest is not None


def test_a_digest_names_the_partition_that_all_come_from() -> None:
    expected = [ExpectedRow({"id": n, "v": n}, HERE) for n in range(300)]
    actual = [ActualRow({"id": n, "v": n + (n % 3 == 2)}, f"orders[{n % 3}]@{n // 3}") for n in range(300)]

    found = compare_rows(
        expected, actual, key=("id",), mode=Mode.APPEND, match=Match.EXACT, all_columns=False
    )

    assert digest(found).where == (
        "all that are there come from orders[2], and none from 2 other partitions",
    )


def test_a_field_of_a_matcher_tells_which_did_not_fit(compare: Compare) -> None:
    rows = [{"id": n, "v": Anything(), "w": NotNull()} for n in range(60)]

    (field,) = digest(compare(rows, [{"id": n, "v": 1, "w": None} for n in range(60)], key=["id"])).fields

    assert (field.field, field.ways[0].text) == ("w", "null")
