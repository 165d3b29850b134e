"""Rows in .xlsx workbooks: what a person sees in a cell, and what a spreadsheet spoils."""

# ruff: noqa: DTZ001  (a spreadsheet knows no zones)

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.codecs.types import Type, parse_type
from harness.errors import Problem
from harness.location import Location
from harness.rows import Rows, Word
from harness.scenario.problems import Problems
from harness.scenario.rows import rowfile
from harness.scenario.rows.cells import Cells
from harness.scenario.rows.number_formats import column_letters, column_number
from harness.scenario.rows.rowfile import Meant
from harness.scenario.yaml.nodes import Scalar, Style

steady = settings(deadline=None, derandomize=True)
Value = object


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """Writes a workbook of one sheet: lines of values, or of (value, number format)."""

    def write(*lines: tuple[Value, ...], then: Callable[..., None] | None = None) -> Path:
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        assert sheet is not None
        sheet.title = "March"
        for row, line in enumerate(lines, start=1):
            for column, value in enumerate(line, start=1):
                cell = sheet.cell(row, column)
                cell.value, form = value if isinstance(value, tuple) else (value, None)
                if form:
                    cell.number_format = form
        if then is not None:
            then(workbook)
        path = tmp_path / "limits.xlsx"
        workbook.save(path)
        return path

    return write


def load(
    path: Path, types: Mapping[str, str] | None = None, **meant: object
) -> tuple[Rows | None, tuple[Problem, ...]]:
    known: dict[str, Type] = {name: parse_type(type_) for name, type_ in (types or {}).items()}
    problems = Problems()
    here = Location(path.parent / "x.scenario.yaml", 7, 3)
    sheet = meant.get("sheet")
    how = Meant(
        blank_is_null=bool(meant.get("blank_is_null")),
        sheet=Scalar(str(sheet), here, Style.PLAIN, here) if sheet else None,
        type_of=known.get,
    )
    rows = rowfile.read(Scalar(path.name, here, Style.PLAIN, here), path.parent, Cells(problems), how)
    return rows, problems.found()


def texts(path: Path, types: Mapping[str, str] | None = None, **meant: object) -> list[dict[str, str]]:
    rows, problems = load(path, types, **meant)
    assert problems == ()
    assert rows is not None
    return [{name: cell.text for name, cell in row.cells.items()} for row in rows]


def complaint(path: Path, types: Mapping[str, str] | None = None, **meant: object) -> Problem:
    (problem,) = load(path, types, **meant)[1]
    return problem


Book = Callable[..., Path]


def test_cells_are_read_as_in_a_table(book: Book) -> None:
    path = book(("a", "b", " c "), (" x  y ", "null", '" z "'), ("<any>", None, "x"))

    rows, problems = load(path)

    assert problems == ()
    assert rows is not None
    first, second = rows
    assert list(rows.columns) == ["a", "b", "c"]
    assert first.cells["a"].text == "x  y"
    assert first.cells["b"].is_null
    assert (first.cells["c"].text, first.cells["c"].quoted) == (" z ", True)
    assert second.cells["a"].word is Word.ANY
    assert "b" not in second.cells


def test_a_cell_knows_its_row_and_column(book: Book) -> None:
    rows, _ = load(book((), ("", "a", "b"), (), ("", "x", "y")))

    assert rows is not None
    assert (rows.columns["b"].line, rows.columns["b"].column) == (2, 3)
    assert (rows.rows[0].cells["b"].location.line, rows.rows[0].cells["b"].location.column) == (4, 3)


def test_blank_cells_can_be_null(book: Book) -> None:
    rows, _ = load(book(("a", "b"), ("x", None)), blank_is_null=True)

    assert rows is not None
    assert rows.rows[0].cells["b"].is_null


@pytest.mark.parametrize(
    ("value", "form", "type_", "text"),
    [
        (12.5, "0.00", None, "12.50"),
        (12.5, "0.00", "text", "12.50"),
        (12.5, "General", "text", "12.5"),
        (12, "General", "text", "12"),
        (7, "000", "text", "007"),
        (-7, "000.0", "text", "-007.0"),
        (1234.5, "#,##0.00", "decimal(8, 2)", "1234.50"),
        (12.345, "0.00", "decimal(8, 3)", "12.345"),
        (0.1 + 0.2, "General", "decimal", "0.3"),
        (0.125, "0%", "decimal", "0.125"),
        (1767225600000, "General", "bigint", "1767225600000"),
        (1767225600000, "General", None, "1767225600000"),
        (1e300, "General", "double", "1" + "0" * 300),
        (1e-7, "General", "double", "0.0000001"),
        (0, "General", "bigint", "0"),
        (True, "General", "boolean", "true"),
        (True, "General", None, "true"),
        (False, "General", "text", "FALSE"),
        (date(2026, 3, 1), "dd/mm/yyyy", "date", "2026-03-01"),
        (date(2026, 3, 1), "dd/mm/yyyy", "timestamp", "2026-03-01T00:00:00"),
        (date(2026, 3, 1), "dd/mm/yyyy", None, "2026-03-01"),
        (datetime(2026, 3, 1), "d.m.yy h:mm", None, "2026-03-01T00:00:00"),
        (datetime(2026, 3, 1), "d.m.yy h:mm", "date", "2026-03-01"),
        (datetime(2026, 3, 1, 12, 30, 5), "d.m.yy h:mm", "timestamp", "2026-03-01T12:30:05"),
        (datetime(2026, 3, 1, 12, 30, 5, 250_000), "d.m.yy h:mm", None, "2026-03-01T12:30:05.250"),
        (datetime(1900, 1, 1), "yyyy-mm-dd", None, "1900-01-01"),
        (datetime(1900, 3, 1), "yyyy-mm-dd", None, "1900-03-01"),
        (time(12, 30), "h:mm", None, "12:30:00"),
        ("007", "@", "text", "007"),
    ],
)  # fmt: skip
def test_what_a_person_sees_is_what_is_read(
    book: Book, value: Value, form: str, type_: str | None, text: str
) -> None:
    assert texts(book(("a",), ((value, form),)), {"a": type_} if type_ else {}) == [{"a": text}]


