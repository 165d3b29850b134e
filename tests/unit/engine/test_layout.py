"""Where a scenario's Flink runs, and what its layout cannot do."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.engine.layout import hindrances
from harness.plan import Plan, make_plan
from harness.scenario.load import load_scenarios

WINDOWS = Path(__file__).parents[3] / "fixtures" / "pipelines" / "order_windows"
FOREIGN = "http://127.0.0.1:8081"


def plan(tmp_path: Path, where: str, *steps: str) -> Plan:
    path = tmp_path / "s.scenario.yaml"
    lines = "".join(f"  - {step}\n" for step in ("settle", *steps))
    path.write_text(
        f"scenario: s\npipeline: order-windows\nwhen:\n{lines}then:\n  - {{expect: job, restarts: <any>}}\n"
    )
    (scenario,), problems = load_scenarios([path], WINDOWS)
    assert not problems, [problem.render() for problem in problems]
    return make_plan(scenario, token="t", flink="1.20", python="python", timeout_s=1, where=where)


@pytest.mark.parametrize(
    ("where", "steps", "layout"),
    [
        ("in-process", [], "in-process"),
        ("in-process", ["{kill: taskmanager}"], "in-process"),
        ("in-process", ["{kill: jobmanager}"], "two-process"),
        ("two-process", [], "two-process"),
        (FOREIGN, ["{kill: jobmanager}"], "attached"),
    ],
)
def test_the_setting_and_the_faults_of_a_scenario_choose_the_layout(
    tmp_path: Path, where: str, steps: list[str], layout: str
) -> None:
    flink = plan(tmp_path, where, *steps).needs.flink

    assert flink is not None
    assert flink.layout == layout
    assert flink.rest == (FOREIGN if layout == "attached" else "")


@pytest.mark.parametrize(
    ("where", "steps", "told"),
    [
        ("in-process", ["{fail: job}", "{advance: T+1m}", "end_of_input"], []),
        ("two-process", ["{advance: T+1m}", "{kill: python_worker}"], []),
        ("two-process", ["end_of_input"], []),
        ("two-process", ["{expect: job, metrics: {orders: 1}, late: 0}"], []),
        (FOREIGN, ["{expect: job, metrics: {orders: 1}, late: 0, watermark: T}"], ["`watermark`"]),
        (FOREIGN, ["{savepoint: a}", "{stop: b}", "{start: b}", "end_of_input"], []),
        ("two-process", ["{advance: T+1m}", "end_of_input"], ["`end_of_input` after `advance`"]),
        ("two-process", ["{fail: job}", "{settle: timers}"], ["`fail: job`", "`settle: timers`"]),
        ("in-process", ["{kill: jobmanager}", "{fail: job}"], ["`fail: job`"]),
        (
            FOREIGN,
            ["{advance: T+1m}", "{kill: taskmanager}", "{kill: jobmanager}"],
            ["`advance`", "`kill: taskmanager`", "`kill: jobmanager`"],
        ),
    ],
)
def test_what_a_layout_cannot_do_is_refused(
    tmp_path: Path, where: str, steps: list[str], told: list[str]
) -> None:
    problems = hindrances(plan(tmp_path, where, *steps))

    assert [problem.message.partition(" cannot do ")[2] for problem in problems] == told
    assert all(problem.hint for problem in problems)


def test_names_that_only_our_processes_know_are_refused_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "job.py").touch()
    (tmp_path / "p.pipeline.yaml").write_text(
        "pipeline: p\njob: {python: job.py}\nhosts: {kafka:9092: kafka}\n"
        "sources: {words: {kafka: words, format: raw}}\nsinks: {copies: {kafka: copies, format: raw}}\n"
    )
    path = tmp_path / "s.scenario.yaml"
    path.write_text("scenario: s\npipeline: p\nthen: [{expect: copies, empty: true}]\n")
    (scenario,), problems = load_scenarios([path], tmp_path)
    assert not problems, [problem.render() for problem in problems]

    def told(where: str) -> list[str]:
        found = make_plan(scenario, token="t", flink="1.20", python="python", timeout_s=1, where=where)
        return [problem.message for problem in hindrances(found)]

    assert told("two-process") == []
    assert told(FOREIGN) == ["the layout `attached` of Flink cannot do `hosts`"]
