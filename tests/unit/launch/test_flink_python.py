from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest

from harness.errors import ArtefactError
from harness.launch import flink_python
from harness.launch.flink_python import made, python_for
from harness.scenario.language.choices import FLINK
from harness.settings import OPTIONS, Settings, load_settings

OWN = ".".join(metadata.version("apache-flink").split(".")[:2])
OTHER = next(version for version in FLINK if version != OWN)


def settings(tmp_path: Path, **flags: str) -> Settings:
    return load_settings(tmp_path, {"cache": str(tmp_path / "cache"), **flags}, environ={})


def flag(version: str) -> str:
    return flink_python.option_of(version)


def test_every_version_has_a_release_and_a_setting() -> None:
    assert set(flink_python.RELEASES) == set(flink_python.NEWEST) == set(FLINK)
    assert {flag(version) for version in FLINK} <= set(OPTIONS)
    assert all(release.startswith(f"{version}.") for version, release in flink_python.RELEASES.items())


def test_this_interpreter_runs_the_version_that_it_has_and_another_one_is_made(tmp_path: Path) -> None:
    found = settings(tmp_path)

    assert python_for(OWN, found) == Path(sys.executable)
    assert python_for(OTHER, found) == made(OTHER, tmp_path / "cache")
    assert not python_for(OTHER, found).exists()


def test_an_interpreter_that_is_named_for_a_version_runs_it_alone(tmp_path: Path) -> None:
    found = settings(tmp_path, **{flag(OTHER): "/opt/other/bin/python"})

    assert python_for(OTHER, found) == Path("/opt/other/bin/python")
    assert python_for(OWN, found) == Path(sys.executable)


def test_an_interpreter_that_is_named_for_all_is_never_replaced_by_one_that_is_made(tmp_path: Path) -> None:
    found = settings(tmp_path, python="/opt/mine/bin/python")

    assert {python_for(version, found) for version in FLINK} == {Path("/opt/mine/bin/python")}


def test_auto_in_so_many_words_is_made(tmp_path: Path) -> None:
    found = settings(tmp_path, python="/opt/mine/bin/python", **{flag(OTHER): "auto"})

    assert python_for(OTHER, found) == made(OTHER, tmp_path / "cache")
    assert python_for(OWN, found) == Path("/opt/mine/bin/python")


def test_a_machine_without_a_fitting_python_is_told_which_one_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(flink_python.NEWEST, "2.2", (3, 9))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ArtefactError) as caught:
        flink_python.make("2.2", tmp_path, lambda _phase: None)

    assert str(caught.value) == (
        "there is no Python that PyFlink 2.2.1 runs with\n"
        f"  it needs 3.9 to 3.9; the harness runs with {sys.version.split()[0]}, and PATH has no other one\n"
        "  -> install Python 3.9, or name an interpreter that has PyFlink with HARNESS_PYTHON_2_2"
    )


def test_a_version_in_path_that_nobody_installed_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, does in (("python3.12", "exit 127"), ("python3.10", 'echo "[3, 10]"')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "_base_executable", str(tmp_path / "python3.12"))

    assert flink_python._base("2.2") == tmp_path / "python3.10"
