"""`file:` to Rows: what each format of row file means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from harness.codecs.types import Type
from harness.errors import InputError
from harness.location import Location, shown
from harness.rows import Cell, LazyRows, Row, Rows
from harness.scenario import filename
from harness.scenario.problems import Problems
from harness.scenario.rows import columns, delimited, spoiled, textfile
from harness.scenario.rows.cells import Cells
from harness.scenario.rows.delimited import Field
from harness.scenario.rows.json_text import JsonText
from harness.scenario.yaml import source
from harness.scenario.yaml.nodes import Scalar

IN_MEMORY = 20_000
"""Rows of a file that are kept; of a longer one, every walk reads the file again."""
MAX_JSON = 64 * 1024 * 1024
"""Bytes of a .json, which must be in memory as a whole; as .jsonl it may be longer."""
MAX_BYTES = 1024 * 1024 * 1024
"""Bytes of any other file: every check reads it, and a check should take seconds."""
WORKBOOK = ".xlsx"
DELIMITED = (".csv", ".tsv")
FORMATS = (*DELIMITED, WORKBOOK, ".json", ".jsonl", ".parquet", ".avro")

Head: TypeAlias = dict[str, Location]
Walk: TypeAlias = Callable[[Cells, Head], Iterator[Row]]
"""Reads a file from its beginning: the cells note what is wrong, the head learns the columns."""


def _unknown(_: str) -> Type | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What a step says about its file.

    Attributes:
        blank_is_null: Empty cells are null instead of absent.
        sheet: The sheet of a workbook.
        type_of: The type of a column, where it is known.
    """

    blank_is_null: bool = False
    sheet: Scalar | None = None
    type_of: Callable[[str], Type | None] = _unknown


def read(name: Scalar, folder: Path, cells: Cells, meant: Meant | None = None) -> Rows | None:
    """The rows of the file `name` in `folder`, or None where it cannot be read at all.

    Args:
        name: The path as it was written.
        folder: Where relative paths start.
        cells: Reads the cells and notes what is wrong.
        meant: What else is said about it.
    """
    problems = cells.problems
    ending = Path(name.text).suffix.lower()
    if ending not in _WALKS:
        hint = "save it as .xlsx" if ending == ".xls" else f"known endings: {', '.join(FORMATS)}"
        problems.add(name.content, f"`{name.text}` is no file of rows", hint)
        return None
    path = filename.resolve(name.text, name.content, folder, problems)
    if path is None or not _is_readable(path, ending, problems):
        return None
    walk = partial(_WALKS[ending], path, meant or Meant())
    head: Head = {}
    rows: list[Row] = []
    count = 0
    before = len(problems)
    for row in walk(cells, head):
        count += 1
        if count <= IN_MEMORY:
            rows.append(row)
        elif rows:
            rows = []
    if not count and not head:
        return None if len(problems) > before else Rows({}, (), Location(path))
    if count <= IN_MEMORY:
        return Rows(head, tuple(rows), Location(path))
    return Rows(head, LazyRows(_again(path, walk, cells), count), Location(path))


def _is_readable(path: Path, ending: str, problems: Problems) -> bool:
    most = MAX_JSON if ending == ".json" else MAX_BYTES
    try:
        with path.open("rb"):
            size = path.stat().st_size
    except OSError as error:
        reason = error.strerror or str(error)
        problems.add(Location(path), f"the file cannot be read: {reason.lower()}")
        return False
    if size > most:
        hint = (
            "save it as .jsonl, an object per line"
            if ending == ".json"
            else "`generate` makes rows in volume"
        )
        problems.add(Location(path), f"the file is larger than {most // 1024 // 1024} MB", hint)
    return size <= most


def _again(path: Path, walk: Walk, cells: Cells) -> Callable[[], Iterator[Row]]:
    """Walks over a file that was read once; what is wrong in it is noted by then."""
    first = path.stat()

    def rows() -> Iterator[Row]:
        now = path.stat()
        if (now.st_size, now.st_mtime_ns) != (first.st_size, first.st_mtime_ns):
            raise InputError(f"{shown(path)} has changed since it was checked", hint="run it again")
        return walk(replace(cells, problems=Problems()), {})

    return rows


def _walk_json(path: Path, _: Meant, cells: Cells, head: Head) -> Iterator[Row]:
    data = source.read_bytes(path, cells.problems, MAX_JSON)
    text = None if data is None else source.decode(data, path, cells.problems)
    if text is not None:
        yield from JsonText(text, path, cells, head).rows()


def _walk_json_lines(path: Path, _: Meant, cells: Cells, head: Head) -> Iterator[Row]:
    for number, line in enumerate(textfile.read(path, cells.problems), start=1):
        if line.strip():
            yield from JsonText(line, path, cells, head, line=number).rows()


def _walk_delimited(path: Path, meant: Meant, cells: Cells, head: Head) -> Iterator[Row]:
    lines = delimited.read(textfile.read(path, cells.problems), path, cells.problems)
    return _below_head(lines, path, meant, cells, head)


def _walk_workbook(path: Path, meant: Meant, cells: Cells, head: Head) -> Iterator[Row]:
    from harness.scenario.rows import workbook

    problems = workbook.InSheet(cells.problems, path)
    lines = workbook.read(path, meant.sheet, problems, meant.type_of)
    return _below_head(lines, path, meant, replace(cells, problems=problems), head)


def _walk_parquet(path: Path, _: Meant, cells: Cells, head: Head) -> Iterator[Row]:
    from harness.scenario.rows import parquet

    return parquet.rows(path, cells.problems, head)


def _walk_avro(path: Path, _: Meant, cells: Cells, head: Head) -> Iterator[Row]:
    from harness.scenario.rows import avro_file

    return avro_file.rows(path, cells.problems, head)


_WALKS: dict[str, Callable[[Path, Meant, Cells, Head], Iterator[Row]]] = {
    **dict.fromkeys(DELIMITED, _walk_delimited),
    WORKBOOK: _walk_workbook,
    ".json": _walk_json,
    ".jsonl": _walk_json_lines,
    ".parquet": _walk_parquet,
    ".avro": _walk_avro,
}


def _below_head(
    lines: Iterator[list[Field]], path: Path, meant: Meant, cells: Cells, head: Head
) -> Iterator[Row]:
    """The rows of lines whose first one names the columns."""
    before = len(cells.problems)
    first = next(lines, None)
    if first is None:
        if len(cells.problems) == before:
            cells.problems.add(Location(path), "a file without a head", "its first line names the columns")
        return
    head.update(columns.read_head([(field.text, field.location) for field in first], cells.problems))
    names = [columns.from_typed(field.text) for field in first]
    types = [meant.type_of(name) for name in names]
    columns_ = [(name, type_, spoiled.look(type_)) for name, type_ in zip(names, types, strict=True)]
    for fields in lines:
        where = fields[0].location
        if len(fields) != len(names):
            count = f"{len(fields)} cell{'s' if len(fields) != 1 else ''}"
            cells.problems.add(
                where,
                f"this line has {count}, and the head has {len(names)}",
                'a cell with a separator in it is written in quotes: `"a, b"`',
            )
            continue
        row: dict[str, Cell] = {}
        for (name, type_, is_suspect), (typed, location, quoted) in zip(columns_, fields, strict=True):
            text = cells.stands_for(typed)
            if text:
                row[name] = cell = cells.read_typed(text, location)
                if is_suspect(text):
                    spoiled.check(cell, type_, cells.problems)
            elif quoted:
                row[name] = Cell("", location, quoted=True)
            elif meant.blank_is_null:
                row[name] = Cell("null", location)
        yield Row(row, where)
