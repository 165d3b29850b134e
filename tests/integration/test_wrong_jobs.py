"""Jobs that are wrong, each in its own way: every message names the cause in its first line."""

from __future__ import annotations

import re
import shutil
from functools import partial
from pathlib import Path

import pytest

from harness.launch.artefacts import ensure
from harness.launch.flink_distribution import find_distribution
from harness.launch.lock_file import load_lock
from harness.launch.repository import choose_repository
from harness.report.failure import failure_lines
from harness.report.lines import plain_text
from harness.result import ScenarioResult
from harness.scenario.load import load_scenarios
from harness.session import Session
from tests.wrong_jobs.build import build

pytestmark = pytest.mark.integration

HERE = Path(__file__).parent.parent / "wrong_jobs"
EXPECTED = "expected.txt"
NAMES = sorted(path.parent.name for path in HERE.glob("*/job.scenario.yaml"))
CHANGING = (
    (re.compile(r"(?<=127\.0\.0\.1:|localhost:)\d+"), "PORT"),
    # A fresh topic has the name of its source and a token of the lease.
    (re.compile(r"\b(words|copies)-[0-9a-f]+(?:-\d+)?\b"), r"\1-FRESH"),
    (re.compile(r"\b\d+(?:\.\d+)? (?:s|ms)\b"), "SECONDS"),
)


@pytest.fixture(scope="session")
def class_path(session: Session) -> list[Path]:
    """What jobs are compiled with."""
    settings = session.settings
    found = find_distribution(settings.python, settings.cache)
    connectors = ensure(
        [load_lock("flink-1.20-kafka")], settings.cache, partial(choose_repository, settings.maven)
    )
    return [*found.jars, *connectors]


def told(result: ScenarioResult) -> str:
    """The message without its heading, and without what differs each time."""
    text = plain_text(failure_lines(result)[1:])
    for pattern, word in CHANGING:
        text = pattern.sub(word, text)
    lines = (line for line in text.splitlines() if not line.startswith(("  rerun: ", "  kept:  ")))
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_job_is_told_what_is_wrong(
    name: str, session: Session, class_path: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / name
    shutil.copytree(HERE / name, folder)
    monkeypatch.chdir(folder)
    build(folder, class_path)
    scenarios, problems = load_scenarios([folder], folder)
    if problems:
        text = "".join(problem.render() + "\n" for problem in problems)
    else:
        (plan,) = session.plans(scenarios)
        text = told(session.run(plan, lambda _event: None))
    import os

    if os.environ.get("WRITE"):
        (Path(os.environ["WRITE"]) / f"{name}.txt").write_text(text)

    assert text == (HERE / name / EXPECTED).read_text()
