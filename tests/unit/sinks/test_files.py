"""What is read of a folder: every row of its finished files, and nothing of those that are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import SinkError
from harness.parts import Parts
from harness.scenario.load import load_scenarios
from harness.scenario.model import Place
from harness.sinks import files
from harness.sinks.record import Read

PART = "70f4bbd7-1e21-47fe-b632-a0391f5631be"


def sink(folder: Path, place: str) -> Place:
    (folder / "job.py").write_text("")
    (folder / "rows.pipeline.yaml").write_text(
        "pipeline: rows\njob: {python: job.py, env: {X: '${sinks.x.name}'}}\n"
        f"sinks:\n  x: {{folder: <fresh>, {place}}}\n"
    )
    (folder / "one.scenario.yaml").write_text(
        "scenario: one\npipeline: rows\nthen: [{expect: x, empty: true}]\n"
    )
    (scenario,), problems = load_scenarios([folder], folder)
    assert not problems, [problem.render() for problem in problems]
    return scenario.pipeline.sinks["x"]


def read(folder: Path, place: str, written: dict[str, bytes], parts: Parts | None = None) -> Read:
    """What is read where these files are."""
    for name, data in written.items():
        path = folder / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return files.read(folder / "out", sink(folder, place), parts or Parts())


def fields(found: Read) -> list[dict[str, object]]:
    return [{k: v for k, v in record.values.items() if not k.startswith("$")} for record in found.records]


def test_a_folder_that_nobody_has_made_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path, "format: lines", {}).records == ()


def test_rows_have_their_file_and_their_place_in_it(tmp_path: Path) -> None:
    found = read(tmp_path, "format: lines", {"b": b"one\ntwo", "a/c": b"three\r\n"})

    assert [(r.values["$path"], r.values["$value"], r.origin) for r in found.records] == [
        ("a/c", "three", "a/c@1"),
        ("b", "one", "b@1"),
        ("b", "two", "b@2"),
    ]


def test_hidden_files_and_folders_are_no_data(tmp_path: Path) -> None:
    written = {"_SUCCESS": b"", ".a.inprogress.1": b"x\n", "_tmp/a": b"x\n", "a": b"1\n"}

    assert len(read(tmp_path, "format: lines", written).records) == 1


def test_a_quoted_line_of_csv_may_have_several_lines(tmp_path: Path) -> None:
    found = read(tmp_path, "format: csv, columns: {id: int, text: text}", {"a": b'1,"a\n""b"\n2,c\n'})

    assert fields(found) == [{"id": 1, "text": 'a\n"b'}, {"id": 2, "text": "c"}]


def test_folders_of_the_path_are_columns(tmp_path: Path) -> None:
    place = "format: json, partitioned_by: [day, of]"
    written = {"day=a%3Ab/of=__HIVE_DEFAULT_PARTITION__/f": b'{"id": 1}\n', "2026/03/f": b'{"id": 2}\n'}

    found = read(tmp_path, place, written)

    assert fields(found) == [{"day": "2026", "of": "03", "id": 2}, {"day": "a:b", "of": None, "id": 1}]


def test_a_file_outside_of_the_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="has no folder for `day`"):
        read(tmp_path, "format: json, partitioned_by: day", {"f": b"{}"})


def test_what_cannot_be_decoded_is_kept_with_its_place(tmp_path: Path) -> None:
    found = read(tmp_path, "format: json", {"a": b'{"id": 1}\n{"id"\n'})

    assert found.records[0].undecodable is None
    assert "a@2" in found.records[1].origin
    assert '{"id"' in (found.records[1].undecodable or "")


def test_a_file_that_stays_open_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="keeps 1 file of `x` open"):
        read(tmp_path, "format: lines", {f".a.inprogress.{PART}": b"x"}, Parts(kept=frozenset({PART})))


def test_an_open_file_of_another_attempt_is_none_of_the_job(tmp_path: Path) -> None:
    found = read(tmp_path, "format: lines", {".a.inprogress.another": b"x"}, Parts(kept=frozenset({PART})))

    assert found.records == ()


def test_what_is_put_together_later_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="has not put together 1 file"):
        read(tmp_path, "format: lines", {".uncompacted-a": b"x\n"})
