"""A cluster that the harness did not start: used by its REST interface alone, and left as it was."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness import platform
from harness.clock import Deadline, poll
from harness.events import Event, StepFinished
from harness.keeper.client import LazyKeeper
from harness.launch.foreign_jobs import NAME, cancel_all
from harness.result import ScenarioResult, Status
from harness.scenario.load import load_scenarios
from harness.session import Session, plan_of
from tests.integration.cells import Cell, assert_exactly_done
from tests.integration.counted import assert_counted
from tests.integration.foreign_cluster import ForeignCluster, foreign_cluster
from tests.integration.runs import Run
from tests.integration.stage import Stage, ignore, kill
from tests.integration.test_jars import run_with
from tests.integration.test_sql_jobs import DECLARED, FUNCTIONS, TABLES, Project

pytestmark = pytest.mark.integration

GONE_S = 20.0
STARTED_S = 120.0
ROOT = Path(__file__).parents[2]
UPPER_CASE = ROOT / "scenarios" / "properties_java"
MORE_CELLS = (
    Cell("jar", "1.20", "kafka"),
    Cell("jar", "1.20", "postgres"),
    Cell("managed zip", "1.20", "kafka"),
    Cell("datastream script", "1.20", "kafka"),
)
WINDOWS = """
    scenario: windows
    pipeline: order-windows
    T: 2026-03-01T12:00:00Z
    when:
      - send: orders
        rows: |
          | placed_at | order_id | country | amount |
          | T+1s      | o1       | DE      | 10.00  |
          | T+61s     | o3       | FR      | 7.00   |
      - {steps}
    then:
      - expect: turnover
        rows: |
          | country | orders | turnover |
          | DE      | 1      | {turnover}    |
          | FR      | 1      | 7.00     |
