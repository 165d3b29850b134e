from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.session import Session

pytestmark = pytest.mark.soak

MANY = Path(__file__).parent.parent.parent / "fixtures" / "pyflink_tests" / "many"
HANG_S = 40.0
"""A worker's log stream that nobody closed held a job up for 60 s."""
RUNS = 20


def slowest(result: pytest.RunResult) -> float:
    """Seconds of the slowest test but the first, which starts the JVM."""
    found = re.findall(r"^([\d.]+)s call\s+\S+test_job\[(\d+)\]", result.stdout.str(), re.MULTILINE)
    return max((float(seconds) for seconds, number in found if number != "0"), default=0.0)


def many(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess(
        MANY, "--flink-warm", "-W", "ignore", "--durations=5", "--durations-min=0", *args, timeout=7200
    )


def test_a_thousand_jobs_of_one_process_do_not_hang(pytester: pytest.Pytester, session: Session) -> None:
    result = many(pytester)

    result.assert_outcomes(passed=1000)
    assert slowest(result) < HANG_S


def test_workers_that_share_a_cluster_do_not_hang(
    pytester: pytest.Pytester, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBS", "40")
    for _ in range(RUNS):
        result = many(pytester, "-n", "2")

        result.assert_outcomes(passed=40)
        assert slowest(result) < HANG_S
