"""A scenario file to the model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.rows import Word
from harness.scenario.load import ScenarioFile
from harness.scenario.model import Between, ExpectJob, ExpectRows, Match, Put, Remove, Scenario, Send, Settle

Load = Callable[[str | bytes], ScenarioFile]
HEAD = "scenario: a good one\npipeline: orders\n"
THEN = "then:\n  - {expect: history, count: 1}\n"


def one(file: ScenarioFile) -> Scenario:
    assert file.problems == ()
    return file.scenarios[0]


def expect(load: Load, text: str) -> ExpectRows | ExpectJob:
    step = one(load(f"{HEAD}then:\n  - {{expect: {text}}}\n")).steps[0]
    assert isinstance(step, ExpectRows | ExpectJob)
    return step


def test_a_scenario_says_what_is_in_it(load: Load) -> None:
    text = HEAD + "tags: [smoke, fast]\nT: 2026-03-01T12:00:00Z\ntimeout: 1m30s\nfinish: settle\n" + THEN

    scenario = one(load(text))

    assert scenario.name == "a good one"
    assert scenario.pipeline.name == "orders"
    assert scenario.tags == ("smoke", "fast")
    assert scenario.T == "2026-03-01T12:00:00Z"
    assert scenario.timeout_s == 90
    assert scenario.id == "some.scenario.yaml::a good one"
    assert scenario.location.line == 1


def test_what_is_left_out_has_its_default(load: Load) -> None:
    scenario = one(load(HEAD + THEN))

    assert (scenario.tags, scenario.T, scenario.timeout_s) == ((), "2026-01-01T00:00:00Z", None)
    assert (scenario.skip, scenario.known_failure) == (None, None)


def test_reasons_are_kept(load: Load) -> None:
    scenario = one(load(HEAD + "skip: waits for FLEET-12\nknown_failure: broken\n" + THEN))

    assert (scenario.skip, scenario.known_failure) == ("waits for FLEET-12", "broken")


def test_the_steps_of_the_pipeline_come_first(load: Load) -> None:
    scenario = one(load(HEAD + "given:\n  - {put: limits, rows: [{customer: c9, most: 1}]}\n" + THEN))

    customers = [step.rows.rows[0].cells["customer"].text for step in scenario.given if isinstance(step, Put)]
    assert customers == ["c1", "c9"]


def test_when_and_then_are_one_list_of_steps(load: Load) -> None:
    when = (
        "when:\n  - {send: orders, rows: [{order_id: o1}]}\n  - settle\n"
        "  - {put: totals, rows: [{customer: c1}]}\n  - {remove: limits, rows: [{customer: c1}]}\n"
        "  - {expect: history, empty: true}\n"
    )

    steps = one(load(HEAD + when + THEN)).steps

    assert [type(step) for step in steps] == [Send, Settle, Put, Remove, ExpectRows, ExpectRows]
    assert [step.location.line for step in steps] == [4, 5, 6, 7, 8, 10]


def test_several_scenarios_are_separated_by_dashes(load: Load) -> None:
    file = load(HEAD + THEN + "---\n" + HEAD.replace("good", "better") + THEN)

    assert [scenario.name for scenario in file.scenarios] == ["a good one", "a better one"]


def test_a_wrong_scenario_does_not_hide_a_good_one(load: Load) -> None:
    file = load(HEAD + "tag: x\n" + THEN + "---\n" + HEAD.replace("good", "better") + THEN)

    assert [scenario.name for scenario in file.scenarios] == ["a better one"]
    assert len(file.problems) == 1


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("2026-03-08T06:30:00Z", "2026-03-08T06:30:00Z"),
        ("2026-03-08T06:30:00+02:00", "2026-03-08T06:30:00+02:00"),
        ("2026-03-08T03:30:00[America/New_York]", "2026-03-08T03:30:00-04:00"),
        ("'2026-03-08 06:30:00Z'", "2026-03-08T06:30:00Z"),
        ("2026-03-08T06:30Z", "2026-03-08T06:30Z"),
        ("now", "now"),
    ],
)
def test_the_time_is_an_instant_or_now(load: Load, typed: str, instant: str) -> None:
    assert instant == one(load(f"{HEAD}T: {typed}\n{THEN}")).T


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("3", Between(least=3, most=3)),
        ("'3'", Between(least=3, most=3)),
        ("<between 3 and 5>", Between(least=3, most=5)),
        ("<at least 1>", Between(least=1)),
        ("<at most 5>", Between(most=5)),
    ],
)
def test_a_count_is_a_number_or_a_range(load: Load, typed: str, count: Between) -> None:
    step = expect(load, f"history, count: {typed}")

    assert isinstance(step, ExpectRows)
    assert (step.count, step.rows) == (count, None)


def test_empty_is_a_count_of_zero(load: Load) -> None:
    step = expect(load, "history, empty: true")

    assert isinstance(step, ExpectRows)
    assert step.count == Between(least=0, most=0)


def test_rows_may_be_counted_too_and_matched_otherwise(load: Load) -> None:
    step = expect(load, "history, match: contains, all_columns: true, count: 5, rows: [{a: <any>}]")

    assert isinstance(step, ExpectRows)
    assert step.rows is not None
    assert step.rows.rows[0].cells["a"].word is Word.ANY
    assert (step.match, step.all_columns, str(step.count)) == (Match.CONTAINS, True, "5")


def test_the_job_is_expected_by_state_restarts_and_reason(load: Load) -> None:
    step = expect(load, "job, state: failed, restarts: <any>, fails_with: Failed to deserialize")

    assert isinstance(step, ExpectJob)
    assert (step.state, step.restarts, step.fails_with) == ("failed", Between(), "Failed to deserialize")


def test_restarts_that_are_not_stated_are_none(load: Load) -> None:
    step = expect(load, "job, state: running")

    assert isinstance(step, ExpectJob)
    assert step.restarts is None


def test_two_expected_rows_with_one_key_are_allowed_on_an_append_sink(load: Load) -> None:
    step = expect(load, "rejected, rows: [{order_id: o1}, {order_id: o1}]")

    assert isinstance(step, ExpectRows)


def test_expected_rows_whose_key_is_a_matcher_may_be_several(load: Load) -> None:
    step = expect(load, "totals, rows: [{customer: a}, {customer: b}, {customer: <any>}, {customer: <any>}]")

    assert isinstance(step, ExpectRows)


def test_all_problems_of_a_file_come_at_once_in_order(load: Load) -> None:
    file = load(
        HEAD + "tag: x\ntimeout: 5\nwhen:\n  - {sned: orders}\nthen:\n  - {expect: histroy, count: x}\n"
    )

    assert [problem.location.line for problem in file.problems] == [3, 4, 6, 8, 8]


def test_a_file_that_uses_a_wrong_pipeline_has_no_scenarios_and_its_problems(
    load: Load, project: Path
) -> None:
    (project / "job.py").unlink()

    file = load(HEAD + THEN)

    assert file.scenarios == ()
    assert [problem.message for problem in file.problems] == ["the file `job.py` does not exist"]


def test_a_pipeline_that_cannot_be_parsed_hides_no_problem_of_the_scenario(load: Load, project: Path) -> None:
    (project / "good.pipeline.yaml").write_text("pipeline: orders\njob: [\n")

    file = load(HEAD + "tag: x\n" + THEN)

    assert [problem.location.path.name for problem in file.problems] == [
        "good.pipeline.yaml",
        "some.scenario.yaml",
    ]


def test_problems_without_end_are_cut_off(load: Load) -> None:
    file = load(HEAD + "when: [" + "a, " * 100_000 + "]\n" + THEN)

    assert file.scenarios == ()
    assert len(file.problems) == 501
    assert file.problems[-1].message == "more than 500 problems; the rest is not read"
