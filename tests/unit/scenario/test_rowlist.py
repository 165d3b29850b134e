"""Rows as a YAML list."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.rows import Cell, Rows, Word
from harness.scenario.load import ScenarioFile
from harness.scenario.model import Send

Load = Callable[[str], ScenarioFile]
HEAD = "scenario: a good one\npipeline: orders\nwhen:\n  - send: orders\n    rows:\n"
THEN = "then:\n  - {expect: history, count: 1}\n"


def rows_of(load: Load, text: str) -> Rows:
    file = load(HEAD + text + THEN)
    assert file.problems == ()
    step = file.scenarios[0].steps[0]
    assert isinstance(step, Send)
    return step.rows


def test_the_columns_are_all_keys_in_order_of_appearance(load: Load) -> None:
    rows = rows_of(load, "      - {b: 1, a: 2}\n      - {c: 3, a: 4}\n")

    assert list(rows.columns) == ["b", "a", "c"]
    assert list(rows.rows[1].cells) == ["c", "a"]


def test_quotes_make_text_and_plain_values_keep_theirs(load: Load) -> None:
    row = rows_of(load, "      - {a: 007, b: '1', c: null, d: 'null', e: no}\n").rows[0]

    assert [(cell.text, cell.quoted) for cell in row.cells.values()] == [
        ("007", False),
        ("1", True),
        ("null", False),
        ("null", True),
        ("no", False),
    ]


def test_lists_and_mappings_are_cells_of_cells(load: Load) -> None:
    cells = rows_of(load, "      - {a: [x, <hex 00>], b: {c: {d: 1}}, e: [], f: {}}\n").rows[0].cells

    items = cells["a"].items
    assert isinstance(items, tuple)
    assert [item.word for item in items] == [None, Word.HEX]
    inner = cells["b"].items
    assert isinstance(inner, Mapping)
    deep = inner["c"].items
    assert isinstance(deep, Mapping)
    assert isinstance(deep["d"], Cell)
    assert (cells["e"].items, cells["f"].items) == ((), {})


def test_a_quoted_key_with_a_dot_is_one_field(load: Load) -> None:
    rows = rows_of(load, "      - {\"a.b\": 1, 'plain': 2}\n      - {a.b: 3, '$at': 4}\n      - {$at: T}\n")

    assert list(rows.columns) == ['"a.b"', "plain", "a.b", '"$at"', "$at"]
