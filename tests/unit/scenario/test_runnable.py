"""What the language has of folders, and this version cannot run yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.scenario.load import load_scenarios
from harness.scenario.runnable import hindrances

TWO = "jobs: {a: {python: job.py, writes: x}, b: {python: job.py, reads: x, env: {X: '${sinks.x.name}'}}}"
ONE = "job: {python: job.py, env: {X: '${sinks.x.name}'}}"


def said(folder: Path, job: str, place: str) -> list[str]:
    (folder / "job.py").write_text("")
    (folder / "rows.pipeline.yaml").write_text(f"pipeline: rows\n{job}\nsinks:\n  x: {{{place}}}\n")
    (folder / "one.scenario.yaml").write_text(
        "scenario: one\npipeline: rows\nthen: [{expect: x, empty: true}]\n"
    )
    (scenario,), problems = load_scenarios([folder], folder)
    assert not problems, [problem.render() for problem in problems]
    return [problem.message.split("`")[1] for problem in hindrances(scenario)]


@pytest.mark.parametrize(
    ("job", "place", "words"),
    [
        (ONE, "folder: <fresh>, format: json", []),
        (ONE, "folder: <fresh>, format: parquet", ["format: parquet (of a folder)"]),
        (ONE, "folder: <fresh>, format: json, mode: upsert, key: a", ["mode: upsert (of a folder)"]),
        ("job: {python: job.py}", "folder: out/x, format: json", ["folder: out/x"]),
        (TWO, "folder: <fresh>, format: json", ["folder (between two jobs)"]),
        ("job: {python: job.py}", "print: stderr", []),
    ],
)
def test_what_is_not_there_yet_is_told_before_anything_starts(
    job: str, place: str, words: list[str], tmp_path: Path
) -> None:
    assert said(tmp_path, job, place) == words
