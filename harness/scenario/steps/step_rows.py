"""The rows of a step: a table, a YAML list or a file."""

from __future__ import annotations

from harness.rows import Rows
from harness.scenario.model import Place
from harness.scenario.rows import rowfile, rowlist, table
from harness.scenario.rows.cells import Cells
from harness.scenario.steps import field_types
from harness.scenario.steps.surroundings import Surroundings
from harness.scenario.yaml.nodes import ListNode, Scalar, Style, kind
from harness.scenario.yaml.reader import Fields


def read(
    fields: Fields, surroundings: Surroundings, place: Place | None, *, if_none: str, key: str = "rows"
) -> Rows | None:
    """The rows of `rows` or `file`, or None where there are none or they cannot be read (then noted).

    Args:
        fields: The step.
        surroundings: What it is read against.
        place: Where the rows are or go; its types say how a spreadsheet's cells are meant.
        if_none: The hint where rows are announced, but none are there.
        key: The key that gives rows inline: `rows`, `new_rows` or `changes`.
    """
    problems = surroundings.problems
    before = len(problems)
    if "rows" in fields and "file" in fields:
        problems.add(fields.where("file"), "`rows` and `file` both give rows", "leave one of them out")
        return None
    blank_is_null, sheet = read_blank(fields), read_sheet(fields)
    if "file" in fields:
        name = fields.scalar("file")
        type_of = field_types.known(place, surroundings)
        meant = rowfile.Meant(blank_is_null=blank_is_null, sheet=sheet, type_of=type_of)
        rows = rowfile.read(name, surroundings.folder, surroundings.cells, meant) if name else None
    else:
        rows = read_inline(fields, surroundings.cells, key)
    if rows is None or (not len(rows) and len(problems) > before):
        return None
    if not len(rows):
        message = "the head is there, but no rows" if rows.columns else "there are no rows"
        problems.add(rows.location, message, if_none)
        return None
    return rows


def read_blank(fields: Fields) -> bool:
    """Whether `blank` says that empty cells of the file are null."""
    if "blank" not in fields:
        return False
    name = fields.scalar("file")
    endings = (*rowfile.DELIMITED, rowfile.WORKBOOK)
    if name is None or not name.text.lower().endswith(endings):
        message = "`blank` is about the empty cells of a .csv, .tsv or .xlsx `file`"
        fields.problems.add(fields.where("blank"), message)
    return fields.choice("blank") is not None


def read_sheet(fields: Fields) -> Scalar | None:
    """The sheet of the workbook that `sheet` names."""
    if "sheet" not in fields:
        return None
    name = fields.scalar("file")
    if name is None or not name.text.lower().endswith(rowfile.WORKBOOK):
        fields.problems.add(fields.where("sheet"), "`sheet` is about an .xlsx `file`")
    return fields.scalar("sheet")


def read_inline(fields: Fields, cells: Cells, key: str = "rows") -> Rows | None:
    """The rows of `key`, or None where it is left out or cannot be read (then noted)."""
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
