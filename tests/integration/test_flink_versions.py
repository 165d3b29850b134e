"""Both versions of Flink run scripts and SQL, exactly done; the whole matrix is in tests/soak."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.session import Session
from tests.integration.cells import Cell, assert_exactly_done

pytestmark = pytest.mark.integration

DIAGONAL = (
    Cell("datastream script", "1.20", "kafka"),
    Cell("sql", "2.2", "postgres"),
    Cell("table script", "2.2", "kafka"),
    Cell("datastream script", "2.2", "files"),
)


@pytest.mark.parametrize("cell", DIAGONAL, ids=str)
def test_it_is_exactly_done(session: Session, tmp_path: Path, cell: Cell) -> None:
    assert_exactly_done(session, tmp_path, cell)
