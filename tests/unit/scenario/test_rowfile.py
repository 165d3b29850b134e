"""Rows in files beside the scenario."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.codecs.cells import read_cell
from harness.codecs.moments import Moment
from harness.codecs.types import BOOLEAN
from harness.codecs.types import TEXT as TEXT_TYPE
from harness.location import Location
from harness.rows import Rows, Word
from harness.scenario.problems import Problems
from harness.scenario.rows import rowfile
from harness.scenario.rows.cells import Cells
from harness.scenario.yaml.nodes import Scalar, Style


def read(folder: Path, name: str, content: str | bytes, *, blank_is_null: bool = False) -> Rows:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    problems = Problems()
    here = Location(folder / "x.scenario.yaml")
    scalar = Scalar(name, here, Style.PLAIN, here)
    rows = rowfile.read(scalar, folder, Cells(problems), rowfile.Meant(blank_is_null=blank_is_null))
    assert problems.found() == ()
    assert rows is not None
    return rows


def texts(rows: Rows) -> list[dict[str, str]]:
    return [{name: cell.text for name, cell in row.cells.items()} for row in rows]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "a,b\n1,x y\n2,\n"),
        ("a.csv", "a;b\r\n1; x y \r\n2;\r\n"),
        ("a.csv", "a\tb\r1\tx y\r2\t\r"),
        ("a.tsv", "a\tb\n1\tx y\n2\t\n"),
        ("a.csv", "\ufeffa,b\n1,x y\n2,"),
        ("a.CSV", "a,b\n\n1,x y\n2,\n\n"),
        ("a.json", '[{"a": 1, "b": "x y"}, {"a": 2}]'),
        ("a.jsonl", '{"a": 1, "b": "x y"}\n\n{"a": 2}\n'),
    ],
)
def test_all_formats_mean_the_same(tmp_path: Path, name: str, content: str) -> None:
    rows = read(tmp_path, name, content)

    assert list(rows.columns) == ["a", "b"]
    assert texts(rows) == [{"a": "1", "b": "x y"}, {"a": "2"}]


def test_quotes_of_a_csv_hold_separators_breaks_and_quotes(tmp_path: Path) -> None:
    rows = read(tmp_path, "a.csv", 'a,b\n"x, y","line 1\nline ""2"""\nz,1\n')

    assert texts(rows)[0] == {"a": "x, y", "b": 'line 1\nline "2"'}
    assert rows.rows[1].cells["b"].location.line == 4


def test_marks_are_typed_into_cells_as_in_a_table(tmp_path: Path) -> None:
    row = read(tmp_path, "a.csv", 'a,b,c,d,e\nnull,"""""",<any>,"<regex a,b>",""\n').rows[0]

    assert row.cells["a"].is_null
    assert (row.cells["b"].text, row.cells["b"].quoted) == ("", True)
    assert row.cells["c"].word is Word.ANY
    assert (row.cells["d"].word, row.cells["d"].text) == (Word.REGEX, "a,b")
    assert (row.cells["e"].text, row.cells["e"].quoted) == ("", True)


def test_quotes_of_a_spreadsheet_do_not_make_text(tmp_path: Path) -> None:
    assert not read(tmp_path, "a.csv", 'a\n"1"\n').rows[0].cells["a"].quoted


def test_blank_cells_can_be_null(tmp_path: Path) -> None:
    row = read(tmp_path, "a.csv", "a,b\n1,\n", blank_is_null=True).rows[0]

    assert row.cells["b"].is_null


def test_a_cell_of_a_csv_knows_its_place(tmp_path: Path) -> None:
    cell = read(tmp_path, "a.csv", "a,b\n1,  x\n").rows[0].cells["b"]

    assert (cell.location.line, cell.location.column) == (2, 5)


def test_numbers_of_json_keep_their_digits_and_text_is_quoted(tmp_path: Path) -> None:
    row = read(
        tmp_path, "a.json", '[{"a": 1.10, "b": "1", "c": null, "d": "null", "e": true, "f": 1E400}]'
    ).rows[0]

    assert [(cell.text, cell.quoted) for cell in row.cells.values()] == [
        ("1.10", False),
        ("1", True),
        ("null", False),
        ("null", True),
        ("true", False),
        ("1E400", False),
    ]


def test_json_nests_and_knows_every_place(tmp_path: Path) -> None:
    row = read(tmp_path, "a.json", '[\n  {"a": {"b": ["x",\n   "<any>"]}}\n]').rows[0]

    inner = row.cells["a"].items
    assert isinstance(inner, dict)
    items = inner["b"].items
    assert isinstance(items, tuple)
    assert items[1].word is Word.ANY
    assert (items[1].location.line, items[1].location.column) == (3, 4)


def test_names_of_json_are_names_with_their_dots_and_dollars_are_ours(tmp_path: Path) -> None:
    rows = read(tmp_path, "a.json", '[{"a.b": 1, "$key": "k", "$headers.x": "h"}]')

    assert list(rows.columns) == ['"a.b"', "$key", "$headers.x"]


def test_escapes_of_json_are_resolved(tmp_path: Path) -> None:
    row = read(tmp_path, "a.jsonl", '{"a": "\\u00e9\\ud83d\\ude00\\/\\n"}').rows[0]

    assert row.cells["a"].text == "é😀/\n"


