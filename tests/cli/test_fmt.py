from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

CROOKED = "scenario: x\nwhen:\n  - send: words\n    rows: |\n      |id|\n      |100|\n"
STRAIGHT = CROOKED.replace("|id|", "| id  |").replace("|100|", "| 100 |")


@pytest.fixture
def crooked(project: Path) -> Path:
    path = project / "crooked.scenario.yaml"
    path.write_text(CROOKED)
    return path


def test_tables_are_aligned_and_the_files_named(crooked: Path, cli: Cli) -> None:
    said = cli("fmt")

    assert (said.status, said.out, said.err) == (0, "aligned crooked.scenario.yaml\n", "")
    assert crooked.read_text() == STRAIGHT


def test_a_second_time_there_is_nothing_to_do(crooked: Path, cli: Cli) -> None:
    cli("fmt")

    said = cli("fmt", "crooked.scenario.yaml")

    assert (said.status, said.out) == (0, "1 file: all tables are aligned\n")


def test_check_changes_nothing_and_tells_by_its_exit_code(crooked: Path, cli: Cli) -> None:
    said = cli("fmt", "--check")

    assert (said.status, said.out) == (1, "would align crooked.scenario.yaml\n")
    assert crooked.read_text() == CROOKED


def test_diff_shows_and_changes_nothing(crooked: Path, cli: Cli) -> None:
    said = cli("fmt", "--diff")

    assert said.status == 0
    assert "-      |id|\n-      |100|\n+      | id  |\n+      | 100 |\n" in said.out
    assert crooked.read_text() == CROOKED


def test_a_broken_file_is_told_and_left_alone_and_the_others_are_aligned(
    crooked: Path, project: Path, cli: Cli
) -> None:
    broken = CROOKED.replace("|100|", "|100|2|")
    (project / "broken.scenario.yaml").write_text(broken)

    said = cli("fmt")

    assert (said.status, said.out) == (4, "aligned crooked.scenario.yaml\n")
    assert said.err.startswith("broken.scenario.yaml:6:7: this line has 2 cells, and the head has 1\n")
    assert (project / "broken.scenario.yaml").read_text() == broken


def test_mode_and_link_are_kept(crooked: Path, project: Path, cli: Cli) -> None:
    crooked.chmod(0o640)
    link = project / "link.scenario.yaml"
    link.symlink_to(crooked)

    cli("fmt", "link.scenario.yaml")

    assert link.is_symlink()
    assert crooked.read_text() == STRAIGHT
    assert crooked.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in project.glob(".*")) == []


def test_a_file_of_another_kind(project: Path, cli: Cli) -> None:
    said = cli("fmt", "harness.toml")

    assert said.status == 4
    assert said.err == (
        "`harness.toml` is no scenario or pipeline file\n"
        "  -> they are named `*.scenario.yaml` and `*.pipeline.yaml`\n"
    )
