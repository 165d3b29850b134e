"""`harness accept` on a real job: what it found is written, and what it wrote passes."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from harness.session import Session

pytestmark = pytest.mark.integration
Harness = Callable[..., CompletedProcess[str]]
SHIPPED = Path(__file__).parent.parent.parent / "scenarios" / "card_transactions" / "approved.scenario.yaml"


@pytest.fixture
def broken(card_project: Path) -> Path:
    """The shipped scenarios with a wrong amount in each of two tables."""
    path = card_project / "approved.scenario.yaml"
    text = (
        SHIPPED.read_text()
        .replace("| 99.00  | 2026", "| 9.10   | 2026")
        .replace("| t1             | 11.00  |", "| t1             | 11.11  |")
    )
    path.write_text(text)
    return path


def changed(before: str, after: str) -> list[str]:
    lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def test_what_was_accepted_passes_and_the_difference_is_one_line_each(
    broken: Path, session: Session, harness: Harness
) -> None:
    before = broken.read_text()

    accepted = harness("accept", "--yes", cwd=broken.parent, environ=os.environ | {"CI": ""})
    run = harness("run", cwd=broken.parent)

    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    assert "        amount  expected 9.10  is 99.00\n" in accepted.stdout
    assert accepted.stdout.endswith(
        "wrote approved.scenario.yaml\nlook at the difference, and run the scenarios again\n"
    )
    assert run.returncode == 0, run.stdout
    assert broken.read_text() == SHIPPED.read_text()
    assert len(changed(before, broken.read_text())) == 4


def test_nothing_is_written_where_nobody_can_be_asked(
    broken: Path, session: Session, harness: Harness
) -> None:
    before = broken.read_text()

    said = harness("accept", "-k", "correction", cwd=broken.parent, environ=os.environ | {"CI": ""})

    assert said.returncode == 1
    assert "there is no terminal to ask on; `--yes` accepts all\n" in said.stdout
    assert broken.read_text() == before


def test_each_expectation_is_asked_for(broken: Path, session: Session) -> None:
    before = broken.read_text()

    status = _answering(b"n\ny\n", broken.parent)

    assert status == 1
    assert changed(before, broken.read_text()) == [
        "-      | t1             | 11.11  |",
        "+      | t1             | 11.00  |",
    ]


def _answering(keys: bytes, folder: Path) -> int:
    with _terminal(keys) as stdin:
        command = [sys.executable, "-m", "harness.cli.main", "accept"]
        environ = os.environ | {"CI": ""}
        done = subprocess.run(
            command, cwd=folder, env=environ, stdin=stdin, capture_output=True, check=False, timeout=300
        )
    return done.returncode


@contextmanager
def _terminal(keys: bytes) -> Iterator[int]:
    ours, theirs = pty.openpty()
    try:
        os.write(ours, keys)
        yield theirs
    finally:
        os.close(ours)
        os.close(theirs)


def test_what_is_no_row_is_left_and_told(broken: Path, session: Session, harness: Harness) -> None:
    text = SHIPPED.read_text().split("---\n")[1] + "  - {expect: job, restarts: 3}\n"
    broken.write_text(text)

    said = harness("accept", "--yes", cwd=broken.parent, environ=os.environ | {"CI": ""})

    assert said.returncode == 1
    assert "  job: expected 3 restarts, and there were none  " in said.stdout
    assert "  not acceptable: only rows and counts of a sink are\n" in said.stdout
    assert broken.read_text() == text