@pytest.mark.parametrize(
    "content",
    [
        *("", "[", "[{", '{"a"', '{"a": }', "{]", "null", "[1]", "{a: 1}", '[{"a": 1} {"a": 2}]'),
        *('{"a": 01}', '{"a": NaN}', '{"a": "\\ud800"}', '{"a": "\\x"}', '{"a": "x\ny"}', '{"a": 1, "a": 2}'),
        '{"a":' + "[" * 10_000,
    ],
)
def test_broken_json_is_a_problem(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    problems = Problems()
    here = Location(tmp_path / "x")

    rowfile.read(Scalar("a.json", here, Style.PLAIN, here), tmp_path, Cells(problems))

    assert len(problems) == 1


@pytest.mark.parametrize("name", ["x\0.csv", "x" * 5000 + ".csv", "nowhere/x.csv", "../x.csv", "folder.csv"])
def test_a_file_that_is_none_is_a_problem(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    problems = Problems()
    here = Location(tmp_path / "x")

    assert rowfile.read(Scalar(name, here, Style.PLAIN, here), tmp_path, Cells(problems)) is None
    assert len(problems) == 1


# Spaces around a plain cell go, and what begins like a mark is one; both need quotes inside of the quotes.
PLAIN = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"<$\u201c\u2028\u2029\x85')
)
TEXT = PLAIN.map(str.strip).filter(bool) | st.sampled_from(["a,b", "x;y", "line 1\nline 2", "1", "NULL", "ä"])


@settings(deadline=None, derandomize=True)
@given(
    # A head of one column shows no separator, so a comma would be one.
    rows=st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(TEXT, min_size=width, max_size=width))),
    separator=st.sampled_from([",", ";", "\t"]),
    ending=st.sampled_from(["\n", "\r\n"]),
    mark=st.booleans(),
    everything=st.booleans(),
)
def test_what_a_spreadsheet_writes_as_csv_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    separator: str,
    ending: str,
    mark: bool,
    everything: bool,
) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(
        file,
        delimiter=separator,
        lineterminator=ending,
        quoting=csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL,
    )
    names = [f"c{number}" for number in range(len(rows[0]) if rows else 2)]
    writer.writerows([names, *rows])
    content = ("\ufeff" if mark else "") + file.getvalue()

    found = read(tmp_path_factory.getbasetemp(), "round.csv", content)

    assert texts(found) == [dict(zip(names, row, strict=True)) for row in rows]


def test_a_cell_with_a_break_in_it_does_not_shift_the_lines_of_those_below(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('a,b\r\n"x\r\ny",1\r\n<anny>,2\r\n', newline="")
    problems = Problems()
    here = Location(tmp_path / "x")

    rowfile.read(Scalar("a.csv", here, Style.PLAIN, here), tmp_path, Cells(problems))

    (problem,) = problems.found()
    assert (problem.location.line, problem.location.column, problem.source) == (4, 1, "<anny>,2")


def test_the_columns_of_json_lines_are_in_order_of_their_appearance(tmp_path: Path) -> None:
    rows = read(tmp_path, "a.jsonl", '{"b": 1}\n{"c": 1, "b": 2}\n{"a": 1}\n')

    assert list(rows.columns) == ["b", "c", "a"]


def test_checking_text_files_loads_no_library_of_other_formats(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "import harness.scenario.load\n"
        "print([m for m in ('duckdb', 'fastavro', 'harness.scenario.rows.xlsx') if m in sys.modules])\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


@pytest.mark.parametrize(("text", "value"), [("TRUE", True), ("False", False), ("true", True)])
def test_a_boolean_of_a_spreadsheet_is_one_in_a_field_of_booleans(
    tmp_path: Path, text: str, value: bool
) -> None:
    cell = read(tmp_path, "a.csv", f"a\n{text}\n").rows[0].cells["a"]

    assert read_cell(cell, BOOLEAN, Moment.from_text("2026-01-01T00:00:00Z")) is value
    assert read_cell(cell, TEXT_TYPE, Moment.from_text("2026-01-01T00:00:00Z")) == text


@pytest.mark.parametrize("name", ["a.json", "a.csv"])
def test_a_file_that_is_too_large_says_so_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(rowfile, "MAX_JSON", 2)
    monkeypatch.setattr(rowfile, "MAX_BYTES", 2)
    (tmp_path / name).write_text("a\n1\n")
    problems = Problems()
    here = Location(tmp_path / "x")

    assert rowfile.read(Scalar(name, here, Style.PLAIN, here), tmp_path, Cells(problems)) is None
    (problem,) = problems.found()
    assert problem.message == "the file is larger than 0 MB"
    assert problem.hint


def test_a_line_that_never_ends_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.scenario.rows.textfile.MAX_LINE", 100)
    (tmp_path / "a.csv").write_text("a\n" + "x" * 200)
    problems = Problems()
    here = Location(tmp_path / "x")

    rowfile.read(Scalar("a.csv", here, Style.PLAIN, here), tmp_path, Cells(problems))

    (problem,) = problems.found()
    assert problem.location.line == 2
    assert problem.message.startswith("the line is longer than")