@pytest.mark.parametrize(
    ("value", "form", "type_", "message"),
    [
        (4.5e15, "General", "text", "a number of 16 digits, and a spreadsheet keeps only the first 15"),
        (4.5e15, "General", None, "a number of 16 digits, and a spreadsheet keeps only the first 15"),
        (4.5e15, "0", "bigint", "a number of 16 digits, and a spreadsheet keeps only the first 15"),
        (450000000000, "General", "text", "the number 450000000000 is shown shortened, as 4.50000E+11"),
        (12.345, "0.00", "text", "the cell holds 12.345 and shows fewer digits"),
        (1234.5, "#,##0.00", "text", "the cell holds 1234.5 and shows it in groups of digits"),
        (0.125, "0.0%", "text", "the cell holds 0.125 and shows it as `0.0%`"),
        (date(2026, 3, 1), "yyyy-mm-dd", "text", "a date, and the field is text"),
        (time(12, 30), "h:mm", "text", "a time, and the field is text"),
        (timedelta(hours=30), "[h]:mm:ss", None, "a span of a day or more, which no field holds"),
        ("1.3.2026", "General", "date", "`1.3.2026` is a day as a spreadsheet shows it"),
        ("4.5E+15", "General", "text", "`4.5E+15` is a number that a spreadsheet has cut short"),
        ("“x”", "General", "text", "curly quotes do not quote"),
        ("#N/A", "General", "text", "the error #N/A of a formula"),
        ("=1+1", "General", "bigint", "a formula whose value was never computed"),
        ("<anny>", "General", "text", "`<anny>` is no word of ours"),
    ],
)  # fmt: skip
def test_what_a_spreadsheet_spoils_is_named_at_its_cell(
    book: Book, value: Value, form: str, type_: str | None, message: str
) -> None:
    path = book(("id", "a"), ("x", "y"), ("x", (value, form)))

    problem = complaint(path, {"a": type_} if type_ else {})

    assert problem.message == f"sheet March, cell B3: {message}"
    assert problem.location == Location(path, 3, 2)
    assert problem.source == ""


def test_merged_cells_hidden_rows_and_values_beside_the_head_are_named(book: Book) -> None:
    def spoil(workbook: openpyxl.Workbook) -> None:
        sheet = workbook["March"]
        sheet.merge_cells("A3:A4")
        sheet.row_dimensions[5].hidden = True
        sheet.row_dimensions[6].hidden = True
        sheet["C2"] = "left over"

    path = book(("a", "b"), ("x", 1), ("x", 2), (None, 3), ("x", 4), ("x", 5), then=spoil)

    assert [problem.message for problem in load(path)[1]] == [
        "sheet March, cell C2: a value below no name of the head",
        "sheet March, cell A3: the cells A3:A4 are merged, and only the first of them holds the value",
        "sheet March, cell A5: row 5 is hidden, and 1 more rows, and would be used like any other",
    ]


def test_the_first_sheet_with_a_head_is_read_unless_one_is_named(book: Book) -> None:
    def more(workbook: openpyxl.Workbook) -> None:
        workbook.create_sheet("Notes", 0)
        workbook.create_sheet("April")["A1"] = "b"
        workbook["April"]["A2"] = "y"

    path = book(("a",), ("x",), then=more)

    assert texts(path) == [{"a": "x"}]
    assert texts(path, sheet="April") == [{"b": "y"}]
    problem = complaint(path, sheet="april")
    assert problem.message == "the workbook has no sheet `april`"
    assert problem.hint == "did you mean `April`?"


def test_days_count_from_1904_where_the_workbook_says_so(book: Book) -> None:
    def mac(workbook: openpyxl.Workbook) -> None:
        workbook.epoch = datetime(1904, 1, 1)

    assert texts(book(("a",), ((date(2026, 3, 1), "yyyy-mm-dd"),), then=mac)) == [{"a": "2026-03-01"}]


