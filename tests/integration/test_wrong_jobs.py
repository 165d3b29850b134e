"""Jobs that are wrong, each in its own way: every message names the cause in its first line."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from harness.report.failure import failure_lines
from harness.report.lines import plain_text
from harness.result import ScenarioResult
from harness.scenario.load import load_scenarios
from harness.session import Session
from tests.integration.impatience import install, waiting
from tests.wrong_jobs.build import build

pytestmark = pytest.mark.integration

HERE = Path(__file__).parent.parent / "wrong_jobs"
EXPECTED = "expected.txt"
NAMES = sorted(path.parent.name for path in HERE.glob("*/job.scenario.yaml"))
FIRST = "schema-mismatch"
"""Alone, so that no timeout is spent on what Flink does only once."""
AT_A_TIME = 4
"""They mostly wait: for a restart, or for their timeout."""
NEVER_DONE = {"idle-subtask", "watermark-never-moves"}
PATIENCE_S = 3.0
CHANGING = (
    (re.compile(r"(?<=127\.0\.0\.1:|localhost:)\d+"), "PORT"),
    # A fresh topic has the name of its source and a token of the lease.
    (re.compile(r"\b(words|copies)-[0-9a-f]+(?:-\d+)?\b"), r"\1-FRESH"),
    (re.compile(r"\b\d+(?:\.\d+)? (?:s|ms)\b"), "SECONDS"),
)


@pytest.fixture(scope="module")
def messages(
    request: pytest.FixtureRequest,
    session: Session,
    class_path: list[Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Mapping[str, Future[str]]]:
    """What the harness says of each job that is tested; they run side by side."""
    folder = tmp_path_factory.mktemp("wrong_jobs")
    chosen = [item.callspec.id for item in request.session.items if hasattr(item, "callspec")]
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(AT_A_TIME) as pool:
        patch.chdir(folder)
        install(patch)
        first = pool.submit(message, session, class_path, folder / FIRST)
        wait([first])
        others = [name for name in NAMES if name in chosen and name != FIRST]
        running = {name: pool.submit(message, session, class_path, folder / name) for name in others}
        yield {FIRST: first, **running}


def message(session: Session, class_path: list[Path], folder: Path) -> str:
    """Run a copy of a wrong job."""
    shutil.copytree(HERE / folder.name, folder)
    build(folder, class_path)
    scenarios, problems = load_scenarios([folder], folder)
    if problems:
        return "".join(problem.render() + "\n" for problem in problems)
    (plan,) = session.plans(scenarios)
    with waiting(PATIENCE_S if folder.name in NEVER_DONE else None):
        return told(session.run(plan, lambda _event: None))


def told(result: ScenarioResult) -> str:
    """The message without its heading, and without what differs each time."""
    text = plain_text(failure_lines(result)[1:])
    for pattern, word in CHANGING:
        text = pattern.sub(word, text)
    lines = (line for line in text.splitlines() if not line.startswith(("  rerun: ", "  kept:  ")))
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_job_is_told_what_is_wrong(name: str, messages: Mapping[str, Future[str]]) -> None:
    assert messages[name].result() == (HERE / name / EXPECTED).read_text()
