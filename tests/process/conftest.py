from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.keeper.address import VARIABLE
from tests.process.kept import Keepers


@pytest.fixture
def keepers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keepers]:
    """Keepers below a TMPDIR of the test's own, seen by nobody else."""
    # Not below pytest's own folder, whose path is longer than a TMPDIR usually is.
    with tempfile.TemporaryDirectory(prefix="kept-") as folder:
        temporary = Path(folder, "tmp")
        temporary.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        monkeypatch.setenv("TMPDIR", str(temporary))
        for name in (VARIABLE, "CI"):
            monkeypatch.delenv(name, raising=False)
        keepers = Keepers(Path(folder))
        yield keepers
        keepers.end()