def changed(path: Path, change: Callable[[dict[str, str]], None]) -> Path:
    """The workbook with its parts changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def replaced(path: Path, part: str, old: str, new: str) -> Path:
    """The workbook with a text in one of its parts replaced."""

    def change(parts: dict[str, str]) -> None:
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new)

    return changed(path, change)


def sharing(path: Path, *texts: str) -> Path:
    """The workbook with its texts kept apart from the cells, as Excel keeps them; `texts` come first."""

    def change(parts: dict[str, str]) -> None:
        items = list(texts)

        def share(match: re.Match[str]) -> str:
            items.append(f"<si>{match[2]}</si>")
            return f'{match[1]} t="s"><v>{len(items) - 1}</v></c>'

        parts[SHEET] = re.sub(r'(<c r="\w+") t="inlineStr"><is>(.*?)</is></c>', share, parts[SHEET])
        parts["xl/sharedStrings.xml"] = f"<sst>{''.join(items)}</sst>"
        target = "http://x/sharedStrings"
        related = f'<Relationship Id="s1" Type="{target}" Target="sharedStrings.xml"/></Relationships>'
        name = "xl/_rels/workbook.xml.rels"
        parts[name] = parts[name].replace("</Relationships>", related)

    return changed(path, change)


SHEET = "xl/worksheets/sheet1.xml"


def test_texts_that_are_kept_apart_are_read_without_their_pronunciation(book: Book) -> None:
    path = sharing(
        book(("a", "b"), ("x", 1)),
        "<si><r><t>Tō</t></r><r><t>kyō</t></r><rPh sb='0' eb='1'><t>トウ</t></rPh></si>",
    )
    path = replaced(path, SHEET, '<c r="B2" t="n"><v>1', '<c r="B2" t="s"><v>0')

    assert texts(path) == [{"a": "x", "b": "Tōkyō"}]


def test_the_value_of_a_formula_is_what_the_spreadsheet_computed(book: Book) -> None:
    path = book(("a", "b"), (1, 2))
    path = replaced(path, SHEET, '<c r="A2" t="n"><v>1', '<c r="A2" t="str"><f>UPPER("x")</f><v>X')
    path = replaced(path, SHEET, '<c r="B2" t="n"><v>2', '<c r="B2"><f>1+1</f><v>2')

    assert texts(path) == [{"a": "X", "b": "2"}]


OLE = bytes.fromhex("d0cf11e0a1b11ae1")
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
RELATED = "xl/_rels/workbook.xml.rels"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(b""), "the file is empty"),
        (lambda path: path.write_bytes(b"a,b\n1,2\n"), "the file is no workbook"),
        (lambda path: path.write_bytes(path.read_bytes()[:-30]), "the workbook is damaged"),
        (lambda path: path.write_bytes(OLE + bytes(600)), "an old workbook (.xls)"),
        (lambda path: path.write_bytes(OLE + bytes(600) + ENCRYPTED), "protected by a password"),
        (lambda path: replaced(path, SHEET, "</row>", ""), "the workbook is damaged"),
        (lambda path: replaced(sharing(path), SHEET, "<v>2<", "<v>99<"), "the workbook is damaged"),
        (lambda path: replaced(path, SHEET, 'r="A2"', 'r="!2"'), "`!` is no column"),
        (lambda path: replaced(path, SHEET, "<worksheet", "<!DOCTYPE x><worksheet"), "a document type"),
        (lambda path: replaced(path, RELATED, "sheet1.xml", "other.xml"), "lacks its part"),
        (lambda path: replaced(path, "_rels/.rels", "xl/workbook.xml", "xl/document.xml"), "but no workbook"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_one_clean_problem(
    book: Book, damage: Callable[[Path], object], message: str
) -> None:
    path = book(("a", "b"), ("x", 1))
    damage(path)

    assert message in complaint(path).message


def test_an_archive_that_would_unpack_to_gigabytes_is_refused(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sharing(book(("a",), ("x",)), f"<si><t>{'x' * 3_000_000}</t></si>")
    monkeypatch.setattr("harness.scenario.rows.xlsx.MAX_STRINGS", 1_000_000)

    assert complaint(path).message == "a part of the workbook has more than 0 MB unpacked"


@steady
@given(st.integers(1, 16_384))
def test_letters_of_columns_are_numbers_and_back(number: int) -> None:
    assert column_number(column_letters(number)) == number


@steady
@given(st.data())
def test_changed_bytes_of_a_workbook_never_raise(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed.xlsx"
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["a", "b"])
    sheet.append(["x", 12.5])
    workbook.save(path)
    sharing(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: bytearray(archive.read(name)) for name in archive.namelist()}
    part = data.draw(st.sampled_from([SHEET, "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"]))
    for _ in range(data.draw(st.integers(1, 3))):
        parts[part][data.draw(st.integers(0, len(parts[part]) - 1))] = data.draw(st.integers(0, 255))
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, bytes(content))

    load(path)
