from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from harness.cli.proposals import Files, Proposal, not_acceptable, proposals
from harness.codecs.moments import Moment
from harness.codecs.types import parse_type
from harness.plan import Plan
from harness.result import Failure, ScenarioResult, Status, Trouble
from harness.scenario.load import load_scenarios
from harness.scenario.model import ExpectRows
from harness.session import plan_of
from harness.settings import load_settings
from tests.cli.conftest import Cli
from tests.unit.expectation.failures import failure_in

COUNTED = "scenario: {name}\npipeline: {pipeline}\nthen:\n  - {{expect: copies, {what}}}\n"


def test_a_build_accepts_nothing(project: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    said = cli("accept", "--yes")

    assert (said.status, said.out) == (4, "")
    assert said.err == (
        "`CI` is set, and a build does not change what it is checked against\n"
        "  -> run `harness accept` on your own machine, and commit what it wrote\n"
    )


def test_a_wrong_file_runs_nothing(project: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    (project / "wrong.scenario.yaml").write_text("scenario: x\n")

    assert cli("accept").status == 4


Records = list[dict[str, object]]
TYPES = {"id": parse_type("int"), "word": parse_type("text")}


@dataclass
class Stage:
    """Scenarios of a project, and runs of them that find made-up records in the sink."""

    project: Path
    files: Files = field(default_factory=lambda: Files([]))

    def runs(self, *records: Records | None) -> list[tuple[Plan, ScenarioResult]]:
        """A run per scenario; None is one that cannot tell."""
        scenarios, problems = load_scenarios([self.project], self.project)
        assert [problem.render() for problem in problems] == []
        self.files = Files(scenario.location.path for scenario in scenarios)
        self.files.note(scenarios)
        settings = load_settings(self.project, {})
        plans = [plan_of(scenario, "1.20", settings) for scenario in scenarios]
        return [(plan, result_of(plan, found)) for plan, found in zip(plans, records, strict=True)]

    def proposals(self, *records: Records | None) -> list[Proposal]:
        """What is proposed after these runs."""
        runs = self.runs(*records)
        return proposals(runs, [plan.scenario for plan, _ in runs], self.files)


def result_of(plan: Plan, records: Records | None) -> ScenarioResult:
    (step,) = (step for step in plan.scenario.steps if isinstance(step, ExpectRows))
    result = ScenarioResult(
        id=plan.scenario.id,
        name=plan.scenario.name,
        pipeline=plan.pipeline.name,
        status=Status.ERROR,
        seconds=0,
        location=plan.scenario.location,
        trouble=Trouble(kind="JobError", message="it did not start"),
    )
    if records is None:
        return result
    failure = failure_in(step, plan.pipeline.sinks["copies"], records, TYPES, Moment.from_text(plan.T))
    status = Status.FAILED if failure else Status.PASSED
    return replace(result, status=status, trouble=None, failures=(failure,) if failure else ())


@pytest.fixture
def stage(project: Path) -> Stage:
    text = (project / "jobs" / "copy.pipeline.yaml").read_text()
    (project / "jobs" / "other.pipeline.yaml").write_text(text.replace("pipeline: copy", "pipeline: other"))
    (project / "words.scenario.yaml").unlink()
    return Stage(project)


def write(stage: Stage, pipeline: str, what: str, name: str = "one") -> None:
    text = COUNTED.format(name=name, pipeline=pipeline, what=what)
    (stage.project / f"{name}.scenario.yaml").write_text(text)


TWO: Records = [{"id": 1}, {"id": 2}]


def test_one_text_for_several_pipelines_is_accepted_where_their_results_agree(stage: Stage) -> None:
    write(stage, "[copy, other]", "count: 5")

    (proposal,) = stage.proposals(TWO, TWO)

    assert proposal.refusal is None
    (edits,) = proposal.edits.values()
    assert [edit.text for edit in edits] == ["2"]


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (TWO[:1], "those of `one [copy]` and `one [other]` differ"),
        ([*TWO, *TWO, {"id": 3}], "`one [other]` holds it"),
        (None, "`one [other]` did not come to it"),
    ],
)
def test_one_text_for_several_results_that_differ_is_refused(
    stage: Stage, second: Records | None, why: str
) -> None:
    write(stage, "[copy, other]", "count: 5")

    (proposal,) = stage.proposals(TWO, second)

    assert proposal.refusal == f"one text stands for several results, and {why}"
    assert proposal.edits == {}


EXAMPLES = """\
scenario: one ${n}
pipeline: copy
examples: |
  | n |
  | 5 |
  | 6 |
then:
  - expect: copies
    rows: |
      | id   | word |
      | ROW  |      |
      | 2    |      |
"""


def test_a_row_that_is_the_same_for_all_examples_is_accepted(stage: Stage) -> None:
    (stage.project / "one.scenario.yaml").write_text(EXAMPLES.replace("ROW ", "7   "))

    (proposal,) = stage.proposals(TWO, TWO)

    assert proposal.refusal is None
    ((path, edits),) = proposal.edits.items()
    assert (
        stage.files.text(path)
        .edited(edits)
        .endswith(b"      | id   | word |\n      | 2    |      |\n      | 1    |      |\n")
    )


def test_a_row_that_examples_fill_in_is_refused(stage: Stage) -> None:
    (stage.project / "one.scenario.yaml").write_text(EXAMPLES.replace("ROW", "${n}"))

    (proposal,) = stage.proposals(TWO, TWO)

    assert proposal.refusal is not None
    assert proposal.refusal.startswith("this row is filled in from `examples`")


def test_rows_of_a_file_that_another_step_uses_are_refused(stage: Stage) -> None:
    (stage.project / "rows.csv").write_text("id\n1\n")
    write(stage, "copy", "file: rows.csv")
    write(stage, "copy", "file: rows.csv", "two")

    first, second = stage.proposals(TWO, TWO)

    assert first.refusal == ("the rows of rows.csv are used by another step, too (two.scenario.yaml:4:6)")
    assert second.refusal is not None


def test_rows_of_a_file_are_written_there(stage: Stage) -> None:
    (stage.project / "rows.csv").write_text("id\n1\n")
    write(stage, "copy", "file: rows.csv")

    (proposal,) = stage.proposals(TWO)

    assert proposal.refusal is None
    ((path, edits),) = proposal.edits.items()
    assert path == stage.project / "rows.csv"
    assert stage.files.text(path).edited(edits) == b"id\n1\n2\n"


def test_what_nobody_could_tell_is_not_proposed(stage: Stage) -> None:
    write(stage, "copy", "count: 5")

    assert stage.proposals(None) == []


def test_a_rule_that_always_holds_is_not_acceptable(stage: Stage) -> None:
    write(stage, "copy", "count: 2")
    ((plan, result),) = stage.runs(TWO)
    rule = Failure(message="the job must not restart", location=plan.scenario.location, subject="job")
    failed = replace(result, status=Status.FAILED, failures=(rule,))

    assert not_acceptable(plan, failed) == [rule]
    assert proposals([(plan, failed)], [plan.scenario], stage.files) == []
