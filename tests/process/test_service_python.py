"""The interpreter of the service: PyFlink and what it requires, and nothing of the developer's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import ArtefactError
from harness.launch.service_python import service_python


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return service_python(Path(sys.executable), tmp_path_factory.mktemp("cache"))


def imports(python: Path, module: str) -> str:
    done = subprocess.run(
        [str(python), "-I", "-c", f"import {module}"], capture_output=True, text=True, check=False
    )
    return done.stderr.strip().splitlines()[-1] if done.returncode else "imported"


@pytest.mark.parametrize(
    "module",
    ["pyflink.version", "py4j.java_gateway", "google.protobuf.descriptor", "pip", "fastavro", "requests"],
)
def test_what_pyflink_requires_is_there(python: Path, module: str) -> None:
    assert imports(python, module) == "imported"


@pytest.mark.parametrize("module", ["confluent_kafka", "psycopg", "pytest", "yaml", "harness"])
def test_what_only_the_developer_has_is_not(python: Path, module: str) -> None:
    assert imports(python, module) == f"ModuleNotFoundError: No module named '{module}'"


def test_it_is_made_once(tmp_path: Path) -> None:
    first = service_python(Path(sys.executable), tmp_path)
    made = first.lstat().st_mtime_ns

    assert service_python(Path(sys.executable), tmp_path) == first
    assert first.lstat().st_mtime_ns == made


def test_an_interpreter_without_pyflink_says_so(tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)

    with pytest.raises(ArtefactError, match="has no PyFlink"):
        service_python(bare / "bin" / "python", tmp_path / "cache")
