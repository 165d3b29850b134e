"""A folder with a good pipeline, and what turns texts into scenarios, cells and problems."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.scenario.discover import Pipelines
from harness.scenario.load import ScenarioFile, load_file

SUPPORT = Path(__file__).parents[2] / "bad" / "support"
HEAD = "scenario: a good one\npipeline: orders\n"
THEN = "then:\n  - {expect: history, count: 1}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the pipeline `orders`, its job and its schema."""
    for name in ("good.pipeline.yaml", "job.py", "schema.sql"):
        shutil.copy(SUPPORT / name, tmp_path)
    return tmp_path


@pytest.fixture
def load(project: Path) -> Callable[[str | bytes], ScenarioFile]:
    """Reads a text as a scenario file of the project."""

    def _load(text: str | bytes) -> ScenarioFile:
        path = project / "some.scenario.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_file(path, Pipelines(project))

    return _load
