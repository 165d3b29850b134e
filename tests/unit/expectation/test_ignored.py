"""What `ignore` leaves out of every comparison."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.errors import ExpectationError
from harness.expectation.reads import without_ignored
from harness.rows import Cell
from harness.scenario.model import Place
from harness.sinks.record import Record
from tests.unit.expectation.conftest import CLOCK, LINE, Load, read_of, records


@pytest.fixture
def place(load: Load) -> Place:
    return load("  - {expect: beating, count: 1}").pipeline.sinks["beating"]


def test_rows_with_these_values_are_left_out_and_counted(place: Place) -> None:
    rows = records({"id": "a"}, {"id": "tick"}, {"id": "tick", "amount": 1}, {"id": None}, {})

    read, left_out = without_ignored(place, read_of(place, *rows), CLOCK)

    assert ([record.values for record in read.records], left_out) == ([{"id": "a"}, {"id": None}, {}], 2)


def test_what_cannot_be_decoded_is_never_left_out(place: Place) -> None:
    broken = Record(values={"id": "tick"}, origin="out[0]@0", undecodable="no JSON")

    assert without_ignored(place, read_of(place, broken), CLOCK)[0].records == (broken,)


def test_a_value_that_its_column_cannot_read_is_an_error(place: Place) -> None:
    place = replace(place, ignore={"amount": Cell(text="many", location=LINE)})

    with pytest.raises(ExpectationError, match="many"):
        without_ignored(place, read_of(place), CLOCK)
