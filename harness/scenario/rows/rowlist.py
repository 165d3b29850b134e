"""A YAML list of rows to Rows: the same as a table, with nested values written out."""

from __future__ import annotations

from harness.location import Location
from harness.rows import Cell, Row, Rows
from harness.scenario.rows import columns
from harness.scenario.rows.cells import Cells
from harness.scenario.yaml.nodes import ListNode, MapNode, Node, Scalar, Style, is_missing, kind


def read(node: ListNode, cells: Cells) -> Rows:
    """The rows of a list of mappings; what is wrong with it is noted."""
    head: dict[str, Location] = {}
    rows = []
    for item in node.items:
        if isinstance(item, MapNode):
            rows.append(_read_row(item, head, cells))
        elif not is_missing(item):
            cells.problems.add(
                item.location, f"a row is a mapping, not {kind(item)}", "as in `- {name: value}`"
            )
    return Rows(head, tuple(rows), node.location)


def read_cell(node: Node, cells: Cells) -> Cell:
    """The cell of a YAML value."""
    if isinstance(node, Scalar):
        if node.style is Style.PLAIN:
            return cells.read(node.text, node.location)
        return cells.read(node.text, node.content, quoted=True)
    if isinstance(node, ListNode):
        return Cell("", node.location, items=tuple(read_cell(item, cells) for item in node.items))
    items = {name: read_cell(entry.value, cells) for name, entry in node.entries.items()}
    return Cell("", node.location, items=items)


def _read_row(node: MapNode, head: dict[str, Location], cells: Cells) -> Row:
    row: dict[str, Cell] = {}
    for name, entry in node.entries.items():
        column = columns.from_quoted(name) if entry.key.quoted else name
        head.setdefault(column, entry.key.location)
        if not is_missing(entry.value):
            row[column] = read_cell(entry.value, cells)
    return Row(row, node.location)
