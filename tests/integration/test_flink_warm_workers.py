from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.pytest_plugin.warm_workers import RUNNER, Workers

pytestmark = pytest.mark.integration

ASK = (
    "import pyflink;import os;print(os.path.join(os.path.abspath(os.path.dirname(pyflink.__file__)), 'bin'))"
)


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(tmp_path, {})
    yield workers
    workers.close()


def output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, env={}).stdout.strip()


def test_flink_finds_our_runner_where_pyflink_s_would_be(workers: Workers) -> None:
    folder = Path(output(workers.executable, "-c", ASK))

    assert folder == workers.executable.parent
    assert (folder / RUNNER).is_file()


def test_where_processes_are_asked_for_it_is_the_interpreter(workers: Workers) -> None:
    assert output(workers.executable, "-c", "import sys; print(sys.executable)") == sys.executable


def test_pyflink_is_as_it_was_afterwards(tmp_path: Path) -> None:
    (tmp_path / "imports").mkdir()
    Workers(tmp_path / "imports", {}).close()
    service = sys.modules["pyflink.fn_execution.beam.beam_worker_pool_service"]
    servicer = service.BeamFnLoopbackWorkerPoolServicer
    before = {**vars(service), **vars(servicer)}
    Workers(tmp_path, {}).close()

    after = {**vars(service), **vars(servicer)}
    names = ("FnApiLogRecordHandler", "logging", "__init__", "start")
    assert {name: after[name] for name in names} == {name: before[name] for name in names}
