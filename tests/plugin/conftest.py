from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.session import Session

ROOT = Path(__file__).parent.parent.parent
JOBS = ROOT / "tests" / "integration" / "jobs"
CARD = ROOT / "fixtures" / "pipelines" / "card_transactions"

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def project(pytester: pytest.Pytester) -> Path:
    """A project with the pipelines of our tests in it and no scenario yet."""
    shutil.copytree(JOBS, pytester.path / "jobs")
    shutil.copytree(CARD, pytester.path / "card")
    pytester.makeini("[pytest]\n")
    return pytester.path


@pytest.fixture
def run(pytester: pytest.Pytester, session: Session) -> Run:
    """Runs pytest in a process of its own, on the services of this run."""
    return pytester.runpytest_subprocess


@pytest.fixture
def collect(pytester: pytest.Pytester) -> Run:
    """Runs pytest in a process of its own, where no services are needed."""
    return pytester.runpytest_subprocess
