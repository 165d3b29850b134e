"""The parts of an .xlsx workbook: its sheets, and their cells as the file has them.

Read by us, because no library tells in one pass what a spreadsheet hides: formulas that nobody computed,
merged cells, hidden rows, and the format that a number is shown with.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self
from xml.parsers import expat

from harness.scenario.rows.number_formats import BUILT_IN, GENERAL, column_number

MAX_PART = 1024 * 1024 * 1024
"""Bytes of one unpacked part: an archive of a few KB can hold terabytes of zeros."""
MAX_STRINGS = 256 * 1024 * 1024
"""Bytes of the texts of a workbook, which are kept in memory."""
_CHUNK = 256 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ROOT_RELS = "_rels/.rels"

Attributes = dict[str, str]


class WorkbookError(Exception):
    """A file that is no workbook that can be read: a fact and the edit that mends it."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A cell as it is stored.

    Attributes:
        column: Counted from 1.
        kind: `n` number, `s` text, `b` boolean, `e` error, `d` ISO date, `f` a formula without a value.
        text: The number in digits, the text, `1` or `0`, the error.
        format: The number format, such as `0.00`.
    """

    column: int
    kind: str
    text: str
    format: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row with the cells that hold something."""

    number: int
    cells: tuple[SheetCell, ...]
    hidden: bool


@dataclass(slots=True)
class Sheet:
    """A sheet of a workbook.

    Attributes:
        merged: The ranges that are merged, as `B2:C3`; known when its rows have been read to the end.
    """

    name: str
    part: str
    merged: list[str] = field(default_factory=list)


