"""What tests of several kinds share: the warm services of this run, and projects for scenarios to live in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest

from harness.keeper.address import VARIABLE
from harness.pytest_plugin.state import KEY
from harness.session import Session
from tests.process.kept import Keepers

pytest_plugins = ["pytester"]
# How fast a machine is decides no test; what is slow is told by `--durations`.
hypothesis.settings.register_profile("harness", deadline=None)
hypothesis.settings.load_profile("harness")
# Files that are wrong on purpose, those that need a build first, and jobs that are run by tests.
collect_ignore = ["bad", "examples", "integration/jobs", "integration/exactly_done", "wrong_jobs"]

ROOT = Path(__file__).parent.parent
DEVELOPER = {"AWS_SECRET_ACCESS_KEY": "a-secret-of-the-developer", "CI_JOB_TOKEN": "a-token-of-the-machine"}
"""In the environment of everything that the harness starts, and to be seen by no job."""

LEAN = "-p no:hypothesispytest -p no:anyio"
"""Of every pytest that a test starts: plugins that only our own tests need, and half of its start."""

Harness = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def lean(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starts every pytest that a test starts without what it does not need."""
    if "pytester" in request.fixturenames:
        # It forgets the variable.
        request.getfixturevalue("pytester")
    monkeypatch.setenv("PYTEST_ADDOPTS", LEAN)


@pytest.fixture(scope="session")
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Session:
    """The engine on the services of this very run.

    The plugin has put the address of its keeper into the environment, so every pytest and every
    command that a test starts shares them.
    """
    state = request.config.stash[KEY]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in DEVELOPER.items():
            patch.setenv(name, value)
        state.keeper.client()
    settings = replace(state.session.settings, evidence=tmp_path_factory.mktemp("evidence"))
    return Session(settings, state.keeper)


@pytest.fixture
def card_project(tmp_path: Path) -> Path:
    """A project of its own with the card pipeline in it and no scenario yet."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "fixtures" / "pipelines" / "card_transactions", folder / "card")
    (folder / "pyproject.toml").write_text("")
    return folder


@pytest.fixture(scope="session")
def harness() -> Harness:
    """Runs the command line in a process of its own."""

    def run(
        *arguments: object, cwd: Path, environ: Mapping[str, str] = os.environ
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "harness.cli.main", *map(str, arguments)]
        return subprocess.run(
            command, cwd=cwd, env=dict(environ), capture_output=True, text=True, check=False, timeout=300
        )

    return run


@pytest.fixture
def keepers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keepers]:
    """Keepers below a TMPDIR of the test's own, seen by nobody else."""
    # Not below pytest's own folder, whose path is longer than a TMPDIR usually is.
    with tempfile.TemporaryDirectory(prefix="kept-") as folder:
        temporary = Path(folder, "tmp")
        temporary.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        monkeypatch.setenv("TMPDIR", str(temporary))
        for name in (VARIABLE, "CI"):
            monkeypatch.delenv(name, raising=False)
        keepers = Keepers(Path(folder))
        yield keepers
        keepers.end()


def without_keeper(**more: str) -> dict[str, str]:
    """The environment of a process that starts services of its own."""
    return {**{name: value for name, value in os.environ.items() if name != VARIABLE}, **more}
