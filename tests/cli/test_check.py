from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.scenario import headings
from tests.cli.conftest import BAD, Cli


def test_right_files_are_counted(project: Path, cli: Cli) -> None:
    said = cli("check")

    assert (said.status, said.out, said.err) == (0, "2 scenarios in 1 file, 1 pipeline: all right\n", "")


def test_one_is_one(project: Path, cli: Cli) -> None:
    said = cli("check", "words.scenario.yaml", "-k", "NOTHING")

    assert said.out == "1 scenario in 1 file, 1 pipeline: all right\n"


def test_a_wrong_file_is_told_with_its_line_and_the_nearest_word(project: Path, cli: Cli) -> None:
    (project / "wrong.scenario.yaml").write_text(
        "scenario: x\npipeline: copy\nwhen:\n  - send: wrods\n    rows: [{id: 1}]\n"
        "then:\n  - {expect: copies, count: 1}\n"
    )

    said = cli("check")

    assert said.status == 4
    assert said.err == (
        "wrong.scenario.yaml:4:11: `wrods` is no source of the pipeline\n"
        "      - send: wrods\n"
        "              ^\n"
        "  -> did you mean `words`?\n"
    )


def test_the_problems_of_all_files_come_at_once(project: Path, cli: Cli) -> None:
    for name in ("a", "b"):
        (project / f"{name}.scenario.yaml").write_text("scenario: x\npipeline: cpoy\n")

    said = cli("check")

    assert said.status == 4
    assert "a.scenario.yaml:2:11: there is no pipeline `cpoy`" in said.err
    assert "b.scenario.yaml:2:11: there is no pipeline `cpoy`" in said.err


def test_what_is_probably_not_meant_so_is_told_and_does_not_fail(project: Path, cli: Cli) -> None:
    (project / "warned.scenario.yaml").write_text(
        "scenario: x\npipeline: copy\nwhen:\n  - send: words\n    rows: [{word: NULL}, {word: <text NULL>}]\n"
        "then:\n  - {expect: copies, count: 2}\n"
    )

    said = cli("check", "warned.scenario.yaml")

    assert said.status == 0
    assert said.out == (
        "warning: warned.scenario.yaml:5:19: `NULL` is text in `word`\n"
        "        rows: [{word: NULL}, {word: <text NULL>}]\n"
        "                      ^\n"
        '  -> write `null` if that is meant, or `"NULL"` for the text\n'
        "1 scenario in 1 file, 1 pipeline: all right\n"
    )


@pytest.mark.parametrize("path", sorted(BAD.glob("*.scenario.yaml")), ids=lambda path: path.name)
def test_no_wrong_file_gives_a_traceback(path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BAD)

    said = cli("check", path.name)

    assert said.status == 4
    assert "Traceback" not in said.err
    assert re.match(r"\S+\.(yaml|csv|jsonl?|tsv|xlsx|parquet|avro):\d+:\d+: ", said.err)


def test_a_path_that_is_not_there(project: Path, cli: Cli) -> None:
    said = cli("check", "wrods.scenario.yaml")

    assert (said.status, said.err) == (
        4,
        "`wrods.scenario.yaml` does not exist\n  -> did you mean `words.scenario.yaml`?\n",
    )


def test_a_file_of_another_kind(project: Path, cli: Cli) -> None:
    said = cli("check", "harness.toml")

    assert (said.status, said.err) == (
        4,
        "`harness.toml` is no scenario file\n  -> scenario files are named `*.scenario.yaml`\n",
    )


def test_a_filter_that_leaves_nothing_has_an_exit_code_of_its_own(project: Path, cli: Cli) -> None:
    said = cli("check", "-m", "nightly")

    assert said.status == 5
    assert said.err == ("none of 2 scenarios was selected\n  -> tags: `smoke`\n")


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--tag", "smoke"], 1),
        (["--tag", "!smoke"], 1),
        (["--tag", "smoke", "--tag", "!slow"], 1),
        (["-m", "smoke", "-k", "words"], 1),
        (["--tag", "!slow"], 2),
        (["-k", "IS COPIED"], 1),
    ],
)
def test_tags_and_names_select(project: Path, cli: Cli, options: list[str], count: int) -> None:
    said = cli("check", *options)

    assert (said.status, said.out.split()[0]) == (0, str(count))


def test_tags_that_contradict_each_other_leave_nothing(project: Path, cli: Cli) -> None:
    assert cli("check", "--tag", "smoke", "--tag", "!smoke").status == 5


def test_a_tag_that_was_misspelt_is_told_with_the_nearest(project: Path, cli: Cli) -> None:
    said = cli("check", "--tag", "smoek")

    assert (said.status, said.err.splitlines()[1]) == (5, "  -> did you mean `smoke`?")


@pytest.mark.parametrize("tag", ["", "!", "a b"])
def test_what_is_no_tag_is_refused(project: Path, cli: Cli, tag: str) -> None:
    assert cli("check", "--tag", tag).status == 4


def test_a_whole_name_selects_one_scenario_where_other_names_hold_it(project: Path, cli: Cli) -> None:
    path = project / "words.scenario.yaml"
    path.write_text(path.read_text().replace("nothing is copied", "words are copied twice"))

    assert cli("check", "-k", "words are copied").out.startswith("1 ")
    assert cli("check", "-k", "words are").out.startswith("2 ")


def test_a_folder_without_scenarios_has_the_same_exit_code(project: Path, cli: Cli) -> None:
    (project / "empty").mkdir()

    said = cli("check", "empty")

    assert said.status == 5
    assert said.err.startswith("no scenario was found\n")


def test_an_unknown_option(project: Path, cli: Cli) -> None:
    said = cli("check", "--tagg", "smoke")

    assert said.status == 4
    assert "No such option" in said.err
    assert "--tagg" in said.err


def test_an_unknown_command(project: Path, cli: Cli) -> None:
    said = cli("chekc")

    assert said.status == 4
    assert "chekc" in said.err


def test_help_lists_every_command(cli: Cli) -> None:
    said = cli("--help")

    assert said.status == 0
    assert [
        name for name in ("run", "check", "plan", "config", "fetch") if f"\n  {name} " not in said.out
    ] == []


@pytest.mark.parametrize("share", [50, 1000], ids=["on all cores", "by one process"])
def test_many_files_are_told_as_one_process_tells_them(
    share: int, project: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(headings, "ALONE", share)
    for number in range(120):
        word = "word: NULL" if number == 7 else f"word: w{number}"
        sink = "cpoies" if number in (40, 110) else "copies"
        (project / f"n{number:03}.scenario.yaml").write_text(
            f"scenario: x{number}\npipeline: copy\ntags: [many]\nwhen:\n  - send: words\n"
            f"    rows: [{{id: 1, {word}}}]\nthen:\n  - {{expect: {sink}, count: 1}}\n"
        )

    wrong = cli("check")
    for number in (40, 110):
        (project / f"n{number:03}.scenario.yaml").unlink()
    right = cli("check", "--tag", "many")

    assert (wrong.status, wrong.out) == (4, "")
    assert re.findall(r"^(n\d+)\S+ (.*)$", wrong.err, re.MULTILINE) == [
        ("n040", "`cpoies` is no sink of the pipeline"),
        ("n110", "`cpoies` is no sink of the pipeline"),
    ]
    assert right.status == 0
    assert re.findall(r"^warning: (n\d+)", right.out, re.MULTILINE) == ["n007"]
    assert right.out.endswith("118 scenarios in 118 files, 1 pipeline: all right\n")
