from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.clock import Deadline, poll
from harness.keeper.address import VARIABLE
from harness.keeper.client import LazyKeeper
from harness.pytest_plugin.warm_cluster import LABEL
from harness.session import Session

pytestmark = pytest.mark.integration

SUITES = Path(__file__).parent.parent.parent / "fixtures" / "pyflink_tests"

TIMEOUT_S = 600

Run = Callable[..., pytest.RunResult]


@pytest.fixture(scope="module")
def suites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All suites in one folder: where tests are started tells one JVM from another."""
    folder = tmp_path_factory.mktemp("suites")
    shutil.copytree(SUITES, folder, dirs_exist_ok=True)
    return folder


@pytest.fixture
def run(pytester: pytest.Pytester, session: Session, suites: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a suite of a user's in a pytest of its own, on the services of this run."""

    def run_suite(suite: str, *args: str) -> pytest.RunResult:
        monkeypatch.chdir(suites)
        return pytester.runpytest_subprocess(suite, "--flink-warm", "-W", "ignore", *args, timeout=TIMEOUT_S)

    return run_suite


def test_typical_tests_pass_unmodified(run: Run) -> None:
    result = run("typical")

    result.assert_outcomes(passed=32)


@pytest.mark.soak
def test_typical_tests_pass_on_two_workers_that_share_the_cluster(run: Run) -> None:
    result = run("typical", "-n", "2")

    result.assert_outcomes(passed=32)


def test_jobs_and_jars_end_with_the_scope_that_brought_them(run: Run) -> None:
    result = run("troubled", "-k", "not fails and not kills")

    result.assert_outcomes(passed=8, deselected=4)


def test_a_killed_worker_leaves_nothing(run: Run, session: Session) -> None:
    result = run("troubled", "-n", "1", "-k", "kills_its_own_process")

    result.stdout.fnmatch_lines(["*worker 'gw0' crashed*"])
    assert isinstance(session.environment, LazyKeeper)
    client = session.environment.client()
    labels: list[str] = []

    def gone() -> bool:
        labels[:] = [lease["label"] for lease in client.status()["leases"]]
        return LABEL not in labels

    assert poll(gone, Deadline(60)), labels


def test_a_jvm_that_dies_is_told_without_a_traceback(run: Run) -> None:
    result = run("troubled", "-k", "kills_the_jvm")

    result.assert_outcomes(passed=1, errors=1, deselected=11)
    result.stdout.fnmatch_lines(["flink died in the middle (SIGKILL)"])
    result.stdout.no_fnmatch_line("*During handling*")


def test_a_failed_function_shows_its_own_line_first(run: Run) -> None:
    result = run("troubled", "-k", "fails_in_a_function")

    result.stdout.fnmatch_lines(
        [
            "*- Flink: user code -*",
            "*functions.py:2 in invert",
            "    return 1 / number",
            "ZeroDivisionError: division by zero",
            "*- Flink JVM output -*",
            "* switched from RUNNING to FAILED *",
        ]
    )


def test_what_the_jvm_prints_is_the_test_s_output(run: Run) -> None:
    result = run("troubled", "-k", "fails_after_a_print")

    result.stdout.fnmatch_lines(["*- Captured stdout call -*", "seen by the JVM"])


def test_one_operator_is_fed_records_watermarks_and_the_clock(run: Run) -> None:
    result = run("operators")

    result.assert_outcomes(passed=12)


def test_nothing_is_started_before_a_test_touches_pyflink(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = pytester.mkdir("temporary")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.delenv(VARIABLE, raising=False)
    pytester.makepyfile(
        """
        import pathlib, tempfile
        import pyflink.datastream, pyflink.table

        def test_nothing():
            assert not list(pathlib.Path(tempfile.gettempdir()).glob("flink-harness-*"))
        """
    )

    result = pytester.runpytest_subprocess("--flink-warm", "-W", "ignore")

    result.assert_outcomes(passed=1)


def test_the_operator_fixture_needs_the_option(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_operator(flink_operator):\n    pass\n")

    result = pytester.runpytest_subprocess()

    result.stdout.fnmatch_lines(["*flink_operator needs the option --flink-warm*"])
