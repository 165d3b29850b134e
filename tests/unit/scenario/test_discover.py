"""Where scenario and pipeline files are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import SettingsError
from harness.scenario.discover import Pipelines, find, find_pipelines
from harness.scenario.load import load_file, load_scenarios

SCENARIO = "scenario: x\npipeline: {}\nthen:\n  - {{expect: job, state: running}}\n"


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def pipeline(path: Path, name: str) -> Path:
    write(path.parent / "job.py")
    return write(path, f"pipeline: {name}\njob: {{python: job.py}}\n")


def test_scenarios_are_found_below_folders_in_order(tmp_path: Path) -> None:
    wanted = [write(tmp_path / name) for name in ("b.scenario.yaml", "c.scenario.yml", "a/x.scenario.yaml")]
    for other in ("x.yaml", "scenario.yaml", "x.scenario.json", "x.pipeline.yaml", ".h.scenario.yaml"):
        write(tmp_path / other)

    assert find([tmp_path], tmp_path) == wanted


def test_no_paths_are_the_whole_project(tmp_path: Path) -> None:
    assert find([], tmp_path) == []
    assert find([], tmp_path) == find([tmp_path], tmp_path)


@pytest.mark.parametrize("folder", [".venv", ".git", ".hidden", "node_modules", "build", "dist"])
def test_folders_that_hold_no_sources_are_skipped(tmp_path: Path, folder: str) -> None:
    write(tmp_path / folder / "x.scenario.yaml")

    assert find([tmp_path], tmp_path) == []
    assert len(find([tmp_path / folder], tmp_path)) == 1


def test_a_file_is_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.scenario.yaml")
    monkeypatch.chdir(tmp_path)

    assert find([Path("a.scenario.yaml"), tmp_path, path], tmp_path) == [path]


def test_a_path_that_does_not_exist_is_an_error_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path / "cards.scenario.yaml")

    with pytest.raises(SettingsError, match="does not exist") as raised:
        find([tmp_path / "card.scenario.yaml"], tmp_path)

    assert raised.value.hint == "did you mean `cards.scenario.yaml`?"


def test_a_file_of_another_kind_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is no scenario file"):
        find([write(tmp_path / "x.yaml")], tmp_path)


@pytest.mark.parametrize(
    "line", ["pipeline: my-one", "pipeline: 'my-one'", '"pipeline": my-one # x', "{pipeline: my-one}"]
)
def test_a_pipeline_is_known_by_the_name_it_gives_itself(tmp_path: Path, line: str) -> None:
    path = write(tmp_path / "x.pipeline.yaml", f"# comment\n{line}\n")

    assert find_pipelines(tmp_path) == {"my-one": (path,)}


def test_a_pipeline_without_a_name_or_that_is_no_yaml_is_not_found_by_name(tmp_path: Path) -> None:
    write(tmp_path / "a.pipeline.yaml", "job: {python: x}\n")
    write(tmp_path / "b.pipeline.yaml", "pipeline: [\n")
    (tmp_path / "c.pipeline.yaml").write_bytes(b"\xff\xfe")

    assert find_pipelines(tmp_path) == {}


def test_a_broken_pipeline_is_still_known_by_its_name(tmp_path: Path) -> None:
    write(tmp_path / "a.pipeline.yaml", "pipeline: a\njob: [\n")
    write(tmp_path / "x.scenario.yaml", SCENARIO.format("a"))

    _, problems = load_scenarios([tmp_path], tmp_path)

    assert [problem.location.path.name for problem in problems] == ["a.pipeline.yaml"]


def test_a_pipeline_is_found_anywhere_in_the_project(tmp_path: Path) -> None:
    pipeline(tmp_path / "pipelines" / "deep" / "a.pipeline.yaml", "a")
    path = write(tmp_path / "scenarios" / "x.scenario.yaml", SCENARIO.format("a"))

    assert load_file(path, Pipelines(tmp_path)).problems == ()


def test_two_pipelines_of_one_name_are_named_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pipeline(tmp_path / "one" / "a.pipeline.yaml", "a")
    pipeline(tmp_path / "two" / "b.pipeline.yaml", "a")
    path = write(tmp_path / "x.scenario.yaml", SCENARIO.format("a"))

    (problem,) = load_file(path, Pipelines(tmp_path)).problems

    assert problem.message == "several files are the pipeline `a`"
    assert problem.hint == "`one/a.pipeline.yaml` and `two/b.pipeline.yaml`"


def test_of_two_pipelines_of_one_name_the_one_beside_the_scenario_is_meant(tmp_path: Path) -> None:
    pipeline(tmp_path / "one" / "a.pipeline.yaml", "a")
    pipeline(tmp_path / "two" / "a.pipeline.yaml", "a")
    path = write(tmp_path / "two" / "x.scenario.yaml", SCENARIO.format("a"))

    (scenario,) = load_file(path, Pipelines(tmp_path)).scenarios

    assert scenario.pipeline.folder == tmp_path / "two"


def test_a_scenario_outside_of_the_project_finds_the_pipeline_beside_it(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    pipeline(tmp_path / "other" / "a.pipeline.yaml", "a")
    path = write(tmp_path / "other" / "x.scenario.yaml", SCENARIO.format("a"))

    assert load_file(path, Pipelines(tmp_path / "project")).problems == ()


def test_the_problems_of_a_pipeline_come_once_however_many_scenarios_use_it(tmp_path: Path) -> None:
    write(tmp_path / "a.pipeline.yaml", "pipeline: a\njob: {python: nowhere.py}\n")
    for name in ("x", "y"):
        write(tmp_path / f"{name}.scenario.yaml", SCENARIO.format("a"))

    scenarios, problems = load_scenarios([tmp_path], tmp_path)

    assert (len(scenarios), len(problems)) == (0, 1)


def test_a_pipeline_is_read_once(tmp_path: Path) -> None:
    path = pipeline(tmp_path / "a.pipeline.yaml", "a")
    pipelines = Pipelines(tmp_path)

    assert pipelines.read(path) is pipelines.read(path)


def test_all_problems_of_all_files_come_in_order(tmp_path: Path) -> None:
    pipeline(tmp_path / "a.pipeline.yaml", "a")
    write(tmp_path / "z.scenario.yaml", SCENARIO.format("b") + "tag: x\n")
    write(tmp_path / "a.scenario.yaml", SCENARIO.format("a") + "tag: x\n")

    _, problems = load_scenarios([tmp_path], tmp_path)

    assert [(problem.location.path.name, problem.location.line) for problem in problems] == [
        ("a.scenario.yaml", 5),
        ("z.scenario.yaml", 2),
        ("z.scenario.yaml", 5),
    ]
