"""A hundred and twenty thousand rows against as many records, in a process whose memory is measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROWS = 120_000
MOST_MB = 130
"""Some 100 are used; the rows alone would take 120 on either side."""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak of one process")
def test_a_long_file_is_held_against_a_long_sink_in_little_memory(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tests.unit.expectation.long_sink", str(tmp_path), str(ROWS)]
    run = subprocess.run(words, check=False, capture_output=True, text=True, timeout=300)

    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["messages"] == [
        f"3 of {ROWS} rows differ",
        "every record must be json, and 1 cannot be decoded",
    ]
    assert found["rows"] == [["changed", '"t7"'], ["missing", '"t11"'], ["missing", '"t13"']]
    assert found["new"] == 0
    assert found["peak_mb"] < MOST_MB
