from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from xml.etree import ElementTree as ET

import pytest

from harness.session import Session

pytestmark = pytest.mark.integration
Harness = Callable[..., CompletedProcess[str]]


def test_a_run_writes_terminal_document_and_junit(project: Path, session: Session, harness: Harness) -> None:
    done = harness("run", "--json", "result.json", "--junit", "junit.xml", cwd=project)

    document = json.loads((project / "result.json").read_text())
    cases = list(ET.parse(project / "junit.xml").iter("testcase"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split("  ")[0] for line in done.stdout.splitlines()[:2]] == [
        "PASSED   words.scenario.yaml:1:1".replace("   ", "  ").split("  ")[0]
    ] * 2
    assert done.stdout.splitlines()[-1].startswith("2 passed in ")
    assert [scenario["status"] for scenario in document["scenarios"]] == ["passed", "passed"]
    assert [case.get("name") for case in cases] == ["words are copied", "nothing is copied"]


def test_a_scenario_that_does_not_pass_is_exit_code_1_and_tells_how_to_run_it_again(
    project: Path, session: Session, harness: Harness
) -> None:
    text = (project / "words.scenario.yaml").read_text().replace("count: 1", "count: 2")
    (project / "words.scenario.yaml").write_text(text)

    done = harness("run", cwd=project)

    assert done.returncode == 1
    assert "  copies: expected 2 rows, and there is 1\n" in done.stdout
    assert "  rerun: harness run words.scenario.yaml -k 'words are copied'\n" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 passed, 1 failed in ")


def test_x_stops_at_the_first_that_does_not_pass(project: Path, session: Session, harness: Harness) -> None:
    text = (project / "words.scenario.yaml").read_text().replace("count: 1", "count: 2")
    (project / "words.scenario.yaml").write_text(text)

    done = harness("run", "-x", cwd=project)

    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("1 failed in ")


def test_a_wrong_file_runs_nothing(project: Path, harness: Harness) -> None:
    (project / "wrong.scenario.yaml").write_text("scenario: x\n")

    done = harness("run", cwd=project)

    assert (done.returncode, done.stdout) == (4, "")
    assert "Traceback" not in done.stderr