class Workbook:
    """An open workbook; use it as a context manager.

    Raises:
        WorkbookError: The file is none, from any of its methods.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError):
            raise _no_archive(path) from None
        self._strings: list[str] | None = None
        self._formats: list[str] | None = None
        try:
            self._main = self._main_part()
            self._folder = posixpath.dirname(self._main)
            self._related = self._relations(self._main)
            self.from_1904 = False
            self.sheets: list[Sheet] = []
            self._read_sheets()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def rows(self, sheet: Sheet) -> Iterator[SheetRow]:
        """The rows of a sheet in which a cell holds something."""
        reader = _SheetReader(self._texts(), self._number_formats(), sheet)
        for chunk in self._chunks(sheet.part, MAX_PART):
            _parse(reader.parser, chunk)
            yield from reader.take()
        _parse(reader.parser, b"", last=True)
        yield from reader.take()

    def _main_part(self) -> str:
        names = set(self._zip.namelist())
        if _ROOT_RELS in names:
            for kind, target in self._relations("").values():
                if kind == "officeDocument" and target in names:
                    if target.endswith(".bin"):
                        raise WorkbookError("the file is a binary workbook (.xlsb)", "save it as .xlsx")
                    if posixpath.basename(target) == "workbook.xml":
                        return target
        if "mimetype" in names:
            raise WorkbookError("the file is an OpenDocument, not .xlsx", "save it as .xlsx")
        raise WorkbookError("the file is an archive, but no workbook", "save it as .xlsx")

    def _read_sheets(self) -> None:
        def start(name: str, attributes: Attributes) -> None:
            if name == "sheet":
                relation = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
                kind, target = self._related.get(relation, ("", ""))
                if kind == "worksheet":
                    self.sheets.append(Sheet(attributes.get("name", ""), target))
            elif name == "workbookPr":
                self.from_1904 = attributes.get("date1904") in ("1", "true")

        self._walk(self._main, start)

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """The id of every related part, with its kind and its name in the archive."""
        folder, base = posixpath.split(part)
        found: dict[str, tuple[str, str]] = {}

        def start(name: str, attributes: Attributes) -> None:
            if name == "Relationship":
                target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
                kind = attributes.get("Type", "").rpartition("/")[2]
                found[attributes.get("Id", "")] = (kind, target.lstrip("/"))

        self._walk(posixpath.join(folder, "_rels", f"{base}.rels"), start)
        return found

    def _part(self, kind: str) -> str | None:
        return next((target for found, target in self._related.values() if found == kind), None)

    def _texts(self) -> list[str]:
        if self._strings is None:
            self._strings = []
            part = self._part("sharedStrings")
            if part is not None:
                reader = _TextsReader(self._strings)
                for chunk in self._chunks(part, MAX_STRINGS):
                    _parse(reader.parser, chunk)
                _parse(reader.parser, b"", last=True)
        return self._strings

    def _number_formats(self) -> list[str]:
        """The number format of every cell style."""
        if self._formats is None:
            self._formats = []
            part = self._part("styles")
            if part is not None:
                self._read_formats(part, self._formats)
        return self._formats

    def _read_formats(self, part: str, formats: list[str]) -> None:
        known = dict(BUILT_IN)
        inside = ""

        def start(name: str, attributes: Attributes) -> None:
            nonlocal inside
            if name in ("cellXfs", "cellStyleXfs", "dxfs"):
                inside = name
            elif name == "numFmt" and inside != "dxfs":
                known[attributes.get("numFmtId", "")] = attributes.get("formatCode", GENERAL)
            elif name == "xf" and inside == "cellXfs":
                formats.append(known.get(attributes.get("numFmtId", "0"), GENERAL))

        self._walk(part, start)

    def _walk(self, part: str, start: Callable[[str, Attributes], None]) -> None:
        parser = _parser()
        parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
        for chunk in self._chunks(part, MAX_STRINGS):
            _parse(parser, chunk)
        _parse(parser, b"", last=True)

    def _chunks(self, part: str, most: int) -> Iterator[bytes]:
        try:
            with self._zip.open(part) as file:
                yield from _limited(file, most)
        except KeyError:
            raise WorkbookError(f"the workbook lacks its part `{part}`", "save it again") from None
        except RuntimeError:
            raise WorkbookError("the workbook is protected by a password", "save it without one") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise _damaged(str(error)) from None


def _limited(file: IO[bytes], most: int) -> Iterator[bytes]:
    total = 0
    while chunk := file.read(_CHUNK):
        total += len(chunk)
        if total > most:
            raise WorkbookError(f"a part of the workbook has more than {most // 1024 // 1024} MB unpacked")
        yield chunk


def _no_archive(path: Path) -> WorkbookError:
    with path.open("rb") as file:
        first = file.read(8)
        if first == _OLE:
            while chunk := file.read(_CHUNK):
                if _ENCRYPTED in chunk:
                    return WorkbookError("the workbook is protected by a password", "save it without one")
            return WorkbookError("the file is an old workbook (.xls), not .xlsx", "save it as .xlsx")
    if not first:
        return WorkbookError("the file is empty", "save a workbook as .xlsx")
    if first.startswith(b"PK"):
        return _damaged("the end of the archive is missing")
    return WorkbookError("the file is no workbook", "save it as .xlsx; text files end in .csv")


def _damaged(why: str) -> WorkbookError:
    return WorkbookError(f"the workbook is damaged: {why[:1].lower()}{why[1:]}", "copy or save it again")


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    # No program writes one; entities in it could grow without end.
    raise WorkbookError("the workbook declares a document type, which none needs")


def _parse(parser: expat.XMLParserType, data: bytes, *, last: bool = False) -> None:
    try:
        parser.Parse(data, last)
    except (expat.ExpatError, ValueError, IndexError) as error:
        raise _damaged(str(error)) from None


class _TextsReader:
    """Reads the shared texts; what is written beside a text to pronounce it is left out."""

    def __init__(self, texts: list[str]) -> None:
        self.parser = _parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self._texts = texts
        self._pieces: list[str] = []
        self._spoken = False

    def _start(self, name: str, _: Attributes) -> None:
        name = name.rpartition(":")[2]
        if name == "si":
            self._pieces = []
        elif name == "rPh":
            self._spoken = True
        elif name == "t" and not self._spoken:
            self.parser.CharacterDataHandler = self._pieces.append

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name == "t":
            self.parser.CharacterDataHandler = None
        elif name == "rPh":
            self._spoken = False
        elif name == "si":
            self._texts.append("".join(self._pieces))


class _SheetReader:
    """Reads the rows of a sheet as its XML comes in."""

    def __init__(self, texts: list[str], formats: list[str], sheet: Sheet) -> None:
        self.parser = _parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self._texts = texts
        self._formats = formats
        self._sheet = sheet
        self._rows: list[SheetRow] = []
        self._columns: dict[str, int] = {}
        self._number, self._hidden = 0, False
        self._cells: list[SheetCell] = []
        self._column, self._kind, self._style = 0, "n", 0
        self._pieces: list[str] = []
        self._has_value = self._has_formula = self._spoken = False

    def take(self) -> list[SheetRow]:
        """The rows that are complete by now."""
        rows, self._rows = self._rows, []
        return rows

    def _start(self, name: str, attributes: Attributes) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            reference = attributes.get("r")
            self._column = self._column_of(reference) if reference else self._column + 1
            self._kind = attributes.get("t", "n")
            self._style = int(attributes.get("s", "0"))
            self._pieces = []
            self._has_value = self._has_formula = False
        elif name == "v" or (name == "t" and not self._spoken):
            self._has_value = True
            self.parser.CharacterDataHandler = self._pieces.append
        elif name == "row":
            self._number = int(attributes["r"]) if "r" in attributes else self._number + 1
            self._hidden = attributes.get("hidden") in ("1", "true")
            self._cells, self._column = [], 0
        elif name == "f":
            self._has_formula = True
        elif name == "rPh":
            self._spoken = True
        elif name == "mergeCell":
            self._sheet.merged.append(attributes.get("ref", ""))

    def _end(self, name: str) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name in ("v", "t"):
            self.parser.CharacterDataHandler = None
        elif name == "c":
            if self._has_value or self._has_formula:
                self._cells.append(self._cell())
        elif name == "row":
            if self._cells:
                self._rows.append(SheetRow(self._number, tuple(self._cells), self._hidden))
        elif name == "rPh":
            self._spoken = False

    def _cell(self) -> SheetCell:
        text, kind = "".join(self._pieces), self._kind
        if kind == "s":
            text = self._texts[int(text)]
        elif kind in ("str", "inlineStr"):
            kind = "s"
            if self._has_formula and not self._has_value:
                kind = "f"
        elif not text:
            kind = "f" if self._has_formula else "s"
        form = self._formats[self._style] if self._style < len(self._formats) else GENERAL
        return SheetCell(self._column, kind, text, form)

    def _column_of(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        number = self._columns.get(letters)
        if number is None:
            number = self._columns[letters] = column_number(letters)
        return number
