"""The rows of a step: a table, a YAML list or a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.location import Location
from harness.rows import Cell, Rows
from harness.scenario import rowfile, rowlist, table
from harness.scenario.cells import Cells
from harness.scenario.model import Place
from harness.scenario.nodes import ListNode, Scalar, Style, kind
from harness.scenario.problems import Problems
from harness.scenario.reader import Fields
from harness.scenario.surroundings import Surroundings


def read(fields: Fields, surroundings: Surroundings, *, if_none: str, key: str = "rows") -> Rows | None:
    """The rows of `rows` or `file`, or None where there are none or they cannot be read (then noted).

    Args:
        fields: The step.
        surroundings: What it is read against.
        if_none: The hint where rows are announced, but none are there.
        key: The key that gives rows inline: `rows`, `new_rows` or `changes`.
    """
    problems = surroundings.problems
    before = len(problems)
    if "rows" in fields and "file" in fields:
        problems.add(fields.where("file"), "`rows` and `file` both give rows", "leave one of them out")
        return None
    blank_is_null = _read_blank(fields)
    if "file" in fields:
        name = fields.scalar("file")
        rows = (
            rowfile.read(name, surroundings.folder, surroundings.cells, blank_is_null=blank_is_null)
            if name
            else None
        )
    else:
        rows = _read_inline(fields, key, surroundings.cells)
    if rows is None or (not rows.rows and len(problems) > before):
        return None
    if not rows.rows:
        message = "the head is there, but no rows" if rows.columns else "there are no rows"
        problems.add(rows.location, message, if_none)
        return None
    return rows


def check_key(rows: Rows, place: Place, problems: Problems) -> None:
    """Note key fields of the place that the rows do not have."""
    lacking = [field for field in place.key if field not in rows.columns]
    if lacking:
        fields = " and ".join(f"`{field}`" for field in lacking)
        problems.add(
            rows.location,
            f"the key of `{place.name}` is not in the head: {fields}",
            "its rows are found by it",
        )
        return
    for row in rows:
        for field in place.key:
            cell = row.cells.get(field)
            if cell is None or cell.is_null:
                where: Location = cell.location if cell else row.location
                problems.add(where, f"a row without its key `{field}`")


def check_literal(rows: Rows, verb: str, problems: Problems) -> None:
    """Note matchers in rows that are written."""
    for row in rows:
        for cell in row.cells.values():
            for inner in _flatten(cell):
                if inner.word is not None and inner.is_matcher:
                    problems.add(
                        inner.location,
                        f"`<{inner.word.value}>` can be expected, but a `{verb}` needs a value",
                        "an absent field is an empty cell, or a key left out",
                    )


def _flatten(cell: Cell) -> Iterator[Cell]:
    """The cell and all that are nested in it."""
    yield cell
    if cell.items is not None:
        for item in cell.items.values() if isinstance(cell.items, Mapping) else cell.items:
            yield from _flatten(item)


def _read_blank(fields: Fields) -> bool:
    if "blank" not in fields:
        return False
    name = fields.scalar("file")
    if name is None or not name.text.lower().endswith(rowfile.DELIMITED):
        fields.problems.add(
            fields.where("blank"), "`blank` is about the empty cells of a .csv or .tsv `file`"
        )
    return fields.choice("blank") is not None


def _read_inline(fields: Fields, key: str, cells: Cells) -> Rows | None:
    node = fields.take(key)
    if node is None:
        return None
    if isinstance(node, ListNode):
        return rowlist.read(node, cells)
    if isinstance(node, Scalar):
        if node.style is Style.LITERAL:
            return table.read(node, cells)
        if "|" in node.text or node.style is Style.FOLDED:
            message = f"a table needs the bar of `{key}: |`"
            cells.problems.add(
                node.location, message, f"write `{key}: |`, and the table on the lines below it"
            )
        else:
            cells.problems.add(
                node.location,
                f"`{key}` wants a table or a list, not text",
                f"write `{key}: |` and a table below it; a path goes to `file:`",
            )
        return None
    cells.problems.add(
        node.location, f"`{key}` wants a table or a list, not {kind(node)}", f"as in `{key}: [{{id: 1}}]`"
    )
    return None
