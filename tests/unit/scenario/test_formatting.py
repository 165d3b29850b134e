"""Tables are aligned as a terminal shows them, and no other byte changes."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.scenario.problems import Problems
from harness.scenario.rewrite.formatting import formatted, tables
from harness.scenario.rows import table
from harness.scenario.rows.cells import Cells
from harness.scenario.rows.table_text import TableText, escape, width
from harness.scenario.yaml import source

PATH = Path("a.scenario.yaml")


def aligned(text: str | bytes) -> bytes:
    problems = Problems()
    data = text if isinstance(text, bytes) else textwrap.dedent(text).encode()
    after = formatted(data, PATH, problems)
    assert problems.found() == ()
    assert after is not None
    return after


def test_bars_come_below_each_other_and_nothing_else_moves() -> None:
    after = aligned(
        """\
        scenario:   one   # spaces   stay
        when:
          - send: orders
            rows: |
              |id|note |
              # a  comment
              | 1 |  a \\| b|

              |---|:---:|
              |22|| \t
          - settle
        then:
          - {expect: copies,   count: 1}
        """
    )

    assert after.decode() == textwrap.dedent(
        """\
        scenario:   one   # spaces   stay
        when:
          - send: orders
            rows: |
              | id  | note   |
              # a  comment
              | 1   | a \\| b |

              | --- | :----: |
              | 22  |        |
          - settle
        then:
          - {expect: copies,   count: 1}
        """
    )


def test_the_examples_and_every_form_of_expected_rows_are_tables() -> None:
    table = "|a|\n          |bbb|\n"
    text = f"examples: |\n  |a|\n  |bbb|\nphases:\n  - then:\n      - changes: |\n          {table}"

    assert aligned(text).decode() == (
        "examples: |\n  | a   |\n  | bbb |\nphases:\n  - then:\n      - changes: |\n"
        "          | a   |\n          | bbb |\n"
    )


def test_another_block_of_text_with_bars_is_left_alone() -> None:
    text = "pipeline: |\n  |a|\n  |bbb|\nwhen:\n  - {send: x, note: {rows: '|a|'}}\n"

    assert aligned(text).decode() == text


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_breaks_and_the_mark_are_kept(newline: str) -> None:
    text = "when:\n  - send: a\n    rows: |\n      |a|\n      |bb|\n".replace("\n", newline)

    after = aligned(b"\xef\xbb\xbf" + text.encode())

    assert after == b"\xef\xbb\xbf" + text.replace("|a|", "| a  |").replace("|bb|", "| bb |").encode()


def test_what_is_wide_on_a_terminal_counts_twice_and_what_combines_not_at_all() -> None:
    after = TableText.from_lines(["| 漢字 |", "| é |", "| e\u0301 |", "| abcd |"]).aligned()

    assert [line.text for line in after.lines] == ["| 漢字 |", "| é    |", "| e\u0301    |", "| abcd |"]
    assert width("漢字") == 4


@pytest.mark.parametrize("wrong", ["      | 1 | 2 |\n", "      | 1\n", '      | "abc |\n'])
def test_a_broken_table_leaves_the_file_alone_and_is_told(wrong: str) -> None:
    problems = Problems()

    after = formatted(f"when:\n  - send: a\n    rows: |\n      |a|\n{wrong}".encode(), PATH, problems)

    assert after is None
    assert len(problems.found()) == 1


CELLS = st.text(st.sampled_from("ab|\\n\n \"'#漢é-:"), max_size=6).map(str.strip)


@settings(deadline=None)
@given(st.integers(1, 3).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1)))
def test_aligning_changes_no_cell_and_a_second_time_nothing(rows: list[list[str]]) -> None:
    head = [f"c{number}" for number in range(len(rows[0]))]
    lines = ["|" + "|".join(map(escape, cells)) + "|" for cells in [head, *rows]]
    before = "when:\n  - send: a\n    rows: |\n" + "".join(f"      {line}\n" for line in lines)
    data = before.encode()

    after = formatted(data, PATH, Problems())

    if after is not None:  # a lone quote is no cell
        assert texts(after) == texts(data)
        assert formatted(after, PATH, Problems()) == after


def texts(data: bytes) -> list[dict[str, tuple[str, bool]]]:
    (root,) = source.parse(data, PATH, Problems()) or ()
    (block,) = tables(root)
    rows = table.read(block, Cells(Problems()))
    return [{name: (cell.text, cell.quoted) for name, cell in row.cells.items()} for row in rows]
