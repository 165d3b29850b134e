"""Rows as files: one per `send`, per path and per folder of the path, each there as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.codecs.moments import Moment
from harness.errors import InputError
from harness.inputs.files import Laid, lay
from harness.scenario.load import load_scenarios
from harness.scenario.model import Send

CLOCK = Moment.from_text("2026-03-01T12:00:00Z")


def laid(folder: Path, place: str, *sends: str) -> dict[str, bytes]:
    """What lies in the folder of a source after rows were sent."""
    (folder / "job.py").write_text("")
    (folder / "rows.pipeline.yaml").write_text(
        "pipeline: rows\njob: {python: job.py, env: {X: '${sources.x.name}'}}\n"
        f"sources:\n  x: {{folder: <fresh>, {place}}}\nsinks:\n  y: {{kafka: y, format: json}}\n"
    )
    steps = "".join(f"  - {{send: x, rows: [{rows}]}}\n" for rows in sends)
    (folder / "one.scenario.yaml").write_text(
        f"scenario: one\npipeline: rows\nwhen:\n{steps}then: [{{expect: y, empty: true}}]\n"
    )
    (scenario,), problems = load_scenarios([folder], folder)
    assert not problems, [problem.render() for problem in problems]
    into = Laid(folder=folder / "in", workshop=folder / "workshop")
    for step in scenario.steps:
        if isinstance(step, Send):
            lay(scenario.pipeline.sources["x"], step.rows, CLOCK, into)
    assert not list(into.workshop.iterdir())
    return {str(path.relative_to(into.folder)): path.read_bytes() for path in into.paths}


def test_each_send_is_a_file(tmp_path: Path) -> None:
    files = laid(tmp_path, "format: json", "{id: 1}, {id: 2}", "{id: 3}")

    assert files == {"x-0001.json": b'{"id":1}\n{"id":2}\n', "x-0002.json": b'{"id":3}\n'}


def test_rows_go_to_the_files_that_they_name(tmp_path: Path) -> None:
    files = laid(
        tmp_path, "format: lines", "{$value: a, $path: 1/a.txt}, {$value: b, $path: b.txt}, {$value: c}"
    )

    assert files == {"1/a.txt": b"a\n", "b.txt": b"b\n", "x-0003.txt": b"c\n"}


def test_columns_of_the_path_are_folders_and_in_no_file(tmp_path: Path) -> None:
    place = "format: csv, columns: {id: int}, partitioned_by: [day, of]"

    files = laid(
        tmp_path, place, "{id: 1, day: a/b, of: null}, {id: 2, day: a/b, of: null}, {id: 3, day: c, of: d}"
    )

    assert files == {
        "day=a%2Fb/of=__DEFAULT_PARTITION__/x-0001.csv": b"1\n2\n",
        "day=c/of=d/x-0002.csv": b"3\n",
    }


def test_every_row_of_raw_is_a_file(tmp_path: Path) -> None:
    files = laid(tmp_path, "format: raw", "{$value: one}, {$value: <hex 00ff>}")

    assert files == {"x-0001.bin": b"one", "x-0002.bin": b"\0\xff"}


@pytest.mark.parametrize(
    ("place", "sends", "message"),
    [
        ("format: lines", ["{$value: a, $path: ../a.txt}"], "no name of a file"),
        ("format: lines", ["{$value: a, $path: .a.txt}"], "no name of a file"),
        ("format: lines", ["{$value: a, $path: a}", "{$value: b, $path: a}"], "is there already"),
        ("format: lines", ["{$value: null}"], "null is none"),
        ("format: raw", ["{$value: a, $path: a}, {$value: b, $path: a}"], "a raw file is one row"),
        ("format: json, partitioned_by: day", ["{id: 1}"], "cannot be absent"),
        ("format: json, columns: {id: int}", ["{id: 1}, {id: x}"], "is no"),
    ],
)
def test_what_cannot_be_written_is_refused(
    place: str, sends: list[str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        laid(tmp_path, place, *sends)


def test_rows_with_one_that_is_wrong_leave_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        laid(tmp_path, "format: json, columns: {id: int}", "{id: 1}, {id: x}")

    assert not (tmp_path / "in").exists()