"""


@pytest.fixture(scope="module")
def cluster(session: Session, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignCluster]:
    with foreign_cluster(tmp_path_factory.mktemp("foreign"), session.settings) as found:
        yield found


def on(rest: str, stage: Stage) -> Stage:
    settings = replace(stage.session.settings, layout=rest)
    return replace(stage, session=Session(settings, stage.session.environment))


@pytest.fixture
def attached(stage: Stage, cluster: ForeignCluster) -> Iterator[Stage]:
    """Scenarios run on the foreign cluster, on which nothing may be left."""
    yield on(cluster.rest, stage)
    assert poll(lambda: not cluster.open_jobs(), Deadline(GONE_S)), cluster.open_jobs()
    left = [path for path in cluster.folder.rglob("*") if path.name.startswith(("chk-", "savepoint-"))]
    assert left == []
    assert cluster.ask("/jars")["files"] == []


def trouble(result: ScenarioResult) -> str:
    assert result.status is Status.ERROR
    assert result.trouble is not None
    return result.trouble.message


def test_a_scenario_ends_exactly_done(attached: Stage, cluster: ForeignCluster) -> None:
    before = cluster.jobs()

    result = attached.run(WINDOWS.format(steps="end_of_input", turnover="10.00"))

    assert result.status is Status.PASSED, (result.trouble, result.failures)
    assert result.proofs
    assert cluster.jobs() == before + 1


@pytest.mark.parametrize(
    "cell",
    [
        Cell("sql", "1.20", "postgres"),
        *(pytest.param(cell, marks=pytest.mark.soak) for cell in MORE_CELLS),
    ],
    ids=str,
)
def test_every_kind_of_job_is_exactly_done_there(attached: Stage, tmp_path: Path, cell: Cell) -> None:
    assert_exactly_done(attached.session, tmp_path, cell)


@pytest.mark.soak
def test_a_jar_that_reads_its_properties_as_on_the_service_finds_them(attached: Stage) -> None:
    (scenario,) = load_scenarios([UPPER_CASE], ROOT)[0]

    result = attached.session.run(plan_of(scenario, "1.20", attached.session.settings), ignore)

    assert result.status is Status.PASSED, (result.trouble, result.failures)


@pytest.mark.soak
def test_a_jar_that_a_script_names_goes_there_with_the_job(attached: Stage, tmp_path: Path) -> None:
    jar, uber = tmp_path / "mine.jar", tmp_path / "uber.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        archive.writestr("note.txt", "nothing else")
    with zipfile.ZipFile(uber, "w") as archive:
        # Loaded apart, as the job's own.
        archive.writestr("org/apache/commons/lang3/StringUtils.class", b"not what Flink has")

    assert run_with(attached, tmp_path, jar)[:2] == (Status.PASSED, "")
    assert run_with(attached, tmp_path, jar, uber)[:2] == (Status.PASSED, "")


@pytest.mark.soak
def test_functions_in_python_of_a_sql_file_run_there(attached: Stage, tmp_path: Path) -> None:
    (tmp_path / "functions.py").write_text(FUNCTIONS)
    sql = f"{TABLES}{DECLARED}INSERT INTO copies SELECT id, loud(word) FROM words;"

    result = Project(stage=attached, folder=tmp_path).run(sql)

    assert result.status is Status.PASSED, (result.trouble, result.failures)


@pytest.mark.soak
def test_functions_in_python_and_a_savepoint_work_as_at_home(attached: Stage) -> None:
    result = attached.run("""
        scenario: copies
        pipeline: copy-exactly-once
        when:
          - {send: words, rows: [{id: 1, word: one}]}
          - {stop: half}
          - {send: words, rows: [{id: 2, word: two}]}
          - {start: half}
        then:
          - {expect: copies, rows: [{id: 1, word: ONE}, {id: 2, word: TWO}]}
    """)

    assert result.status is Status.PASSED, (result.trouble, result.failures)


def test_metrics_are_those_that_a_job_has_in_process_and_wrong_rows_fail_there_too(attached: Stage) -> None:
    assert_counted(attached)


def test_what_only_other_layouts_can_is_refused_with_their_names(attached: Stage) -> None:
    result = attached.run(WINDOWS.format(steps="{advance: T+2m}", turnover="10.00"))

    assert trouble(result) == "1 problem in the files"
    assert result.trouble is not None
    told = result.trouble.detail or ""
    assert "the layout `attached` of Flink cannot do `advance`" in told
    assert "`in-process` and `two-process` can: change the setting `layout`" in told


def test_nobody_at_the_address_is_said_with_what_was_asked(stage: Stage) -> None:
    result = on("http://127.0.0.1:9", stage).run(WINDOWS.format(steps="settle", turnover="10.00"))

    assert trouble(result) == "no Flink answers at http://127.0.0.1:9"


def test_jobs_that_nobody_else_can_end_are_cancelled_by_their_note(
    attached: Stage, cluster: ForeignCluster
) -> None:
    """As the reaper does where keeper and client were killed."""
    assert isinstance(attached.session.environment, LazyKeeper)
    folder = Path(attached.session.environment.address.folder.path)

    def listen(event: Event) -> None:
        if isinstance(event, StepFinished) and event.step.name.startswith("send"):
            for note in folder.glob(f"*/{NAME}"):
                cancel_all(note)

    result = attached.run(WINDOWS.format(steps="settle", turnover="10.00"), listen)

    assert trouble(result) == "the job was cancelled"
    assert cluster.open_jobs() == []


@pytest.mark.skipif(platform.portable(), reason="only Linux tells of a killed process in time")
@pytest.mark.parametrize(
    "victims",
    [("front end", "keeper"), pytest.param(("front end",), marks=pytest.mark.soak)],
    ids=" and ".join,
)
def test_a_run_that_is_killed_leaves_no_job_there(
    cluster: ForeignCluster, victims: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_LAYOUT", cluster.rest)
    # Not below pytest's own folder, whose path is longer than a TMPDIR usually is.
    with tempfile.TemporaryDirectory(prefix="attached-") as folder:
        run = Run.start("pytest", Path(folder), scenarios=20)
        try:
            poll(lambda: bool(cluster.open_jobs()) or run.process.poll() is not None, Deadline(STARTED_S))
            assert run.process.poll() is None, run.output()
            run.watch(0)
            for pid in [pid for victim in victims for pid in run.victims(victim)]:
                kill(pid)

            assert poll(lambda: not cluster.open_jobs(), Deadline(GONE_S)), cluster.open_jobs()
            assert run.what_is_left() == []
        finally:
            run.end()
