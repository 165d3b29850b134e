"""The rows of `changes`, typed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.codecs.types import INTEGER, TEXT
from harness.errors import ExpectationError
from harness.expectation.typed_rows import typed_rows
from harness.scenario.model import ExpectRows
from harness.sinks.record import Read
from tests.unit.expectation.conftest import CLOCK, Load, records

CHANGES = records(
    {"$op": "insert", "id": "a", "times": 1},
    {"$op": "update_after", "id": "a", "times": 2},
    {"$op": "delete", "id": "a"},
)
READ = Read(records=(), types={"id": TEXT, "times": INTEGER}, closed=True, always=True, changes=CHANGES)


def values(load: Load, rows: str, read: Read = READ) -> list[dict[str, object]]:
    scenario = load(f"  - {{expect: current, changes: {rows}}}")
    (step,) = scenario.steps
    assert isinstance(step, ExpectRows)
    typed = typed_rows(step, scenario.pipeline.sinks["current"], read, CLOCK)
    return [dict(row.values) for row in typed.rows]


def test_changes_are_typed_and_their_words_are_plain(load: Load) -> None:
    rows = "[{$op: +I, id: a, times: 1}, {$op: -U, id: a}, {$op: +U, id: a}, {$op: delete, id: a}]"

    assert values(load, rows) == [
        {"$op": "insert", "id": "a", "times": 1},
        {"$op": "update_before", "id": "a"},
        {"$op": "update_after", "id": "a"},
        {"$op": "delete", "id": "a"},
    ]


def test_a_column_that_no_change_has_is_an_error(load: Load) -> None:
    with pytest.raises(ExpectationError, match="current has no column `tims`"):
        values(load, "[{$op: insert, tims: 1}]")
    with pytest.raises(ExpectationError, match="no record of current has a field `tims`"):
        values(load, "[{$op: insert, tims: 1}]", replace(READ, types={}, closed=False))
