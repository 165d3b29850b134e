"""A jar that cannot do its work is an ERROR that says why, in the words of its own code."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.result import ScenarioResult, Status
from harness.scenario.load import load_scenarios
from tests.integration.stage import FIXTURES, Stage

pytestmark = pytest.mark.integration

JAR = FIXTURES / "properties_java" / "target" / "upper-case.jar"
PIPELINE = """\
pipeline: upper
job:
  {job}
sources:
  words: {{kafka: words.in, format: raw}}
sinks:
  shouted: {{kafka: words.out, format: raw}}
"""
SCENARIO = """\
scenario: a word is shouted
pipeline: upper
when: [{send: words, rows: [{$value: one}]}]
then: [{expect: shouted, count: 1}]
"""


def run(stage: Stage, folder: Path, job: str) -> ScenarioResult:
    shutil.copy(JAR, folder / "upper.jar")
    (folder / "upper.pipeline.yaml").write_text(PIPELINE.format(job=job))
    (folder / "upper.scenario.yaml").write_text(SCENARIO)
    scenarios, problems = load_scenarios([folder], folder)
    assert [p.render() for p in problems] == []
    return stage.session.run(stage.session.plans(scenarios)[0], lambda _event: None)


def told(result: ScenarioResult) -> tuple[str, str]:
    assert result.status is Status.ERROR
    assert result.trouble is not None
    return result.trouble.message, result.trouble.detail or ""


def test_an_exception_of_the_main_class_is_shown_with_its_line(stage: Stage, tmp_path: Path) -> None:
    job = "managed_flink: upper.jar\n  properties: {input: {topic: a}}"

    message, detail = told(run(stage, tmp_path, job))

    assert message.startswith("upper.jar failed before its job ran: IOException: ")
    assert message.endswith("no property group 'output', only [input]")
    assert "UpperCaseJob.java:" in detail


def test_a_main_class_that_is_not_in_the_jar_is_named(stage: Stage, tmp_path: Path) -> None:
    message, _ = told(run(stage, tmp_path, "jar: upper.jar\n  class: com.example.words.Nothing"))

    assert message == "upper.jar holds no class com.example.words.Nothing"


def test_without_property_groups_the_runtime_library_is_missing_as_on_a_plain_cluster(
    stage: Stage, tmp_path: Path
) -> None:
    message, _ = told(run(stage, tmp_path, "jar: upper.jar"))

    assert message.startswith(
        "upper.jar failed before its job ran: no jar of the job holds the class com.amazonaws."
    )
    assert message.endswith("KinesisAnalyticsRuntime")
