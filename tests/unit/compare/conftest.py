from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import pytest

from harness.compare import ActualRow, Comparison, ExpectedRow, compare_rows
from harness.compare.matchers import Capture
from harness.location import Location
from harness.scenario.model import Match, Mode

FILE = Path("a.scenario.yaml")


class Compare(Protocol):
    def __call__(
        self,
        expected: Sequence[Mapping[str, object]],
        actual: Sequence[Mapping[str, object]],
        *,
        key: Sequence[str] = (),
        mode: Mode = Mode.APPEND,
        match: Match = Match.EXACT,
        all_columns: bool = False,
        columns: Sequence[str] | None = None,
        tolerance: Mapping[str, Decimal] | None = None,
        captures: Mapping[str, Capture] | None = None,
    ) -> Comparison: ...


def _compare(
    expected: Sequence[Mapping[str, object]],
    actual: Sequence[Mapping[str, object]],
    *,
    key: Sequence[str] = (),
    mode: Mode = Mode.APPEND,
    match: Match = Match.EXACT,
    all_columns: bool = False,
    columns: Sequence[str] | None = None,
    tolerance: Mapping[str, Decimal] | None = None,
    captures: Mapping[str, Capture] | None = None,
) -> Comparison:
    """Compare plain mappings; expected rows stand on the lines from 1, actual ones at the offsets from 0."""
    return compare_rows(
        [ExpectedRow(values, Location(FILE, line)) for line, values in enumerate(expected, 1)],
        [ActualRow(values, f"out[0]@{offset}") for offset, values in enumerate(actual)],
        key=key,
        mode=mode,
        match=match,
        all_columns=all_columns,
        columns=columns,
        tolerance=tolerance,
        captures=captures,
    )


@pytest.fixture(scope="session")
def compare() -> Compare:
    return _compare
