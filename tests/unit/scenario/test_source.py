"""Text to node trees: places are exact, and scalars keep what was typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.scenario.problems import Problems
from harness.scenario.yaml import source
from harness.scenario.yaml.nodes import ListNode, MapNode, Node, Scalar, Style

PATH = Path("x.yaml")


def read_one(text: str | bytes) -> Node:
    problems = Problems()
    documents = source.parse(text if isinstance(text, bytes) else text.encode(), PATH, problems)
    assert problems.found() == ()
    assert documents is not None
    return documents[0]


def value_of(text: str, key: str = "a") -> Scalar:
    root = read_one(text)
    assert isinstance(root, MapNode)
    value = root.entries[key].value
    assert isinstance(value, Scalar)
    return value


def messages(text: str | bytes) -> list[str]:
    problems = Problems()
    source.parse(text if isinstance(text, bytes) else text.encode(), PATH, problems)
    return [problem.message for problem in problems.found()]


@pytest.mark.parametrize(
    "typed", ["007", "no", "12:30", "1e3", "2026-03-01", "0x1F", "~", "null", "1_000", "=", "<<"]
)
def test_a_plain_scalar_keeps_its_text(typed: str) -> None:
    value = value_of(f"a: {typed}")

    assert (value.text, value.quoted) == (typed, False)


def test_a_quoted_scalar_is_text_and_its_content_begins_behind_the_quote() -> None:
    value = value_of("a:   'x'")

    assert (value.text, value.style) == ("x", Style.QUOTED)
    assert (value.location.line, value.location.column) == (1, 6)
    assert value.content.column == 7


def test_columns_count_characters_not_bytes() -> None:
    assert value_of("{é😀: 1, a: 2}").location.column == 12


def test_a_block_begins_on_the_line_below_at_its_indentation() -> None:
    value = value_of("a: |\n\n     | x |\n     | y |\n")

    assert value.style is Style.LITERAL
    assert (value.content.line, value.content.column) == (2, 6)


def test_a_block_with_windows_line_ends_keeps_its_places() -> None:
    value = value_of("b: 1\r\na: |\r\n  | x |\r\n")

    assert value.text == "| x |\n"
    assert (value.content.line, value.content.column) == (3, 3)


def test_a_byte_order_mark_does_not_count() -> None:
    assert value_of("\ufeffa: 1").location.column == 4


def test_documents_are_separated_by_dashes_and_empty_ones_left_out() -> None:
    problems = Problems()

    documents = source.parse(b"---\na: 1\n---\n---\nb: 2\n---\n", PATH, problems)

    assert documents is not None
    assert [list(root.entries) for root in documents if isinstance(root, MapNode)] == [["a"], ["b"]]


def test_a_list_keeps_its_items() -> None:
    root = read_one("- a\n- [b]\n")

    assert isinstance(root, ListNode)
    assert len(root.items) == 2


def test_a_bomb_of_aliases_is_refused() -> None:
    bomb = "a: &a [x]\n" + "".join(f"{c}: &{c} [{', '.join('*a' for _ in range(9))}]\n" for c in "bcdefghij")

    found = messages(bomb)

    assert "`&a` is a YAML anchor, and they are not used here" in found
    assert len(found) <= 50


def test_the_nesting_has_an_end() -> None:
    assert messages("[" * 100_000) == ["the file is nested more than 50 levels deep"]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.scenario.yaml"
    path.write_bytes(b"#" * (source.MAX_BYTES + 1))
    problems = Problems()

    assert source.read(path, problems) is None
    assert problems.found()[0].message == "the file is larger than 8 MB"


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    problems = Problems()

    assert source.read(tmp_path, problems) is None
    assert "cannot be read" in problems.found()[0].message


def test_a_very_long_line_is_not_shown() -> None:
    problems = Problems()

    source.parse(b"a: " + b"x" * 10_000 + b": y", PATH, problems)

    assert problems.found()[0].source == ""


def test_control_characters_are_not_shown() -> None:
    problems = Problems()

    source.parse(b"a: \x1b[31m", PATH, problems)

    assert problems.found()[0].message == "the character U+001B cannot stand in the file"
    assert "\x1b" not in problems.found()[0].render()


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
def test_both_parsers_of_the_library_explain_alike(loader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    yaml = pytest.importorskip("yaml")
    if not hasattr(yaml, loader):
        pytest.skip("this PyYAML has no C parser")
    monkeypatch.setattr(source, "_LOADER", getattr(yaml, loader))

    assert messages("a: |\n  x\nb: [1, 2\nc: 3\n") == ["a list in `[...]` that is not closed"]
    assert messages("a: b: c") == ["a `: ` inside of a value"]
    assert messages("a:\n\t- b") == ["a tab cannot indent in YAML"]
    assert messages("a: @b") == ["a value that begins with `@` needs quotes"]
    assert messages("rows:\n  | a | b |\n") == ["a table needs the bar of `rows: |`"]
