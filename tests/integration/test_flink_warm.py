from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.session import Session

pytestmark = pytest.mark.integration

SUITES = Path(__file__).parent.parent.parent / "fixtures" / "pyflink_tests"

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, session: Session) -> Run:
    """Runs a suite of a user's in a pytest of its own, on the services of this run."""

    def run_suite(suite: str, *args: str) -> pytest.RunResult:
        shutil.copytree(SUITES / suite, pytester.path, dirs_exist_ok=True)
        return pytester.runpytest_subprocess("--flink-warm", "-W", "ignore", *args, timeout=180)

    return run_suite


def test_typical_tests_pass_unmodified(run: Run) -> None:
    result = run("typical")

    result.assert_outcomes(passed=30)
