"""Every step of the language to the model, in one phase or several."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.scenario.discover import Pipelines
from harness.scenario.load import ScenarioFile, load_file
from harness.scenario.model import (
    Advance,
    EndOfInput,
    ExpectConserved,
    ExpectJob,
    ExpectRows,
    ExpectSchema,
    Fault,
    Link,
    LinkState,
    Mode,
    Reshard,
    Savepoint,
    Scenario,
    Scope,
    Settle,
    Start,
    Step,
    Stop,
    System,
    Victim,
)
from harness.scenario.runnable import hindrances

SUPPORT = Path(__file__).parents[2] / "bad" / "support"
Load = Callable[[str | bytes], ScenarioFile]


@pytest.fixture
def steps(project: Path) -> Callable[..., tuple[Step, ...]]:
    """Reads steps of a scenario of one of the pipelines."""
    for name in ("streams.pipeline.yaml", "upgrades.pipeline.yaml"):
        shutil.copy(SUPPORT / name, project)

    def _steps(*lines: str, pipeline: str = "streams") -> tuple[Step, ...]:
        path = project / "some.scenario.yaml"
        listed = "".join(f"  - {line}\n" for line in lines)
        path.write_text(f"scenario: one\npipeline: {pipeline}\nwhen:\n{listed}")
        file = load_file(path, Pipelines(project))
        assert [problem.message for problem in file.problems] == []
        return file.scenarios[0].steps

    return _steps


Steps = Callable[..., tuple[Step, ...]]
LAST = "{expect: cleaned, empty: true}"


def test_time_passes_on_all_sources_or_one(steps: Steps) -> None:
    everywhere, there, end, timers, _ = steps(
        "{advance: T+10m}", "{advance: 2026-03-01T12:00:00Z, only: clicks}", "end_of_input",
        "{settle: timers}", LAST,
    )  # fmt: skip

    assert isinstance(everywhere, Advance)
    assert (everywhere.to, everywhere.only) == ("T+10m", None)
    assert isinstance(there, Advance)
    assert there.only == "clicks"
    assert isinstance(end, EndOfInput)
    assert isinstance(timers, Settle)
    assert timers.timers


def test_a_job_is_stopped_and_started_otherwise(steps: Steps) -> None:
    found = steps(
        "{savepoint: early}",
        "{stop: one}",
        "{start: one, parallelism: 4, version: v2, drop_state: true}",
        "{stop: two}",
        "{start: early}",
        "{stop: three}",
        "{start: fresh}",
        "{expect: out, empty: true}",
        pipeline="upgrades",
    )

    savepoint, stop, start, _, early, _, fresh, _ = found
    assert isinstance(savepoint, Savepoint)
    assert isinstance(stop, Stop)
    assert (savepoint.name, stop.savepoint, stop.job) == ("early", "one", None)
    assert isinstance(start, Start)
    assert (start.savepoint, start.parallelism, start.version, start.drop_state) == ("one", 4, "v2", True)
    assert isinstance(early, Start)
    assert early.savepoint == "early"
    assert isinstance(fresh, Start)
    assert fresh.savepoint is None


def test_one_of_several_jobs_is_named(steps: Steps) -> None:
    stop, fail, expected, _ = steps(
        "{stop: one, job: clean}", "{fail: job, of: count}", "{expect: job, of: count, restarts: 1}", LAST
    )

    assert isinstance(stop, Stop)
    assert isinstance(fail, Fault)
    assert isinstance(expected, ExpectJob)
    assert (stop.job, fail.victim, fail.job, expected.of) == ("clean", Victim.JOB, "count", "count")


def test_faults_and_links(steps: Steps) -> None:
    kill, cut, slow, heal, pause, reshard, _ = steps(
        "{kill: python_worker}",
        "{cut: sessions}",
        "{slow: clicks, by: 200ms}",
        "{heal: sessions}",
        "{pause: sessions}",
        "{reshard: clicks, to: 4}",
        LAST,
    )

    assert isinstance(kill, Fault)
    assert kill.victim is Victim.PYTHON_WORKER
    links = [step for step in (cut, slow, heal, pause) if isinstance(step, Link)]
    assert [link.state for link in links] == [
        LinkState.CUT, LinkState.SLOW, LinkState.HEALED, LinkState.PAUSED,
    ]  # fmt: skip
    assert links[1].by_s == 0.2
    assert isinstance(reshard, Reshard)
    assert (reshard.source, reshard.to) == ("clicks", 4)


def test_what_is_expected_of_sinks_jobs_and_schemas(steps: Steps) -> None:
    new, changes, each, conserved, job = steps(
        "{expect: cleaned, new_rows: [{user: a}]}",
        "{expect: sessions, changes: [{$op: insert, user: a}, {$op: -D, user: a}], match: contains}",
        "{expect: cleaned, each: {n: <at least 1>}, unique: [user, n], tolerance: {n: 0.5}, rows: [{n: 1}]}",
        "{expect: [cleaned, dropped], conserves: clicks, by: [user]}",
        "{expect: job, of: clean, late: 1, watermark: <at least T>, metrics: {invalid: 2}}",
    )

    assert isinstance(new, ExpectRows)
    assert isinstance(changes, ExpectRows)
    assert (new.scope, changes.scope) == (Scope.NEW, Scope.CHANGES)
    assert isinstance(each, ExpectRows)
    assert each.each["n"].shown() == "<at least 1>"
    assert [text.value for text in each.unique] == ["user", "n"]
    assert each.tolerance["n"].value == "0.5"
    assert isinstance(conserved, ExpectConserved)
    assert (conserved.sinks, conserved.source) == (("cleaned", "dropped"), "clicks")
    assert isinstance(job, ExpectJob)
    assert job.metrics["invalid"].text == "2"
    assert job.watermark is not None


def test_a_schema_is_expected_by_version_and_fields(load: Load, project: Path) -> None:
    for name in ("cards.pipeline.yaml", "card.avsc", "card.json"):
        shutil.copy(SUPPORT / name, project)
    file = load(
        "scenario: one\npipeline: cards\nthen:\n"
        "  - {expect: schema, of: paid, version: 2, fields: [card_id, amount]}\n"
        "  - {expect: schema, of: free, fields: {amount: 'decimal(8, 2)'}}\n"
    )

    assert [problem.message for problem in file.problems] == []
    named, typed = file.scenarios[0].steps
    assert isinstance(named, ExpectSchema)
    assert isinstance(typed, ExpectSchema)
    assert (list(named.fields), typed.fields["amount"]) != ([], None)


def test_phases_are_one_list_of_steps_with_names(load: Load) -> None:
    file = load(
        "scenario: one\npipeline: orders\nphases:\n"
        "  - name: before\n    when: [{send: orders, rows: [{order_id: a}]}]\n"
        "    then: [{expect: history, count: 1}]\n"
        "  - name: after\n    then: [{expect: history, count: 1}]\n"
    )

    assert file.problems == ()
    scenario = file.scenarios[0]
    assert scenario.phases == (("before", 0), ("after", 2))
    assert len(scenario.steps) == 3


def test_what_cannot_run_yet_is_known_before_anything_starts(steps: Steps, project: Path) -> None:
    steps("{advance: T+1h}", "end_of_input", "{kill: taskmanager}", "{cut: sessions}", LAST)
    scenario = load_file(project / "some.scenario.yaml", Pipelines(project)).scenarios[0]

    said = [problem.message.split("`")[1] for problem in hindrances(scenario)]

    assert [word for word in said if "format" not in word] == ["kinesis", "opensearch", "cut"]


def test_a_scenario_of_kafka_and_postgres_has_no_hindrance(load: Load) -> None:
    file = load("scenario: one\npipeline: orders\nthen:\n  - {expect: history, count: 1}\n")

    assert hindrances(file.scenarios[0]) == ()


def test_places_of_every_system(project: Path) -> None:
    (project / "all.pipeline.yaml").write_text(
        "pipeline: all\njob: {python: job.py}\nsources:\n"
        "  a: {kinesis: a, format: json, partitions: 3}\n  b: {sqs: b.fifo, format: json}\n"
        "tables:\n  d: {dynamodb: dee, key: [id]}\nsinks:\n"
        '  e: {opensearch: "e-*", key: [$id]}\n  f: {s3: fff, format: parquet, partitioned_by: [year]}\n'
        "  g: {folder: out, format: lines}\n  h: {print: stderr}\n"
    )
    (project / "some.scenario.yaml").write_text(
        "scenario: one\npipeline: all\nthen:\n  - {expect: h, empty: true}\n"
    )

    file = load_file(project / "some.scenario.yaml", Pipelines(project))

    assert [problem.message for problem in file.problems] == []
    scenario: Scenario = file.scenarios[0]
    places = scenario.pipeline
    assert [place.system for place in places.sources.values()] == [System.KINESIS, System.SQS]
    assert {name: place.mode for name, place in places.sinks.items()} == {
        "e": Mode.UPSERT, "f": Mode.APPEND, "g": Mode.APPEND, "h": Mode.APPEND,
    }  # fmt: skip
    assert places.sinks["f"].partitioned_by == ("year",)
    assert places.services >= {"aws", "opensearch"}
