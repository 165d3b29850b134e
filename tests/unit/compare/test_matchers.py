"""Every matcher passes what it should and, above all, can fail."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from harness.codecs import types
from harness.codecs.cells import CellError
from harness.codecs.moments import Moment
from harness.codecs.types import Type, TypeKind, parse_type, with_times
from harness.compare import Matcher, expect_cell
from harness.location import Location
from harness.rows import Cell, Word

HERE = Location(Path("a.scenario.yaml"), 3, 5)
CLOCK = Moment.from_text("2026-03-01T12:00:00Z")
T = datetime(2026, 3, 1, 12, tzinfo=UTC)
DECIMAL = parse_type("decimal(8, 2)")


def at(minute: int, second: int = 0) -> datetime:
    return T.replace(minute=minute, second=second)


def matcher(word: Word, text: str = "", type_: Type | None = None) -> Matcher:
    found = expect_cell(Cell(text, HERE, word=word), type_, CLOCK)
    assert isinstance(found, Matcher)
    return found


CASES: list[tuple[Word, str, Type | None, list[object], list[object]]] = [
    (Word.ANY, "", None, [1, None, "", []], []),
    (Word.NOT_NULL, "", None, [1, "", False, []], [None]),
    (Word.REGEX, "decl.*", None, ["declined", "decl"], ["xdecl", "declined\n", "DECL", 1, None, ["decl"]]),
    (Word.REGEX, "a|ab", types.TEXT, ["a", "ab"], ["abc", ""]),
    (Word.REGEX, "0{8}-.*1", types.UUID, [UUID(int=1)], [UUID(int=2)]),
    (
        Word.UUID,
        "",
        None,
        [UUID(int=1), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
        ["a0eebc999c0b4ef8bb6d6bb9bd380a11", "x", None, 1, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 "],
    ),
    (
        Word.NEAR,
        "12.5 by 0.01",
        DECIMAL,
        [Decimal("12.49"), Decimal("12.51"), 12.5],
        [Decimal("12.4899"), Decimal("12.52"), "12.5", None, True, float("nan"), Decimal("NaN")],
    ),
    (Word.NEAR, "1.0 by 0.1", types.FLOAT, [1.1, 0.9], [1.1000000000000003, float("inf")]),
    (Word.NEAR, "T+1m by 5s", types.INSTANT, [at(1, 5), at(0, 55)], [at(1, 6), at(0, 54), None]),
    (Word.NEAR, "2026-03-01 by 1d", types.DATE, [date(2026, 3, 2)], [date(2026, 3, 3), T]),
    (Word.BETWEEN, "1 and 9", types.INTEGER, [1, 9, Decimal("1.5")], [0, 10, "5", None, True]),
    (Word.BETWEEN, "1 and 9", None, [1, 9, Decimal("8.99")], [Decimal("9.01"), "5"]),
    (Word.BETWEEN, "0 and 0.1", types.FLOAT, [0.1, -0.0], [0.10000000000000002]),
    (Word.BETWEEN, "T and T+1m", types.INSTANT, [T, at(1)], [at(1, 1), T.replace(tzinfo=None), "T"]),
    (Word.BETWEEN, "12:00 and 13:00", types.TIME, [time(12), time(13)], [time(13, 0, 1)]),
    (Word.AT_LEAST, "3", types.INTEGER, [3, 4], [2, None, "4", float("nan")]),
    (Word.AT_MOST, "3", types.INTEGER, [3, 2, -1], [4, None, "2", False]),
    (Word.AFTER, "T", types.INSTANT, [at(0, 1)], [T, None, T.replace(tzinfo=None, hour=13), "9"]),
    (Word.AFTER, "T", with_times(None, "epoch_ms"), [at(0, 1)], [T, 1772366400001]),
    (Word.BEFORE, "T", types.LOCAL_TIMESTAMP, [datetime(2026, 3, 1, 11)], [datetime(2026, 3, 1, 12), T]),  # noqa: DTZ001
    (Word.AFTER, "5", types.INTEGER, [6], [5, 4]),
    (Word.ONE_OF, "A or B", types.TEXT, ["A", "B"], ["A or B", "C", None, "a"]),
    (Word.ONE_OF, '"a or b" or c', types.TEXT, ["a or b", "c"], ["a", "b"]),
    (Word.ONE_OF, "1 or null", None, [1, None, Decimal("1.0")], ["1", "null", True]),
    (Word.ONE_OF, "T or T+1m", types.INSTANT, [T, at(1)], [at(2)]),
    (Word.NOT, "A", types.TEXT, ["B", "", None], ["A"]),
    (Word.NOT, "12.5", DECIMAL, [Decimal("12.4")], [Decimal("12.50")]),
    (Word.NOT, "1", None, ["1", True], [1, Decimal("1.0")]),
    (
        Word.UNORDERED,
        '["a", "b", "a"]',
        parse_type("array<text>"),
        [["b", "a", "a"]],
        [["a", "b"], ["a", "b", "b"], ["a", "a", "b", "a"], None, "aab", {"a": 1}],
    ),
    (Word.UNORDERED, "[1, 2]", None, [[2, Decimal("1.0")]], [["1", 2], [True, 2], []]),
    (Word.UNORDERED, '["<any>", "a"]', None, [["a", "b"], ["b", "a"]], [["b", "c"], ["a"]]),
    (
        Word.JSON,
        '{"a": 1.10}',
        types.TEXT,
        ['{"a":1.1}', ' {"a" : 1.10} '],
        ['{"a":1.1,"b":1}', '{"a":"1.1"}', "{}", "no json", None, {"a": Decimal("1.1")}, '{"a":1,"a":1.1}'],
    ),
    (Word.JSON, '{"a": 1}', None, ['{"a":1}'], [{"a": 1}]),
    (Word.JSON, '{"a": 1}', types.JSON, ['{"a":1}', {"a": 1}], [{"a": 2}]),
    (Word.JSON, '{"a": "<any>"}', types.TEXT, ['{"a":null}'], ["{}", '{"a":1,"b":2}']),
]


@pytest.mark.parametrize(("word", "text", "type_", "good", "bad"), CASES)
def test_a_matcher_takes_what_fits_and_nothing_else(
    word: Word, text: str, type_: Type | None, good: list[object], bad: list[object]
) -> None:
    found = matcher(word, text, type_)

    assert [value for value in good if not found.matches(value, present=True)] == []
    assert [value for value in bad if found.matches(value, present=True)] == []


@pytest.mark.parametrize(("word", "text", "type_"), [case[:3] for case in CASES])
def test_no_matcher_takes_an_absent_field(word: Word, text: str, type_: Type | None) -> None:
    """Not even `<not A>` and `<any>`: a misspelt column must fail."""
    assert not matcher(word, text, type_).matches(None, present=False)


def test_absent_takes_nothing_but_an_absent_field() -> None:
    found = matcher(Word.ABSENT)

    assert found.matches(None, present=False)
    assert not found.matches(None, present=True)
    assert not found.matches("x", present=True)


@pytest.mark.parametrize(
    ("word", "text", "type_", "shown"),
    [
        (Word.ANY, "", None, "<any>"),
        (Word.NOT_NULL, "", None, "<not null>"),
        (Word.ABSENT, "", None, "<absent>"),
        (Word.REGEX, "decl.*", None, "<regex decl.*>"),
        (Word.UUID, "", None, "<uuid>"),
        (Word.NEAR, "12.50 by 0.01", DECIMAL, "<near 12.50 by 0.01>"),
        (
            Word.BETWEEN,
            "T and T+1m",
            types.INSTANT,
            "<between 2026-03-01T12:00:00Z and 2026-03-01T12:01:00Z>",
        ),
        (Word.AT_LEAST, "3", None, "<at least 3>"),
        (Word.AT_MOST, "3", None, "<at most 3>"),
        (Word.AFTER, "T", types.LOCAL_TIMESTAMP, "<after 2026-03-01T12:00:00>"),
        (Word.BEFORE, "T", types.DATE, "<before 2026-03-01>"),
        (Word.ONE_OF, "a or b", types.TEXT, '<one of "a" or "b">'),
        (Word.NOT, "1", None, "<not 1>"),
        (Word.UNORDERED, '["a", "b"]', None, '<unordered ["a", "b"]>'),
        (Word.JSON, '{"a": 1}', None, '<json {"a": 1}>'),
        (Word.SAME, "trip", types.TEXT, "<same trip>"),
    ],
)
def test_a_matcher_shows_what_it_means(word: Word, text: str, type_: Type | None, shown: str) -> None:
    assert str(matcher(word, text, type_)) == shown


@pytest.mark.parametrize(
    ("word", "text", "type_", "message"),
    [
        (Word.SAME, "", None, "`<same>` is not complete"),
        (Word.SAME, "two words", None, "`two words` is no name"),
        (Word.SAME, "1st", None, "`1st` is no name"),
        (Word.ANY, "x", None, "`<any x>` takes nothing behind its word"),
        (Word.REGEX, "(", None, "`(` is no regular expression: missing ), unterminated subpattern"),
        (Word.REGEX, "1.*", types.INTEGER, "`<regex 1.*>` needs text, and the field is integer"),
        (Word.UUID, "", types.INTEGER, "`<uuid>` needs text or a uuid, and the field is integer"),
        (Word.NEAR, "12.5", DECIMAL, "`<near 12.5>` is not complete"),
        (Word.NEAR, "12.5 by -1", DECIMAL, "`-1` is no distance"),
        (Word.NEAR, "T by 5", types.INSTANT, "`5` is no duration"),
        (Word.NEAR, "12:00 by 5s", types.TIME, "`<near 12:00 by 5s>` cannot be used for a time of day"),
        (Word.NEAR, "2026-03-01 by 5s", types.DATE, "`5s` is no number of days, and the field is a date"),
        (Word.BETWEEN, "1", None, "`<between 1>` is not complete"),
        (Word.BETWEEN, "9 and 1", None, "nothing is between 9 and 1"),
        (
            Word.BETWEEN,
            "a and b",
            types.TEXT,
            "`<between a and b>` needs a number or a time, and the field is text",
        ),
        (Word.AFTER, "T", None, "`T` is no decimal"),
        (Word.AFTER, "2026-03-01T12:00:00", types.INSTANT, None),
        (Word.ONE_OF, "1 or x", types.INTEGER, "`x` is no integer"),
        (Word.ONE_OF, "<any> or x", None, "`<any>` cannot stand inside of another matcher"),
        (Word.NOT, "", None, "`<not>` is not complete"),
        (Word.UNORDERED, "a, b", None, None),
        (Word.UNORDERED, '{"a": 1}', None, '`{"a": 1}` is no list'),
        (Word.UNORDERED, "[1]", types.INTEGER, "`<unordered [1]>` needs a list, and the field is integer"),
        (Word.JSON, "{", None, None),
        (Word.JSON, "1", types.INTEGER, "`<json 1>` needs text, and the field is integer"),
    ],
)
def test_a_matcher_that_can_never_fit_is_an_error(
    word: Word, text: str, type_: Type | None, message: str | None
) -> None:
    with pytest.raises(CellError) as caught:
        matcher(word, text, type_)

    assert message is None or caught.value.message == message
    assert caught.value.location == HERE


def test_a_time_without_a_type_is_told_where_types_are_given() -> None:
    with pytest.raises(CellError) as caught:
        matcher(Word.AFTER, "T")

    assert caught.value.hint == "a time needs a type: name the field under `columns:` in the pipeline file"


def test_what_is_no_matcher_is_the_value_itself() -> None:
    assert expect_cell(Cell("12.50", HERE), DECIMAL, CLOCK) == Decimal("12.5")
    assert expect_cell(Cell("<any>", HERE, word=Word.TEXT), types.TEXT, CLOCK) == "<any>"
    assert expect_cell(Cell("null", HERE), types.INSTANT, CLOCK) is None


def test_matchers_inside_of_nested_values() -> None:
    nested = Cell("", HERE, items={"id": Cell("", HERE, word=Word.ANY), "n": Cell("1", HERE)})
    found = expect_cell(nested, None, CLOCK)

    assert isinstance(found, Matcher)
    assert found.matches({"id": None, "n": 1}, present=True)
    assert not found.matches({"n": 1}, present=True)
    assert not found.matches({"id": 1, "n": 1, "x": 1}, present=True)
    assert not found.matches([1], present=True)
    assert str(found) == '{"id": <any>, "n": 1}'


def test_matchers_inside_of_json_in_a_cell() -> None:
    found = expect_cell(Cell('["<any>", "<at least 3>"]', HERE), parse_type("array<integer>"), CLOCK)

    assert isinstance(found, Matcher)
    assert found.matches([None, 3], present=True)
    assert not found.matches([None, 2], present=True)
    assert not found.matches([3], present=True)


def test_absent_inside_of_a_record() -> None:
    found = expect_cell(Cell('{"a": "<absent>", "b": 1}', HERE), types.JSON, CLOCK)

    assert isinstance(found, Matcher)
    assert found.matches({"b": 1}, present=True)
    assert not found.matches({"a": None, "b": 1}, present=True)


def test_nested_matchers_do_not_fit_into_plain_fields() -> None:
    with pytest.raises(CellError, match="a list is no text"):
        expect_cell(Cell("", HERE, items=(Cell("", HERE, word=Word.ANY),)), types.TEXT, CLOCK)
    with pytest.raises(CellError, match="a mapping is no array"):
        expect_cell(Cell("", HERE, items={"a": Cell("", HERE, word=Word.ANY)}), Type(TypeKind.ARRAY), CLOCK)


def test_an_unknown_word_in_json_is_an_error() -> None:
    with pytest.raises(CellError, match="has no word that is known"):
        expect_cell(Cell('["<b>"]', HERE), None, CLOCK)
