from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.conftest import Run

TWO = """\
scenario: words are copied
pipeline: copy
tags: [smoke]
when:
  - send: words
    rows: [{id: 1, word: one}]
then:
  - {expect: copies, count: 1}
---
scenario: nothing is copied
pipeline: copy
tags: [empty]
when:
  - settle
then:
  - {expect: copies, empty: true}
"""


@pytest.fixture
def two(project: Path) -> Path:
    (project / "two.scenario.yaml").write_text(TWO)
    return project


def names(result: pytest.RunResult) -> list[str]:
    """The items that `--collect-only -q` lists."""
    return [line for line in result.outlines if "::" in line]


def test_a_scenario_file_is_a_test_file_and_a_scenario_a_test(two: Path, collect: Run) -> None:
    result = collect("--collect-only", "-q")

    assert names(result) == [
        "two.scenario.yaml::words are copied",
        "two.scenario.yaml::nothing is copied",
    ]


def test_pipeline_files_and_other_yaml_are_no_tests(project: Path, collect: Run) -> None:
    (project / "other.yaml").write_text("scenario: no\n")

    result = collect("--collect-only", "-q")

    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_k_selects_by_name(two: Path, collect: Run) -> None:
    result = collect("--collect-only", "-q", "-k", "nothing")

    assert names(result) == ["two.scenario.yaml::nothing is copied"]


def test_m_selects_by_tag(two: Path, collect: Run) -> None:
    result = collect("--collect-only", "-q", "-m", "smoke")

    assert names(result) == ["two.scenario.yaml::words are copied"]


def test_a_tag_needs_no_declaration_where_marks_are_strict(two: Path, collect: Run) -> None:
    result = collect("--collect-only", "-q", "--strict-markers")

    assert len(names(result)) == 2


def test_a_scenario_is_selected_by_its_id(two: Path, collect: Run) -> None:
    result = collect("--collect-only", "-q", "two.scenario.yaml::nothing is copied")

    assert names(result) == ["two.scenario.yaml::nothing is copied"]


def test_every_version_of_a_pipeline_is_a_test_of_its_own(two: Path, collect: Run) -> None:
    pipeline = two / "jobs" / "copy.pipeline.yaml"
    pipeline.write_text('flink: ["1.20", "2.2"]\n' + pipeline.read_text())

    result = collect("--collect-only", "-q", "-k", "nothing")

    assert names(result) == [
        "two.scenario.yaml::nothing is copied[1.20]",
        "two.scenario.yaml::nothing is copied[2.2]",
    ]


def test_a_wrong_file_is_an_error_with_its_places_and_no_traceback(two: Path, collect: Run) -> None:
    (two / "wrong.scenario.yaml").write_text(TWO.replace("- send: words", "- send: wrods"))

    result = collect("wrong.scenario.yaml")

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(
        [
            "*ERROR collecting wrong.scenario.yaml*",
            "wrong.scenario.yaml:5:11: *wrods*",
            "    *- send: wrods",
            "              ^",
            "  -> did you mean `words`?",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*.py:*")


def test_a_wrong_pipeline_is_told_with_the_scenario_that_names_it(two: Path, collect: Run) -> None:
    pipeline = two / "jobs" / "copy.pipeline.yaml"
    pipeline.write_text(pipeline.read_text().replace("sources:", "sourcse:"))

    result = collect("two.scenario.yaml")

    result.stdout.fnmatch_lines(["jobs/copy.pipeline.yaml:*: *sourcse*", "  -> did you mean `sources`?"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_wrong_setting_is_a_usage_error_without_a_traceback(two: Path, collect: Run) -> None:
    result = collect("--harness-timeout", "soon")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--timeout must be " in result.stderr.str()
    assert "Traceback" not in result.stderr.str()


def test_every_setting_has_an_option_with_its_meaning(collect: Run) -> None:
    result = collect("--help")

    result.stdout.fnmatch_lines(["*--harness-timeout=VALUE*", "*--harness-json=FILE*"])


def test_a_run_without_scenarios_starts_nothing(pytester: pytest.Pytester, collect: Run) -> None:
    pytester.makepyfile("import threading\ndef test_alone(): assert threading.active_count() == 1\n")

    result = collect()

    result.assert_outcomes(passed=1)


ODD = """\
scenario: odd names
pipeline: copy
examples: |
  | name          |
  | a [b]         |
  | x::y          |
  | naïve         |
  | 'quoted' $HOME |
when:
  - send: words
    rows: [{id: 1, word: one}]
then:
  - {expect: copies, count: 1}
---
scenario: alike
pipeline: copy
examples: |
  | name | word |
  | same | one  |
  | same | two  |
when:
  - send: words
    rows: [{id: 1, word: "${word}"}]
then:
  - {expect: copies, count: 1}
"""
ODD_NAMES = [
    "odd names [a [b]]",
    "odd names [x:y]",
    "odd names [naïve]",
    "odd names ['quoted' $HOME]",
    "alike [same] [1]",
    "alike [same] [2]",
]


@pytest.fixture
def odd(project: Path) -> Path:
    (project / "odd.scenario.yaml").write_text(ODD, encoding="utf-8")
    return project


def test_every_line_of_the_examples_is_a_test_with_a_name_of_its_own(odd: Path, collect: Run) -> None:
    result = collect("--collect-only", "-q")

    found = [name.partition("::")[2] for name in names(result)]
    assert [found[0], found[1], *found[3:]] == [ODD_NAMES[0], ODD_NAMES[1], *ODD_NAMES[3:]]
    assert len(found) == len(ODD_NAMES)


def test_tests_with_odd_names_are_selected_by_their_ids(odd: Path, collect: Run) -> None:
    ids = [f"odd.scenario.yaml::{name}" for name in ODD_NAMES]

    result = collect("--collect-only", "-q", *ids[1:])

    assert result.ret == pytest.ExitCode.OK
    assert len(names(result)) == len(ids) - 1


def test_k_selects_one_line_of_the_examples(odd: Path, collect: Run) -> None:
    result = collect("--collect-only", "-q", "-k", "quoted")

    assert names(result) == ["odd.scenario.yaml::odd names ['quoted' $HOME]"]


TAGGED = TWO.replace("[smoke]", "[skip, _own, smoke, xfail, a-b, ä, usefixtures, 'w(x)']")


@pytest.mark.parametrize(
    ("words", "count"), [(["-m", "a-b and ä"], 1), (["-k", "_own"], 1), (["-m", "skip"], 0)]
)
def test_tags_select_and_do_nothing_else(two: Path, collect: Run, words: list[str], count: int) -> None:
    (two / "two.scenario.yaml").write_text(TAGGED, encoding="utf-8")

    result = collect("--collect-only", "-q", "--strict-markers", *words)

    assert len(names(result)) == count


def test_a_tag_that_pytest_would_act_on_does_not_skip(two: Path, collect: Run) -> None:
    """A scenario that cannot be run is an error; a mark `skip` would have made a green run of it."""
    text = TAGGED.replace("pipeline: copy", "finish: end_of_input\npipeline: copy", 1)
    (two / "two.scenario.yaml").write_text(text)

    result = collect("-k", "words")

    result.assert_outcomes(errors=1, deselected=1)
