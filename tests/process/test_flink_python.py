"""The interpreter that the harness makes for a Flink version; a small wheel stands for PyFlink's 0.8 GB."""

from __future__ import annotations

import subprocess
import threading
import zipfile
from pathlib import Path

import pytest

from harness.errors import ArtefactError
from harness.launch import flink_python
from harness.launch.flink_python import is_made, made, make

RELEASE = flink_python.RELEASES["2.2"]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all that pip knows, and empty."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(flink_python, "_refused", {})
    return folder


def write_wheel(index: Path) -> None:
    name = f"apache_flink-{RELEASE}"
    with zipfile.ZipFile(index / f"{name}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("pyflink/__init__.py", "")
        wheel.writestr(
            f"{name}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: apache-flink\nVersion: {RELEASE}\n"
        )
        wheel.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{name}.dist-info/RECORD", "")


def version(python: Path) -> str:
    program = "from importlib.metadata import version; import pyflink; print(version('apache-flink'))"
    return subprocess.run([python, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_two_that_want_it_at_once_get_one_that_is_installed_once(index: Path, tmp_path: Path) -> None:
    write_wheel(index)
    told: list[str] = []
    threads = [threading.Thread(target=make, args=("2.2", tmp_path, told.append)) for _ in range(2)]
    # As a process leaves it that was killed while it installed.
    half = made("2.2", tmp_path)
    half.parent.mkdir(parents=True)
    half.write_text("#!/bin/sh\nexit 1\n")
    assert not is_made(half)

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert told == [f"installing PyFlink {RELEASE}"]
    assert is_made(half)
    assert version(half) == RELEASE


def test_what_cannot_be_installed_says_why_and_is_not_tried_again_at_once(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", "https://ann:secret@index.invalid/simple")
    told: list[str] = []

    with pytest.raises(ArtefactError) as caught:
        make("2.2", tmp_path, told.append)
    with pytest.raises(ArtefactError):
        make("2.2", tmp_path, told.append)

    home = made("2.2", tmp_path).parent.parent
    assert str(caught.value) == (
        f"PyFlink {RELEASE} could not be installed into {home}\n"
        f"  ERROR: Could not find a version that satisfies the requirement apache-flink=={RELEASE} "
        "(from versions: none)\n"
        f"  ERROR: No matching distribution found for apache-flink=={RELEASE}\n"
        "  -> `harness fetch --flink 2.2` with a network, "
        "or name an interpreter that has it: export HARNESS_PYTHON_2_2=PATH"
    )
    assert len(told) == 1
    assert not home.exists()


@pytest.mark.soak
def test_it_is_made_again_when_the_python_that_it_was_made_of_has_gone(index: Path, tmp_path: Path) -> None:
    write_wheel(index)
    python = make("2.2", tmp_path, lambda _phase: None)
    python.unlink()
    python.symlink_to(tmp_path / "python-that-was-removed")

    assert not is_made(python)
    assert version(make("2.2", tmp_path, lambda _phase: None)) == RELEASE
