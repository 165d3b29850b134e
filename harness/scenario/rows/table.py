"""The table of a block scalar to Rows; every cell knows its line and column."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.location import Location
from harness.rows import Row, Rows
from harness.scenario.rows import columns
from harness.scenario.rows.cells import Cells
from harness.scenario.yaml.nodes import Scalar

_CELL = re.compile(r"((?:\\.|[^\\|]|\\$)*)\|")
_ESCAPE = re.compile(r"\\([|n\\])")
_ESCAPES = {"|": "|", "n": "\n", "\\": "\\"}
_RULE = re.compile(r":?-{3,}:?")


def read(block: Scalar, cells: Cells) -> Rows:
    """The rows of a `rows: |` block; what is wrong with it is noted."""
    head: dict[str, Location] | None = None
    names: Sequence[str] = ()
    width = 0
    rows: list[Row] = []
    broken = False
    path, first, indent = block.content.path, block.content.line, block.content.column
    for offset, line in enumerate(block.text.split("\n")):
        stripped = line.strip()
        if not stripped or stripped[0] == "#":
            continue
        where = Location(path, first + offset, indent + len(line) - len(line.lstrip()))
        parts = _split(stripped, where, cells)
        if parts is None:
            broken = True
        elif all(_RULE.fullmatch(text) for text, _ in parts):
            continue
        elif head is None:
            named = [(unescape(text), Location(path, where.line, column)) for text, column in parts]
            head = columns.read_head(named, cells.problems)
            names = [columns.from_typed(text) for text, _ in named]
            width = len(parts)
        elif len(parts) != width:
            _note_ragged(parts, width, where, cells)
        else:
            rows.append(_read_row(names, parts, where, cells))
    if head is None and not broken:
        cells.problems.add(
            block.location, "a table without a head", "write `| name | name |` and a line per row below it"
        )
    return Rows(head or {}, tuple(rows), block.location)


def _split(line: str, where: Location, cells: Cells) -> list[tuple[str, int]] | None:
    """The cells between the bars, outer spaces gone and escapes still there, each with its column."""
    if line[0] != "|" or line[-1] != "|" or len(line) == 1 or (line[-2] == "\\" and _is_escaped(line)):
        side = "begin" if line[0] != "|" else "end"
        cells.problems.add(
            where,
            f"a line of a table that does not {side} with `|`",
            "a comment begins with `#`; a text of several lines is written with `\\n` in its cell",
        )
        return None
    raw = line[1:-1].split("|") if "\\" not in line else [match[1] for match in _CELL.finditer(line, 1)]
    parts = []
    column = where.column + 1
    for text in raw:
        parts.append((text.strip(), column + len(text) - len(text.lstrip())))
        column += len(text) + 1
    return parts


def _is_escaped(line: str) -> bool:
    """Whether the bar that ends the line belongs to its last cell."""
    before = line[:-1]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def unescape(text: str) -> str:
    """The text of a cell with what stands for a bar, a line break or a backslash as that."""
    return _ESCAPE.sub(lambda match: _ESCAPES[match[1]], text) if "\\" in text else text


def _read_row(names: Sequence[str], parts: list[tuple[str, int]], where: Location, cells: Cells) -> Row:
    path, line = where.path, where.line
    read = {
        name: cells.read_typed(said, Location(path, line, column))
        for name, (text, column) in zip(names, parts, strict=True)
        if (said := cells.stands_for(unescape(text)))
    }
    return Row(read, where)


def _note_ragged(parts: list[tuple[str, int]], width: int, where: Location, cells: Cells) -> None:
    count = len(parts)
    cells.problems.add(
        where,
        f"this line has {count} cell{'s' if count != 1 else ''}, and the head has {width}",
        "a bar inside of a cell is written `\\|`"
        if count > width
        else "an absent field is an empty cell: `|  |`",
    )
