from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.events import RunFinished, RunStarted
from harness.report import JsonDocument
from harness.report.file import write_atomically
from harness.result import FORMAT, RunResult, ScenarioResult


def test_the_document_holds_the_whole_run(run: RunResult, tmp_path: Path) -> None:
    path = tmp_path / "reports" / "run.json"
    reporter = JsonDocument(path)

    reporter.handle(RunStarted(4))
    reporter.handle(RunFinished(run))
    reporter.close()

    document = json.loads(path.read_text("utf-8"))
    assert document["format"] == FORMAT
    assert document["status"] == "error"
    failed = document["scenarios"][2]
    assert len(failed["failures"][0]["rows"]) == 5
    assert failed["failures"][0]["rows"][0]["fields"][0] == {
        "field": "amount",
        "expected": "13.50",
        "actual": "12.50",
    }
    assert failed["location"] == {"file": "scenarios/card/amount.scenario.yaml", "line": 1, "column": 1}


def test_all_rows_are_in_the_document(failed: ScenarioResult, tmp_path: Path) -> None:
    failure = replace(failed.failures[0], rows=failed.failures[0].rows * 20)
    run = RunResult(scenarios=(replace(failed, failures=(failure,)),), seconds=1, harness="0")

    JsonDocument(tmp_path / "run.json").handle(RunFinished(run))

    document = json.loads((tmp_path / "run.json").read_text("utf-8"))
    assert len(document["scenarios"][0]["failures"][0]["rows"]) == 100


def test_half_a_surrogate_pair_does_not_break_the_document(failed: ScenarioResult, tmp_path: Path) -> None:
    run = RunResult(scenarios=(replace(failed, name="é \ud800"),), seconds=1, harness="0")

    JsonDocument(tmp_path / "run.json").handle(RunFinished(run))

    assert json.loads((tmp_path / "run.json").read_bytes())["scenarios"][0]["name"] == "é \ud800"


def test_a_file_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()

    with pytest.raises(OSError, match="taken"):
        write_atomically(tmp_path / "taken", b"x")

    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_writing_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, b"old and longer")

    write_atomically(path, b"new")

    assert path.read_bytes() == b"new"


def test_what_only_this_process_can_use_is_not_in_the_document(
    failed: ScenarioResult, tmp_path: Path
) -> None:
    row = replace(failed.failures[0].rows[0], expected=1, actual=2)
    failure = replace(failed.failures[0], rows=(row,), sides=object())
    run = RunResult(scenarios=(replace(failed, failures=(failure,)),), seconds=1, harness="0")

    JsonDocument(tmp_path / "run.json").handle(RunFinished(run))

    (shown,) = json.loads((tmp_path / "run.json").read_text("utf-8"))["scenarios"][0]["failures"]
    assert "sides" not in shown
    assert {"expected", "actual"} & shown["rows"][0].keys() == set()
