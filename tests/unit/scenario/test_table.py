"""The `|` table."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.rows import Rows, Word
from harness.scenario.problems import Problems
from harness.scenario.rows import table
from harness.scenario.rows.cells import Cells
from harness.scenario.yaml import source
from harness.scenario.yaml.nodes import MapNode, Scalar


def read(*lines: str) -> Rows:
    problems = Problems()
    text = "rows: |\n" + "".join(f"  {line}\n" for line in lines)
    documents = source.parse(text.encode(), Path("x.yaml"), problems)
    assert documents is not None
    root = documents[0]
    assert isinstance(root, MapNode)
    block = root.entries["rows"].value
    assert isinstance(block, Scalar)
    rows = table.read(block, Cells(problems))
    assert problems.found() == ()
    return rows


def test_outer_spaces_go_and_inner_ones_stay() -> None:
    rows = read("| a     | b |", "|  x  y | z |")

    assert [cell.text for cell in rows.rows[0].cells.values()] == ["x  y", "z"]


def test_quotes_make_text_and_keep_spaces() -> None:
    cell = read("| a     |", '| " x " |').rows[0].cells["a"]

    assert (cell.text, cell.quoted) == (" x ", True)


def test_an_empty_cell_is_an_absent_field_and_empty_text_is_quoted() -> None:
    row = read("| a | b  |", '|   | "" |').rows[0]

    assert "a" not in row.cells
    assert row.cells["b"].text == ""


def test_null_is_null_and_quoted_null_is_text() -> None:
    row = read("| a    | b      |", '| null | "null" |').rows[0]

    assert row.cells["a"].is_null
    assert not row.cells["b"].is_null


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (r"a\|b", "a|b"),
        (r"a\nb", "a\nb"),
        (r"a\\nb", r"a\nb"),
        (r"\d+\.\w", r"\d+\.\w"),
        ("a\\\\", "a\\"),
        (r"\|", "|"),
        (r"\\\|", r"\|"),
    ],
)
def test_escapes_are_those_of_gherkin(typed: str, text: str) -> None:
    assert read("| a |", f"| {typed} |").rows[0].cells["a"].text == text


def test_comments_rules_and_empty_lines_are_skipped() -> None:
    rows = read("# head", "| a   | b   |", "|-----|:---:|", "", "# | x | y |", "| 1   | 2   |")

    assert len(rows) == 1
    assert rows.rows[0].cells["a"].text == "1"


def test_every_cell_knows_its_line_and_column() -> None:
    rows = read("| a |  b   |", "# comment", "| é |  x   |", r"| \| |  y   |")

    places = [(cell.location.line, cell.location.column) for row in rows for cell in row.cells.values()]
    assert places == [(4, 5), (4, 10), (5, 5), (5, 11)]
    assert rows.columns["b"].column == 10
    assert rows.rows[1].location.line == 5


def test_a_whole_cell_word_is_a_matcher() -> None:
    cell = read("| a |", "| <regex a\\|b> |").rows[0].cells["a"]

    assert (cell.word, cell.text) == (Word.REGEX, "a|b")


def test_a_quoted_name_in_the_head_is_one_field() -> None:
    rows = read('| "a.b" | a.b | "plain" | "$at" | $at |', "| 1 | 2 | 3 | 4 | T |")

    assert list(rows.columns) == ['"a.b"', "a.b", "plain", '"$at"', "$at"]
    assert list(rows.rows[0].cells) == list(rows.columns)


def test_a_bar_that_closes_the_line_may_follow_an_escaped_backslash() -> None:
    assert read("| a |", "| x\\\\|").rows[0].cells["a"].text == "x\\"
