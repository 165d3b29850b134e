"""`examples:`: a document becomes one scenario per line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.rows import Word
from harness.scenario.load import ScenarioFile
from harness.scenario.model import Between, ExpectRows, Scenario, Send

Load = Callable[[str | bytes], ScenarioFile]
DOCUMENT = """\
scenario: {name}
pipeline: orders
examples: |
{lines}
when:
  - send: orders
    rows: |
      | order_id | amount    | note    |
      | a-${{id}}  | ${{amount}} | ${{note}} |
then:
  - {{expect: history, count: "${{count}}"}}
"""


def scenarios(load: Load, lines: list[str], name: str = "${id} costs ${amount}") -> tuple[Scenario, ...]:
    file = load(DOCUMENT.format(name=name, lines="\n".join(f"  {line}" for line in lines)))
    assert [problem.render() for problem in file.problems] == []
    return file.scenarios


def sent(scenario: Scenario) -> Send:
    step = scenario.steps[0]
    assert isinstance(step, Send)
    return step


HEAD = "| id | amount | note | count |"


def test_each_line_is_a_scenario_with_its_values_in_names_rows_and_options(load: Load) -> None:
    one, two = scenarios(load, [HEAD, "| 1 | 12.50 | x | 3 |", "| 2 | 007 | y | <at least 1> |"])

    assert (one.name, two.name) == ("1 costs 12.50", "2 costs 007")
    cells = sent(two).rows.rows[0].cells
    assert (cells["order_id"].text, cells["amount"].text, cells["note"].text) == ("a-2", "007", "y")
    counts = [step.count for run in (one, two) for step in run.steps if isinstance(step, ExpectRows)]
    assert counts == [Between(least=3, most=3), Between(least=1)]


def test_a_cell_that_is_one_reference_takes_the_value_as_it_was_written(load: Load) -> None:
    lines = [HEAD, '| 1 | null | "" | 1 |', "| 2 | <hex 00> | | 1 |", '| 3 | "null" | " b " | 1 |']
    one, two, three = (sent(scenario).rows.rows[0].cells for scenario in scenarios(load, lines))

    assert one["amount"].is_null
    assert (one["note"].text, one["note"].quoted) == ("", True)
    assert two["amount"].word is Word.HEX
    assert "note" not in two
    assert not three["amount"].is_null
    assert three["note"].text == " b "


def test_names_that_are_the_same_get_the_first_cell_and_then_a_number(load: Load) -> None:
    lines = [HEAD, "| a | 1 | x | 1 |", "| b | 2 | x | 1 |", "| b | 3 | x | 1 |"]

    names = [scenario.name for scenario in scenarios(load, lines, name="a price")]

    assert names == ["a price [a]", "a price [b] [1]", "a price [b] [2]"]


def test_examples_may_stand_in_a_list_or_a_file(load: Load, project: Path) -> None:
    (project / "prices.csv").write_text("id;amount\n1;12,50\n2;<any>\n")
    then = "then:\n  - expect: history\n    rows: [{order_id: \"${id}\", amount: '${amount}'}]\n"
    of_file = load(f"scenario: of ${{id}}\npipeline: orders\nexamples: {{file: prices.csv}}\n{then}")
    of_list = load(f"scenario: of ${{id}}\npipeline: orders\nexamples: [{{id: 7, amount: 1}}]\n{then}")

    assert (of_file.problems, of_list.problems) == ((), ())
    assert [scenario.name for scenario in of_file.scenarios] == ["of 1", "of 2"]
    assert [scenario.name for scenario in of_list.scenarios] == ["of 7"]
    steps = [
        step for scenario in of_file.scenarios for step in scenario.steps if isinstance(step, ExpectRows)
    ]
    assert [step.rows.rows[0].cells["amount"].shown() for step in steps if step.rows] == ["12,50", "<any>"]


def test_a_bar_in_a_value_stays_in_its_cell(load: Load) -> None:
    (scenario,) = scenarios(load, [HEAD, r"| 1 | 2 | a \| b | 1 |"])

    assert sent(scenario).rows.rows[0].cells["note"].text == "a | b"


def test_a_problem_of_every_line_is_said_once(load: Load) -> None:
    lines = "\n".join(f"  | {n} | 1 | x | 1 |" for n in range(600))
    text = DOCUMENT.format(name="${id}", lines=f"  {HEAD}\n{lines}").replace("${note}", "<ayn>")

    problems = load(text).problems

    assert [problem.message for problem in problems] == ["`<ayn>` is no word of ours"]


@pytest.mark.parametrize("pipeline", ["orders", "[orders]"])
def test_a_thousand_lines_are_read(load: Load, pipeline: str) -> None:
    lines = [HEAD, *(f"| {n} | {n}.5 | x | 1 |" for n in range(1000))]

    assert len(scenarios(load, lines)) == 1000


def test_a_lone_reference_in_a_list_takes_the_value_as_it_was_written(load: Load) -> None:
    then = "then:\n  - expect: history\n    rows: [{order_id: a, amount: '${v}', note: \"x${v}\"}]\n"
    lines = "".join(f"  | {cell} |\n" for cell in ("v", "7", '"null"', "null"))
    file = load(f"scenario: of ${{v}}\npipeline: orders\nexamples: |\n{lines}  |  |\n{then}")

    assert [problem.render() for problem in file.problems] == []
    steps = [step for scenario in file.scenarios for step in scenario.steps if isinstance(step, ExpectRows)]
    plain, text, null, absent = (step.rows.rows[0].cells for step in steps if step.rows)
    assert (plain["amount"].text, plain["amount"].quoted, plain["note"].text) == ("7", False, "x7")
    assert not text["amount"].is_null
    assert null["amount"].is_null
    assert ("amount" in absent, absent["note"].text) == (False, "x")
