"""Jobs that seem to be done before they are: the verdict waits for their last row, or says why it cannot."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.diagnosis import Obstacle
from harness.report import failure_text
from harness.result import ScenarioResult, Status, Trouble
from harness.scenario.load import load_scenarios
from harness.session import Session
from tests.integration.impatience import install, waiting
from tests.wrong_jobs.build import build

pytestmark = pytest.mark.integration

HERE = Path(__file__).parent / "stubborn"
OTHERS = Path(__file__).parent / "exactly_done"
"""Jobs in SQL, each with a scenario."""
AT_A_TIME = 4
ROWS = 40
PATIENCE_S = 5.0
"""What a running job gets that is never done."""
SCENARIO = """\
scenario: {name}
pipeline: {name}
timeout: 120s
when:
  - send: words
    rows: [{{$value: "{word}", $partition: 0}}]
    repeat: {rows}
then:
  - {{expect: copies, count: {copies}}}
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A way of the job in `stubborn/`.

    Attributes:
        config: Flink options.
        done: Whether it is ever done.
        copies: How often each row comes out.
    """

    way: str
    done: bool
    config: str = "{}"
    rows: int = ROWS
    word: str = "word ${n}"
    parallelism: int = 1
    copies: int = 1


CASES = {
    "async": Case(way="async", done=True),
    "buffer": Case(way="buffer", done=True),
    "twice": Case(way="twice", done=True, copies=2),
    "unaligned": Case(
        way="slow",
        done=True,
        rows=200,
        word="x" * 5000,
        config="{execution.checkpointing.interval: 100 ms, execution.checkpointing.unaligned.enabled: true}",
    ),
    "leaves": Case(way="leaves", done=True, copies=2),
    "async-never": Case(way="async-never", done=False),
    "buffer-never": Case(way="buffer-never", done=False),
    "slower": Case(way="slower", done=False, rows=400, word="x" * 5000),
    "stuck": Case(way="stuck", done=False, parallelism=3),
    "expires": Case(
        way="slower",
        done=False,
        config="{execution.checkpointing.timeout: 1 s, "
        "execution.checkpointing.tolerable-failed-checkpoints: 9999}",
    ),
    "fails-once": Case(
        way="ledger", done=False, config="{restart-strategy.fixed-delay.delay: 1 h, pipeline.name: fails}"
    ),
}


SQL = sorted(path.name for path in OTHERS.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def results(
    request: pytest.FixtureRequest,
    session: Session,
    class_path: list[Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Mapping[str, Future[ScenarioResult]]]:
    """How each case ended; they run side by side, because they mostly wait."""
    folder = tmp_path_factory.mktemp("stubborn")
    shutil.copytree(HERE, folder, dirs_exist_ok=True)
    build(folder, class_path)
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(AT_A_TIME) as pool:
        install(patch)
        running: dict[str, Future[ScenarioResult]] = {}
        for name in (*CASES, *SQL):
            running[name] = pool.submit(run if name in CASES else run_sql, session, folder, name)
            # The first one alone: Flink does much only once.
            wait(running.values() if len(running) == 1 else ())
        yield running


def run(session: Session, project: Path, name: str) -> ScenarioResult:
    case = CASES[name]
    folder = project / name
    folder.mkdir()
    shutil.copy(project / "stubborn.jar", folder)
    text = (HERE / "stubborn.pipeline.yaml").read_text()
    text = text.replace("pipeline: stubborn", f"pipeline: {name}").replace(", async]", f", {case.way}]")
    options = f"  parallelism: {case.parallelism}\n  config: {case.config}\nsources:"
    (folder / "job.pipeline.yaml").write_text(text.replace("sources:", options, 1))
    scenario = SCENARIO.format(name=name, word=case.word, rows=case.rows, copies=case.copies * case.rows)
    (folder / "job.scenario.yaml").write_text(scenario)
    scenarios, problems = load_scenarios([folder], folder)
    assert [problem.render() for problem in problems] == []
    with waiting(None if case.done else PATIENCE_S):
        return session.run(session.plans(scenarios)[0], lambda _event: None)


def run_sql(session: Session, project: Path, name: str) -> ScenarioResult:
    shutil.copytree(OTHERS / name, project / name)
    scenarios, problems = load_scenarios([project / name], project / name)
    assert [problem.render() for problem in problems] == []
    return session.run(session.plans(scenarios)[0], lambda _event: None)


@pytest.mark.parametrize("name", [*(name for name, case in CASES.items() if case.done), *SQL])
def test_every_row_is_there_when_the_sink_is_read(
    name: str, results: Mapping[str, Future[ScenarioResult]]
) -> None:
    result = results[name].result()

    assert result.status is Status.PASSED, failure_text(result, colour=False)


def not_done(results: Mapping[str, Future[ScenarioResult]], name: str) -> Trouble:
    result = results[name].result()
    assert result.status is Status.ERROR
    assert result.trouble is not None
    assert result.trouble.kind == "SettleTimeout", failure_text(result, colour=False)
    return result.trouble


def obstacles(trouble: Trouble, kind: str) -> list[Obstacle]:
    return [obstacle for obstacle in trouble.obstacles if obstacle.kind == kind]


@pytest.mark.parametrize(
    ("name", "what"),
    [("async-never", "an asynchronous call"), ("buffer-never", "a sink's buffer")],
)
def test_what_is_in_flight_is_named_with_its_operator(
    name: str, what: str, results: Mapping[str, Future[ScenarioResult]]
) -> None:
    trouble = not_done(results, name)

    (obstacle,) = obstacles(trouble, "in flight")
    assert obstacle.text.startswith(f"{ROWS} records in {what} (operator {obstacle.subject})")
    assert obstacle.values == {"count": ROWS}
    assert trouble.message.endswith(obstacle.text)


def test_a_position_is_held_against_its_target(results: Mapping[str, Future[ScenarioResult]]) -> None:
    (obstacle,) = obstacles(not_done(results, "slower"), "not read yet")

    at, target = obstacle.values["at"], obstacle.values["target"]
    assert isinstance(at, int)
    assert at < 399
    assert target == 399
    assert obstacle.text.endswith(
        f"[0]: record {at} is the last that was read, and 399 is the last that was sent"
    )


def test_back_pressure_names_who_waits_and_for_whom(results: Mapping[str, Future[ScenarioResult]]) -> None:
    (obstacle,) = obstacles(not_done(results, "slower"), "back-pressure")

    assert obstacle.subject.startswith("slow -> ")
    assert obstacle.text.startswith("`words` waits, because `slow -> ")


def test_a_task_that_is_busy_is_told_with_the_users_own_line(
    results: Mapping[str, Future[ScenarioResult]],
) -> None:
    obstacle = obstacles(not_done(results, "slower"), "busy")[0]

    source = (HERE / "jars" / "stubborn" / "stubborn" / "Copy.java").read_text().splitlines()
    line = source.index("      Thread.sleep(millis);") + 1
    assert obstacle.text.endswith(f"subtask 0, is in stubborn.Copy$Slow.map (Copy.java:{line})")


def test_a_checkpoint_that_does_not_end_names_the_tasks_that_have_not_answered(
    results: Mapping[str, Future[ScenarioResult]],
) -> None:
    trouble = not_done(results, "stuck")

    (obstacle,) = obstacles(trouble, "checkpoint")
    assert " waits for 3 of 3 subtasks of `stuck -> " in obstacle.text
    assert trouble.message.endswith(obstacle.text)


def test_processing_time_timers_that_are_set_are_counted(
    results: Mapping[str, Future[ScenarioResult]],
) -> None:
    (obstacle,) = obstacles(not_done(results, "stuck"), "timers")

    assert (obstacle.subject, obstacle.values) == ("alarm", {"count": ROWS})


def test_an_idle_input_is_named_and_whether_it_reads_anything(
    results: Mapping[str, Future[ScenarioResult]],
) -> None:
    idle = obstacles(not_done(results, "stuck"), "idle")

    assert {obstacle.subject for obstacle in idle} == {"words"}
    assert [obstacle.values["splits"] for obstacle in idle].count(0) == 1
    assert any(obstacle.text.endswith("reads no partition") for obstacle in idle)


def test_the_last_checkpoint_that_failed_is_told_with_its_reason(
    results: Mapping[str, Future[ScenarioResult]],
) -> None:
    told = [obstacle.text for obstacle in obstacles(not_done(results, "expires"), "checkpoint")]

    assert told[-1].endswith(" failed: Checkpoint expired before completing")


def test_restarts_are_told_with_their_cause(results: Mapping[str, Future[ScenarioResult]]) -> None:
    trouble = not_done(results, "fails-once")

    (obstacle,) = obstacles(trouble, "restarts")
    assert obstacle.values["restarts"] == 1
    assert "IllegalStateException: the ledger is closed" in trouble.message
    assert "in stubborn.Copy$Ledger.snapshotState" in obstacle.text


def test_what_stood_in_the_way_is_kept_as_data(results: Mapping[str, Future[ScenarioResult]]) -> None:
    result = results["stuck"].result()

    (folder,) = result.evidence
    kept = json.loads(Path(folder, "why-not-done.json").read_text())
    assert result.trouble is not None
    assert [entry["text"] for entry in kept] == [obstacle.text for obstacle in result.trouble.obstacles]
