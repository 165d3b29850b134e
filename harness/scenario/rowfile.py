"""`file:` to Rows: what each format of row file means."""

from __future__ import annotations

from pathlib import Path

from harness.location import Location
from harness.rows import Cell, Row, Rows
from harness.scenario import columns, delimited, filename, source
from harness.scenario.cells import Cells
from harness.scenario.json_text import JsonText
from harness.scenario.nodes import Scalar

MAX_BYTES = 64 * 1024 * 1024
DELIMITED = (".csv", ".tsv")
FORMATS = (*DELIMITED, ".json", ".jsonl")
LATER = (".xlsx", ".parquet", ".avro")


def read(name: Scalar, folder: Path, cells: Cells, *, blank_is_null: bool = False) -> Rows | None:
    """The rows of the file `name` in `folder`, or None where it cannot be read at all.

    Args:
        name: The path as it was written.
        folder: Where relative paths start.
        cells: Reads the cells and notes what is wrong.
        blank_is_null: Empty cells are null instead of absent.
    """
    problems = cells.problems
    ending = Path(name.text).suffix.lower()
    if ending in LATER:
        problems.add(name.content, f"reading {ending} files is not available yet", "save it as .csv")
        return None
    if ending not in FORMATS:
        problems.add(
            name.content, f"`{name.text}` is no file of rows", f"known endings: {', '.join(FORMATS)}"
        )
        return None
    path = filename.resolve(name.text, name.content, folder, problems)
    if path is None:
        return None
    data = source.read_bytes(path, problems, MAX_BYTES)
    text = None if data is None else source.decode(data, path, problems)
    if text is None:
        return None
    if ending in DELIMITED:
        return _read_delimited(text, path, cells, blank_is_null=blank_is_null)
    if ending == ".json":
        rows, head = JsonText(text, path, cells).rows()
        return Rows(head, rows, Location(path))
    return _read_lines(text, path, cells)


def _read_lines(text: str, path: Path, cells: Cells) -> Rows:
    head: dict[str, Location] = {}
    rows: list[Row] = []
    for number, line in enumerate(source.split_lines(text), start=1):
        if line.strip():
            found, names = JsonText(line, path, cells, line=number).rows()
            rows += found
            head = names | head
    return Rows(head, tuple(rows), Location(path))


def _read_delimited(text: str, path: Path, cells: Cells, *, blank_is_null: bool) -> Rows:
    lines = delimited.read(text, path, cells.problems)
    first = next(lines, None)
    if first is None:
        cells.problems.add(Location(path), "a file without a head", "its first line names the columns")
        return Rows({}, (), Location(path))
    head = columns.read_head([(field.text, field.location) for field in first], cells.problems)
    names = [columns.from_typed(field.text) for field in first]
    rows = []
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
        for name, field in zip(names, fields, strict=True):
            said = cells.stands_for(field.text)
            if said:
                row[name] = cells.read_typed(said, field.location)
            elif field.quoted:
                row[name] = Cell("", field.location, quoted=True)
            elif blank_is_null:
                row[name] = Cell("null", field.location)
        rows.append(Row(row, where))
    return Rows(head, tuple(rows), Location(path))
