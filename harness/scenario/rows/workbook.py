"""An .xlsx file as lines of cells: what a person sees there, and what the spreadsheet spoiled by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from harness.codecs.types import TIMES, Type, TypeKind
from harness.location import Location
from harness.scenario import vocabulary
from harness.scenario.problems import Problems
from harness.scenario.rows import number_formats as formats
from harness.scenario.rows.delimited import Field
from harness.scenario.rows.number_formats import column_letters
from harness.scenario.rows.xlsx import Sheet, SheetCell, SheetRow, Workbook, WorkbookError
from harness.scenario.yaml.nodes import Scalar

AS_TEXT = "format the column as text, and type the value again"


class InSheet(Problems):
    """Notes where in a workbook something is wrong, in the words of a spreadsheet."""

    def __init__(self, problems: Problems, path: Path) -> None:
        super().__init__()
        self.sheet = ""
        self._problems = problems
        self._path = path

    def add(self, location: Location, message: str, hint: str | None = None) -> None:
        """Note one thing that is wrong in a cell."""
        cell = f"{column_letters(location.column)}{location.line}"
        where = f"sheet {self.sheet}, cell {cell}: " if location.path == self._path and self.sheet else ""
        self._problems.add(location, where + message, hint)

    def warn(self, location: Location, message: str, hint: str | None = None) -> None:
        """Note what is probably not meant so."""
        self._problems.warn(location, message, hint)

    def __len__(self) -> int:
        return len(self._problems)


@dataclass(frozen=True, slots=True)
class _Grid:
    """One sheet, read against the types of its columns."""

    path: Path
    sheet: Sheet
    from_1904: bool
    problems: InSheet
    type_of: Callable[[str], Type | None]


def read(
    path: Path,
    sheet: Scalar | None,
    problems: InSheet,
    type_of: Callable[[str], Type | None],
) -> Iterator[list[Field]]:
    """The lines of a sheet in which a cell holds something, the head first; all as wide as the head.

    Args:
        path: The workbook.
        sheet: The name of the sheet; None: the first in which a cell holds something.
        problems: Where to note.
        type_of: The type of the column of that name, where it is known: it says how a number is meant.
    """
    try:
        with Workbook(path) as book:
            found = _find(book, sheet, problems)
            if found is not None:
                problems.sheet = found.name
                grid = _Grid(path, found, book.from_1904, problems, type_of)
                yield from _lines(grid, book.rows(found))
    except WorkbookError as error:
        problems.sheet = ""
        problems.add(Location(path), error.message, error.hint)


def _find(book: Workbook, wanted: Scalar | None, problems: InSheet) -> Sheet | None:
    if wanted is not None:
        name = wanted.text.strip()
        found = next((sheet for sheet in book.sheets if sheet.name == name), None)
        if found is None:
            names = [sheet.name for sheet in book.sheets]
            hint = vocabulary.suggest(name, names, what="sheets")
            problems.add(wanted.location, f"the workbook has no sheet `{name}`", hint)
        return found
    if len(book.sheets) == 1:
        return book.sheets[0]
    return next((sheet for sheet in book.sheets if next(book.rows(sheet), None)), None)


def _lines(grid: _Grid, rows: Iterator[SheetRow]) -> Iterator[list[Field]]:
    head: dict[int, str] = {}
    hidden: list[int] = []
    types: dict[int, Type | None] = {}
    for row in rows:
        if not head:
            fields = [_head_field(cell, row.number, grid) for cell in row.cells]
            head = {field.location.column: field.text for field in fields}
            types = {column: grid.type_of(name) for column, name in head.items()}
            yield fields
            continue
        cells = {}
        for cell in row.cells:
            if cell.column in head:
                cells[cell.column] = _field(cell, row.number, types[cell.column], grid)
            elif cell.text.strip() or cell.kind in "ef":
                where = Location(grid.path, row.number, cell.column)
                grid.problems.add(where, "a value below no name of the head", "name its column, or clear it")
        if not any(field.text for field in cells.values()):
            continue
        if row.hidden:
            hidden.append(row.number)
        empty = (Field("", Location(grid.path, row.number, column), quoted=False) for column in head)
        yield [cells.get(field.location.column, field) for field in empty]
    _note_hidden(hidden, grid)
    _note_merged(head, grid)


def _note_hidden(hidden: list[int], grid: _Grid) -> None:
    if hidden:
        many = f", and {len(hidden) - 1} more rows" if len(hidden) > 1 else ""
        grid.problems.add(
            Location(grid.path, hidden[0]),
            f"row {hidden[0]} is hidden{many}, and would be used like any other",
            "show it, or delete it",
        )


def _note_merged(head: dict[int, str], grid: _Grid) -> None:
    for area in grid.sheet.merged:
        first = area.partition(":")[0]
        letters = first.rstrip("0123456789")
        try:
            column, row = formats.column_number(letters), int(first[len(letters) :])
        except ValueError:
            continue
        if column in head:
            grid.problems.add(
                Location(grid.path, row, column),
                f"the cells {area} are merged, and only the first of them holds the value",
                "take the merge apart, and write the value into every cell that has it",
            )


def _head_field(cell: SheetCell, row: int, grid: _Grid) -> Field:
    where = Location(grid.path, row, cell.column)
    if cell.kind != "s":
        grid.problems.add(where, "a name of the head that is no text", "its first row names the columns")
        return Field(f"column {column_letters(cell.column)}", where, quoted=False)
    return Field(cell.text.strip(), where, quoted=False)


def _field(cell: SheetCell, row: int, type_: Type | None, grid: _Grid) -> Field:
    where = Location(grid.path, row, cell.column)
    text = cell.text.strip()
    if cell.kind == "n":
        try:
            text = _number(text, cell.format, type_, where, grid)
        except ValueError as error:
            grid.problems.add(where, str(error))
    elif cell.kind == "b":
        text = "true" if text == "1" else "false"
        if _is_text(type_):
            text = text.upper()
    elif cell.kind == "e":
        grid.problems.add(
            where, f"the error {text} of a formula", "mend the formula, or write the value in its place"
        )
    elif cell.kind == "f":
        grid.problems.add(
            where,
            "a formula whose value was never computed",
            "open the workbook in a spreadsheet and save it, or write the value",
        )
    return Field(text, where, quoted=False)


def _number(text: str, code: str, type_: Type | None, where: Location, grid: _Grid) -> str:
    value = formats.number(text)
    shown = formats.picture(code)
    if shown.day or shown.clock:
        return _moment(value, shown, type_, where, grid)
    whole = value == value.to_integral_value()
    if whole and value.adjusted() >= formats.EXACT_DIGITS and not _is(type_, TypeKind.FLOAT):
        grid.problems.add(
            where,
            f"a number of {value.adjusted() + 1} digits, and a spreadsheet keeps only the first 15",
            AS_TEXT,
        )
    elif _is_text(type_):
        _check_shown(value, code, shown, where, grid)
    return formats.padded(value, shown)


def _check_shown(value: Decimal, code: str, shown: formats.Picture, where: Location, grid: _Grid) -> None:
    """Note a number in a text column that looks otherwise than it is."""
    behind = formats.plain(value).partition(".")[2]
    if shown.decimals is not None:
        if len(behind) > shown.decimals:
            fact = f"the cell holds {formats.plain(value)} and shows fewer digits"
            grid.problems.add(where, fact, AS_TEXT)
        elif shown.digits is None and abs(value) >= 1000:
            fact = f"the cell holds {formats.plain(value)} and shows it in groups of digits"
            grid.problems.add(where, fact, AS_TEXT)
    elif code.lower() != formats.GENERAL.lower() and code != "@":
        grid.problems.add(where, f"the cell holds {formats.plain(value)} and shows it as `{code}`", AS_TEXT)
    elif value.adjusted() >= formats.PLAIN_DIGITS or (value and value.adjusted() < -5):
        shortened = f"{value:.5E}"
        grid.problems.add(
            where, f"the number {formats.plain(value)} is shown shortened, as {shortened}", AS_TEXT
        )


def _moment(value: Decimal, shown: formats.Picture, type_: Type | None, where: Location, grid: _Grid) -> str:
    if shown.clock and not shown.day and not 0 <= value < 1:
        grid.problems.add(where, "a span of a day or more, which no field holds", AS_TEXT)
        return formats.plain(value)
    local = formats.moment(value, from_1904=grid.from_1904)
    if _is_text(type_):
        what = "a time" if shown.clock and not shown.day else "a date"
        grid.problems.add(where, f"{what}, and the field is text", AS_TEXT)
    if shown.clock and not shown.day:
        return formats.iso(local.time())
    has_clock = local.time() != local.time().min
    if has_clock or (shown.clock and not _is(type_, TypeKind.DATE)) or _has_clock(type_):
        return formats.iso(local)
    return formats.iso(local.date())


def _is(type_: Type | None, kind: TypeKind) -> bool:
    return type_ is not None and type_.resolved().kind is kind


def _is_text(type_: Type | None) -> bool:
    return _is(type_, TypeKind.TEXT) or _is(type_, TypeKind.ENUM)


def _has_clock(type_: Type | None) -> bool:
    return type_ is not None and type_.resolved().kind in TIMES - {TypeKind.DATE, TypeKind.TIME}
