"""Every kind of job on every Flink to every place is exactly done, and misses a record that was withheld."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.session import Session
from tests.integration.cells import Cell, assert_exactly_done, cells

pytestmark = [pytest.mark.integration, pytest.mark.soak]


@pytest.mark.parametrize("cell", cells(), ids=str)
def test_it_is_exactly_done(session: Session, tmp_path: Path, cell: Cell) -> None:
    assert_exactly_done(session, tmp_path, cell)
