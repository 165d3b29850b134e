from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def line(out: str, name: str) -> list[str]:
    (found,) = (text.split() for text in out.splitlines() if text.startswith(f"{name} "))
    return found


def test_every_value_has_its_origin(project: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "harness.toml").write_text("slots = 3\n")
    monkeypatch.setenv("HARNESS_TIMEOUT", "30s")

    said = cli("config", "--cache", "/tmp/jars")

    assert said.status == 0
    assert line(said.out, "slots") == ["slots", "3", "harness.toml:1:1"]
    assert line(said.out, "timeout") == ["timeout", "30", "s", "environment", "HARNESS_TIMEOUT"]
    assert line(said.out, "cache") == ["cache", "/tmp/jars", "flag", "--cache"]
    assert line(said.out, "fork") == ["fork", "true", "default"]


def test_an_unknown_setting_in_a_file_is_told_with_its_place(project: Path, cli: Cli) -> None:
    (project / "harness.toml").write_text("timeuot = 3\n")

    said = cli("config")

    assert (said.status, said.err) == (
        4,
        "harness.toml:1:1: unknown setting `timeuot`\n    timeuot = 3\n    ^\n  -> did you mean `timeout`?\n",
    )


def test_a_bad_value_of_a_flag_is_told(project: Path, cli: Cli) -> None:
    said = cli("config", "--slots", "many")

    assert said.status == 4
    assert said.err.startswith("--slots must be ")
    assert said.err.endswith("\n  got: many\n")


def test_a_bad_value_of_a_variable_is_told(project: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_TIMEOUT", "soon")

    said = cli("config")

    assert said.status == 4
    assert said.err.startswith("HARNESS_TIMEOUT must be ")
