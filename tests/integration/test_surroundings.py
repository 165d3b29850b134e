"""What a job sees of the machine: its pipeline's environment and files, and nothing of the developer's."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.result import Status
from tests.integration.stage import Stage

pytestmark = pytest.mark.integration

QUESTION = """
    scenario: the job looks around
    pipeline: look-around
    when:
      - send: questions
        rows: [{{question: {question}}}]
    then:
      - expect: answers
        rows: [{{question: {question}, script: {answer}, worker: {answer}}}]
"""


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "CI_JOB_TOKEN", "HARNESS_KEEPER"])
def test_no_variable_of_the_developer_reaches_script_or_worker(
    stage: Stage, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another-secret")

    result = stage.run(QUESTION.format(question=name, answer="null"))

    assert (result.status, result.failures, result.trouble) == (Status.PASSED, (), None)


def test_the_environment_of_the_pipeline_reaches_script_and_worker(stage: Stage) -> None:
    result = stage.run(QUESTION.format(question="GREETING", answer="good morning"))

    assert (result.status, result.failures, result.trouble) == (Status.PASSED, (), None)


def test_variables_of_the_services_are_filled_in_for_script_and_worker(stage: Stage) -> None:
    answer = "<regex 127\\.0\\.0\\.1:\\d+>"

    result = stage.run(QUESTION.format(question="BROKERS", answer=f"'{answer}'"))

    assert (result.status, result.failures, result.trouble) == (Status.PASSED, (), None)


def test_files_of_the_pipeline_are_read_by_script_and_worker(stage: Stage) -> None:
    path = "/etc/flink-harness-tests/greeting.txt"

    result = stage.run(QUESTION.format(question=path, answer="good evening"))

    assert (result.status, result.failures, result.trouble) == (Status.PASSED, (), None)
    assert not Path(path).exists()
