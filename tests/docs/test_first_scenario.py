"""The page for beginners: every file of it runs, and every output in it is what is really said."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from harness.session import Session
from tests.conftest import Harness

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "first-scenario.md"
BLOCKS = {
    title: body
    for _, title, body in re.findall(
        r"^```(\w*)[ \t]*(\w*)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
}
RUN = ("run", "payments.scenario.yaml")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "fixtures" / "pipelines" / "card_transactions", folder / "card")
    (folder / "harness.toml").write_text("")
    (folder / "payments.scenario.yaml").write_text(BLOCKS["first"])
    return folder


def timeless(text: str) -> str:
    """The text without seconds, and without what only the width of a line makes of it."""
    text = re.sub(r"(\d+ min )?\d+(\.\d+)? s$", "0.0 s", text, flags=re.MULTILINE)
    return re.sub(r"  +(\S+\.yaml:\d+)$", r"  \1", text, flags=re.MULTILINE)


def test_a_right_file_is_checked_as_shown(project: Path, harness: Harness) -> None:
    assert harness("check", cwd=project).stdout == BLOCKS["check"]


def test_a_slip_is_told_as_shown(project: Path, harness: Harness) -> None:
    file = project / "payments.scenario.yaml"
    file.write_text(BLOCKS["first"].replace("send: transactions", "send: transaction"))

    assert harness("check", cwd=project).stderr == BLOCKS["typo"]


@pytest.mark.integration
def test_the_first_scenario_is_green_as_shown(project: Path, harness: Harness, session: Session) -> None:
    done = harness(*RUN, cwd=project)

    assert timeless(done.stdout) == timeless(BLOCKS["green"]), done.stderr


@pytest.mark.integration
def test_a_wrong_expectation_is_red_as_shown(project: Path, harness: Harness, session: Session) -> None:
    head, then, rows = BLOCKS["first"].partition("then:")
    missing = "      | t9             | c1      | 1.00   |\n"
    (project / "payments.scenario.yaml").write_text(f"{head}{then}{rows.replace('12.50', '13.50')}{missing}")

    done = harness(*RUN, cwd=project)

    assert timeless(done.stdout).startswith(timeless(BLOCKS["red"])), done.stdout + done.stderr


@pytest.mark.integration
def test_all_scenarios_of_the_page_pass(project: Path, harness: Harness, session: Session) -> None:
    (project / "more.scenario.yaml").write_text(BLOCKS["more"])
    (project / "payments.csv").write_text(BLOCKS["payments"])

    done = harness("run", cwd=project)

    assert re.search(r"^5 passed in", done.stdout, re.MULTILINE), done.stdout + done.stderr
