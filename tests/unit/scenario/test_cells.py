"""`<word ...>`, quotes and plain values."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.location import Location
from harness.rows import Cell, Word
from harness.scenario.problems import Problems
from harness.scenario.rows.cells import Cells

HERE = Location(Path("x.yaml"))


def read(text: str, *, typed: bool = True) -> tuple[Cell, list[str]]:
    problems = Problems()
    cells = Cells(problems)
    cell = cells.read_typed(text, HERE) if typed else cells.read(text, HERE, quoted=True)
    return cell, [problem.message for problem in problems.found()]


@pytest.mark.parametrize(
    ("text", "word", "argument"),
    [
        ("<any>", Word.ANY, ""),
        ("<not null>", Word.NOT_NULL, ""),
        ("<absent>", Word.ABSENT, ""),
        ("<uuid>", Word.UUID, ""),
        ("<regex a>b.*>", Word.REGEX, "a>b.*"),
        ("<regex  x >", Word.REGEX, " x "),
        ("<near 12.5 by 0.01>", Word.NEAR, "12.5 by 0.01"),
        ("<near T+5s by 500ms>", Word.NEAR, "T+5s by 500ms"),
        ("<between T-1h and T+1m30s>", Word.BETWEEN, "T-1h and T+1m30s"),
        ("<between -1 and 2e3>", Word.BETWEEN, "-1 and 2e3"),
        ("<at least 1>", Word.AT_LEAST, "1"),
        ("<at most  5 >", Word.AT_MOST, "5"),
        ("<after 2026-03-01T12:00:00[Europe/Berlin]>", Word.AFTER, "2026-03-01T12:00:00[Europe/Berlin]"),
        ("<before T>", Word.BEFORE, "T"),
        ("<one of empty user or no user>", Word.ONE_OF, "empty user or no user"),
        ("<not 5>", Word.NOT, "5"),
        ("<not null value>", Word.NOT, "null value"),
        ('<unordered ["a", "b"]>', Word.UNORDERED, '["a", "b"]'),
        ('<json {"a": 1}>', Word.JSON, '{"a": 1}'),
        ("<same trip_id>", Word.SAME, "trip_id"),
        ("<text <b>>", Word.TEXT, "<b>"),
        ("<text  a >", Word.TEXT, " a "),
        ("<hex 00 fF>", Word.HEX, "00 fF"),
        ("<base64 AP8=>", Word.BASE64, "AP8="),
    ],
)
def test_a_word_is_read_with_its_argument(text: str, word: Word, argument: str) -> None:
    cell, messages = read(text)

    assert messages == []
    assert (cell.word, cell.text) == (word, argument)


def test_a_word_is_a_word_in_quotes_too() -> None:
    assert read("<any>", typed=False)[0].word is Word.ANY
    assert read('"<any>"')[0].word is Word.ANY


@pytest.mark.parametrize("text", ["a < b", "a <any>", "x>", "5 > 3", "-", "'", 'a"b'])
def test_a_text_that_does_not_begin_so_is_no_word(text: str) -> None:
    cell, messages = read(text)

    assert (cell.word, cell.text, messages) == (None, text, [])


@pytest.mark.parametrize("text", ["<any", "<3", "<", "<p>hello"])
def test_a_word_without_its_end_is_a_problem(text: str) -> None:
    assert read(text)[1] == [f"`{text}` has no closing `>`"]


@pytest.mark.parametrize("text", ["<>", "< >", "<nul>", "<b>", "<a> and <b>", "<regexa>", "<NOT NULL>"])
def test_an_unknown_word_is_a_problem(text: str) -> None:
    assert read(text)[1][0].endswith("is no word of ours")


def test_two_dollars_are_a_plain_variable() -> None:
    cell, messages = read("$${n} costs $5")

    assert (cell.text, messages) == ("${n} costs $5", [])


def test_a_variable_is_filled_in_before_the_words_are_read() -> None:
    problems = Problems()
    cells = Cells(problems, {"n": "3", "all": "<any>"})

    least, anything = (cells.read_typed(text, HERE) for text in ("<at least ${n}>", "${all}"))

    assert problems.found() == ()
    assert (least.text, least.word) == ("3", Word.AT_LEAST)
    assert anything.word is Word.ANY


def test_a_pathological_expression_does_not_stop_the_reading() -> None:
    assert "is no regular expression" in read(f"<regex {'(' * 50_000}>")[1][0]
    assert "is no JSON" in read(f"<json {'[' * 100_000}>")[1][0]
