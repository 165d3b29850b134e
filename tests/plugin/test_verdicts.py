from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.keeper.client import LazyKeeper
from harness.session import Session
from tests.plugin.conftest import Run

pytestmark = pytest.mark.integration

CARD = """\
scenario: three are stored
pipeline: card-transactions
when:
  - send: transactions
    rows: |
      | occurred_at | transaction_id | card_id | amount | status   |
      | T           | t1             | c1      | 10.00  | approved |
      | T+1s        | t2             | c1      | 20.00  | approved |
then:
  - expect: transactions_by_card
    rows: |
      | transaction_id | amount |
      | t1             | 10.00  |
      | t2             | 20.00  |
---
scenario: one is stored
pipeline: card-transactions
when:
  - send: transactions
    rows: [{occurred_at: T, transaction_id: t1, card_id: c1, amount: 1.00, status: approved}]
then:
  - {expect: transactions_by_card, count: 1}
"""
PASSES = """\
scenario: {name}
pipeline: copy
when:
  - send: words
    rows: [{{id: 1, word: one}}]
then:
  - {{expect: copies, count: 1}}
"""
FAILS = PASSES.replace("count: 1", "count: 2")


def test_scenarios_pass(project: Path, run: Run) -> None:
    (project / "card.scenario.yaml").write_text(CARD)

    run().assert_outcomes(passed=2)


def test_one_wrong_amount_fails_exactly_that_scenario_and_shows_it(project: Path, run: Run) -> None:
    (project / "card.scenario.yaml").write_text(
        CARD.replace("| t2             | 20.00  |", "| t2             | 20.01  |")
    )

    result = run()

    result.assert_outcomes(passed=1, failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "FAILED  card.scenario.yaml:10:5  three are stored",
            "  transactions_by_card: 1 of 2 rows differs",
            '    changed     transaction_id = "t2" *card.scenario.yaml:14',
            "        amount  expected 20.01  is 20.00",
            "*FAILED card.scenario.yaml::three are stored*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_script_that_submits_nothing_is_an_error_with_its_output(project: Path, run: Run) -> None:
    (project / "a.scenario.yaml").write_text(PASSES.format(name="x").replace("copy", "says-only"))

    result = run()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "ERROR   jobs/says-only.pipeline.yaml:*  x",
            "  JobError: says_only.py submitted no job",
            "    it printed:",
            "      the job is switched off on Sundays",
            "*ERROR a.scenario.yaml::x*",
        ]
    )


def test_a_script_with_a_bug_is_an_error_that_shows_the_line_of_the_user_first(
    project: Path, run: Run
) -> None:
    (project / "a.scenario.yaml").write_text(PASSES.format(name="x").replace("copy", "has-a-bug"))

    result = run()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "  JobError: has_a_bug.py failed before its job ran: KeyError: 'brokers'",
            "    jobs/has_a_bug.py:7 in load",
            '        return json.loads(text)["brokers"]',
            "    jobs/has_a_bug.py:11 in main",
        ],
        consecutive=True,
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_lf_runs_only_what_did_not_pass(project: Path, run: Run) -> None:
    text = "---\n".join([PASSES.format(name="good"), FAILS.format(name="bad"), PASSES.format(name="ugly")])
    (project / "a.scenario.yaml").write_text(text.replace("pipeline: copy", "pipeline: copy", 2))
    run("-k", "good or bad").assert_outcomes(passed=1, failed=1, deselected=1)

    result = run("--lf", "-v")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["a.scenario.yaml::bad FAILED*"])


def test_x_stops_at_the_first_that_does_not_pass(project: Path, run: Run) -> None:
    text = "---\n".join([FAILS.format(name="bad"), PASSES.format(name="good")])
    (project / "a.scenario.yaml").write_text(text)

    run("-x").assert_outcomes(failed=1)


def test_a_run_with_two_workers_gives_the_same_verdicts(project: Path, run: Run) -> None:
    texts = [PASSES.format(name=f"good {n}") for n in range(3)] + [FAILS.format(name="bad")]
    (project / "a.scenario.yaml").write_text("---\n".join(texts))

    result = run("-n", "2")

    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["  copies: expected 2 rows, and there is 1"])


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "two workers"])
def test_the_document_holds_every_scenario(project: Path, run: Run, workers: list[str]) -> None:
    text = "---\n".join([PASSES.format(name="good"), FAILS.format(name="bad")])
    (project / "a.scenario.yaml").write_text(text)

    run("--harness-json", "result.json", *workers)

    document = json.loads((project / "result.json").read_text())
    assert (document["format"], document["status"]) == (1, "failed")
    assert {s["name"]: s["status"] for s in document["scenarios"]} == {"good": "passed", "bad": "failed"}
    assert all(scenario["proofs"] for scenario in document["scenarios"])


def test_junit_tells_failure_from_error_and_names_why_something_was_skipped(project: Path, run: Run) -> None:
    texts = [
        FAILS.format(name="wrong"),
        PASSES.format(name="broken").replace("pipeline: copy", "pipeline: says-only"),
        PASSES.format(name="resting").replace("pipeline:", "skip: the team is on holiday\npipeline:"),
        FAILS.format(name="known").replace("pipeline:", "known_failure: TICKET-7\npipeline:"),
        PASSES.format(name="healed").replace("pipeline:", "known_failure: TICKET-8\npipeline:"),
    ]
    (project / "a.scenario.yaml").write_text("---\n".join(texts))

    result = run("--junitxml", "junit.xml")

    cases = {
        case.get("name"): [(child.tag, child.get("message") or "") for child in case]
        for case in ET.parse(project / "junit.xml").iter("testcase")
    }
    result.assert_outcomes(failed=2, errors=1, skipped=1, xfailed=1)
    assert [tag for tag, _ in cases["wrong"]] == ["failure"]
    assert [tag for tag, _ in cases["broken"]] == ["error"]
    assert cases["resting"] == [("skipped", "the team is on holiday")]
    assert cases["known"] == [("skipped", "TICKET-7")]
    assert [tag for tag, _ in cases["healed"]] == ["failure"]


def test_a_scenario_that_is_known_to_fail_and_passes_says_what_to_do(project: Path, run: Run) -> None:
    text = PASSES.format(name="healed").replace("pipeline:", "known_failure: TICKET-8\npipeline:")
    (project / "a.scenario.yaml").write_text(text)

    result = run()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  scenario: it passes now: take its `known_failure` away"])


def test_a_pytest_inside_a_pytest_leaves_the_services_of_the_outer_one_alone(
    pytester: pytest.Pytester, session: Session
) -> None:
    assert isinstance(session.environment, LazyKeeper)
    before = session.environment.client()
    pytester.makepyfile("def test_it(): pass")

    pytester.runpytest_inprocess().assert_outcomes(passed=1)

    assert not before.gone
    assert session.environment.client() is before
