"""Wrong files, each with exactly what is said about it (`NAME.expected.txt` beside it)."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.scenario import pipeline
from harness.scenario.discover import Pipelines
from harness.scenario.load import load_file

BAD = Path(__file__).parents[2] / "bad"
FILES = sorted(BAD.glob("*.yaml"))


@pytest.fixture(scope="module")
def pipelines() -> Pipelines:
    return Pipelines(BAD)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".yaml"))
def test_a_wrong_file_gets_its_message(
    path: Path, pipelines: Pipelines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(BAD)  # messages show paths relative to the working directory
    expected = path.with_name(path.name.replace(".yaml", ".expected.txt")).read_text(encoding="utf-8")

    if ".pipeline." in path.name:
        problems = pipeline.read(path).problems
    else:
        problems = load_file(path, pipelines).problems

    assert expected == "".join(f"{problem.render()}\n" for problem in problems)


def test_every_wrong_file_has_a_message_and_every_message_a_file() -> None:
    names = {path.name.removesuffix(".yaml") for path in FILES}
    messages = {path.name.removesuffix(".expected.txt") for path in BAD.glob("*.expected.txt")}

    assert names == messages


def test_messages_are_one_fact_in_lower_case_without_a_full_stop(pipelines: Pipelines) -> None:
    problems = [
        problem
        for path in FILES
        for problem in (
            pipeline.read(path) if ".pipeline." in path.name else load_file(path, pipelines)
        ).problems
    ]

    for problem in problems:
        first = problem.message.split()[0]
        assert first.islower() or first in ("YAML", "Flink") or "`" in first, problem.message
        assert not problem.message.endswith("."), problem.message
        assert "\n" not in problem.message
