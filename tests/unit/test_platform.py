"""What the operating system is asked for."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from harness import platform
from harness.keeper.leases import most_warm

GIGABYTE = 1 << 30


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has control groups")
@pytest.mark.parametrize(("limit", "allowed"), [("1073741824\n", 1 << 30), ("max\n", None), (None, None)])
def test_a_container_has_the_memory_that_it_is_allowed(
    limit: str | None, allowed: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "memory.max"
    if limit is not None:
        file.write_text(limit)
    monkeypatch.setattr(platform, "MEMORY_LIMITS", (file,))
    monkeypatch.delenv("HARNESS_PORTABLE", raising=False)

    assert platform.memory() == (allowed or psutil.virtual_memory().total)


@pytest.mark.parametrize(("gigabytes", "most"), [(2, 3), (8, 3), (16, 4), (24, 6), (64, 8)])
def test_more_stays_warm_where_there_is_more_memory(gigabytes: int, most: int) -> None:
    assert most_warm(gigabytes * GIGABYTE) == most
