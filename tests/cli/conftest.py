from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.cli.main import status_of

ROOT = Path(__file__).parent.parent.parent
BAD = ROOT / "tests" / "bad"
SCENARIO = """\
scenario: words are copied
pipeline: copy
tags: [smoke]
when:
  - send: words
    rows: [{id: 1, word: one}]
then:
  - {expect: copies, count: 1}
---
scenario: nothing is copied
pipeline: copy
when:
  - settle
then:
  - {expect: copies, empty: true}
"""


@dataclass
class Said:
    """What a command said, and its exit code."""

    status: int
    out: str
    err: str


Cli = Callable[..., Said]


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command in this process."""

    def run(*arguments: object) -> Said:
        status = status_of([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Said(status, captured.out, captured.err)

    return run


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two right scenarios; the working directory is in it."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "tests" / "integration" / "jobs", folder / "jobs")
    (folder / "harness.toml").write_text("")
    (folder / "words.scenario.yaml").write_text(SCENARIO)
    monkeypatch.chdir(folder)
    for name in ("HARNESS_TIMEOUT", "HARNESS_SLOTS", "HARNESS_CACHE"):
        monkeypatch.delenv(name, raising=False)
    return folder
