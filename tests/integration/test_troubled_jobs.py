"""A job that cannot do its work is an ERROR that says why, in the user's own lines first."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.location import shown
from harness.result import ScenarioResult, Status, Trouble
from tests.integration.stage import JOBS, Stage

pytestmark = pytest.mark.integration

POISON = """
    scenario: a poisoned word
    pipeline: copy
    timeout: 60s
    when:
      - send: words
        rows: |
          | id | word   |
          | 1  | one    |
          | 2  | poison |
    then:
      - {expectation}
"""
ANYTHING = """
    scenario: anything
    pipeline: {pipeline}
    when:
      - send: words
        rows: [{{id: 1, word: one}}]
    then:
      - {{expect: copies, count: 1}}
"""


def line_of(job: str, text: str) -> int:
    """The line of a job on which this text stands."""
    lines = (JOBS / job).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def trouble(result: ScenarioResult) -> Trouble:
    assert result.status is Status.ERROR
    assert result.trouble is not None
    return result.trouble


def test_a_job_that_restarts_for_ever_is_recognised_long_before_the_timeout(stage: Stage) -> None:
    result = stage.run(POISON.format(expectation="{expect: copies, count: 2}"))

    assert trouble(result).message.startswith("the job restarts for ever: ")
    # A loop is three restarts; the timeout of the scenario is 60 s.
    assert result.phases["settle"] < 20


def test_a_job_that_restarts_for_ever_shows_its_cause_then_the_users_own_line(stage: Stage) -> None:
    found = trouble(stage.run(POISON.format(expectation="{expect: copies, count: 2}")))

    assert found.message == "the job restarts for ever: ValueError: cannot spell poison"
    detail = (found.detail or "").splitlines()
    raising = line_of("copy_words.py", "raise ValueError")
    assert detail[0] == f"{shown(JOBS / 'copy_words.py')}:{raising} in spelled"
    assert detail[1].strip() == 'raise ValueError("cannot spell " + word)'


def test_the_record_is_named_whose_value_is_in_the_message(stage: Stage) -> None:
    found = trouble(stage.run(POISON.format(expectation="{expect: copies, count: 2}")))

    (suspect,) = found.suspects
    assert suspect.value == '{"id":2,"word":"poison"}'
    # Known for certain where a checkpoint has come between it and the word before.
    likely = "" if suspect.sure else "most likely "
    place = f"{suspect.topic}[{suspect.partition}]@{suspect.offset}"
    assert f'it fails {likely}on {place}: {{"id":2,"word":"poison"}}' in (found.detail or "")


def test_the_only_record_behind_the_last_checkpoint_is_the_one(stage: Stage) -> None:
    later = "- {{send: words, rows: [{{id: 4, word: poison, $key: four}}]}}"
    settled = POISON.replace("| 2  | poison |", f"| 3  | three  |\n      - settle\n      {later}")

    found = trouble(stage.run(settled.format(expectation="{expect: copies, count: 2}")))

    (suspect,) = found.suspects
    assert (suspect.key, suspect.value, suspect.sure) == ("four", '{"id":4,"word":"poison"}', True)
    assert ', key four: {"id":4' in (found.detail or "")


def test_a_failure_that_is_expected_passes(stage: Stage) -> None:
    result = stage.run(POISON.format(expectation="{expect: job, fails_with: cannot spell poison}"))

    assert (result.status, result.trouble, result.failures) == (Status.PASSED, None, ())
    assert result.steps[-1].note.startswith("it fails ")
    assert result.steps[-1].note.endswith(': {"id":2,"word":"poison"}')


def test_a_failure_with_another_cause_than_expected_is_a_failure(stage: Stage) -> None:
    result = stage.run(POISON.format(expectation="{expect: job, fails_with: out of ink}"))

    assert result.status is Status.FAILED
    (failure,) = result.failures
    assert failure.message == "expected the job to fail with `out of ink`, and it failed otherwise"
    assert "ValueError: cannot spell poison" in (failure.detail or "")


def test_a_failure_that_does_not_come_is_a_failure(stage: Stage) -> None:
    text = POISON.format(expectation="{expect: job, fails_with: cannot spell poison}")

    result = stage.run(text.replace("          | 2  | poison |\n", ""))

    assert result.status is Status.FAILED
    (failure,) = result.failures
    assert failure.message == "expected the job to fail with `cannot spell poison`, and it did not fail"


def test_a_script_that_submits_nothing_shows_what_it_printed(stage: Stage) -> None:
    found = trouble(stage.run(ANYTHING.format(pipeline="says-only")))

    assert found.message == "says_only.py submitted no job"
    assert found.detail == "it printed:\n  the job is switched off on Sundays"
    assert found.location is not None
    assert found.location.path == JOBS / "says-only.pipeline.yaml"


def test_a_script_with_a_bug_shows_the_line_of_the_user_first(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(JOBS)

    found = trouble(stage.run(ANYTHING.format(pipeline="has-a-bug")))

    assert found.message == "has_a_bug.py failed before its job ran: KeyError: 'brokers'"
    first = line_of("has_a_bug.py", "return json.loads")
    detail = (found.detail or "").splitlines()
    assert detail[:2] == [f"has_a_bug.py:{first} in load", '    return json.loads(text)["brokers"]']


def test_a_script_that_exits_shows_where_and_with_what_words(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(JOBS)

    found = trouble(stage.run(ANYTHING.format(pipeline="exits")))

    assert found.message == "exits.py ended itself before its job ran, and says: no configuration was found"
    assert (found.detail or "").splitlines() == [
        "exits.py:5 in <module>",
        '    sys.exit("no configuration was found")',
        "it printed:",
        "  no configuration was found",
    ]


def test_a_script_that_swallows_its_failure_shows_what_it_printed(stage: Stage) -> None:
    found = trouble(stage.run(ANYTHING.format(pipeline="swallows")))

    assert found.message == "swallows.py submitted no job"
    assert found.detail == "it printed:\n  not today: TableException"


def test_the_output_of_the_script_is_kept(stage: Stage) -> None:
    result = stage.run(ANYTHING.format(pipeline="says-only"))

    kept = [path for folder in result.evidence for path in Path(folder).glob("*.out")]
    assert "the job is switched off on Sundays\n" in [path.read_text() for path in kept]
