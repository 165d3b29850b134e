"""A scenario or pipeline file with the bars of its tables below each other, and all else as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.scenario.problems import Problems
from harness.scenario.rewrite.edits import Edit, FileText
from harness.scenario.rows import table
from harness.scenario.rows.cells import Cells
from harness.scenario.rows.table_text import TableText
from harness.scenario.yaml import source
from harness.scenario.yaml.nodes import ListNode, MapNode, Node, Scalar, Style

TABLES = ("rows", "new_rows", "changes", "examples")
"""The keys whose block is a table."""
_SECTIONS = ("given", "when", "then", "phases")


def formatted(data: bytes, path: Path, problems: Problems) -> bytes | None:
    """The bytes of the file with its tables aligned, or None where it is broken; why is noted."""
    before = len(problems)
    documents = source.parse(data, path, problems)
    blocks = [block for root in documents or () for block in tables(root)]
    for block in blocks:
        table.read(block, Cells(problems, raw=True))
    if len(problems) > before:
        return None
    text = FileText(data)
    return text.edited(edit for block in blocks for edit in _edits(text, block))


def tables(root: Node) -> Iterator[Scalar]:
    """The blocks of a document that hold tables."""
    if isinstance(root, ListNode):
        for item in root.items:
            yield from tables(item)
    elif isinstance(root, MapNode):
        for name, entry in root.entries.items():
            if name in _SECTIONS:
                yield from tables(entry.value)
            elif name in TABLES and isinstance(entry.value, Scalar) and entry.value.style is Style.LITERAL:
                yield entry.value


def lines_of(block: Scalar) -> Sequence[int]:
    """The numbers of the lines of a block scalar."""
    return range(block.content.line, block.content.line + len(block.text.rstrip("\n").split("\n")))


def _edits(text: FileText, block: Scalar) -> Iterator[Edit]:
    lines = lines_of(block)
    before = TableText.from_lines(text.line(number) for number in lines)
    for number, old, new in zip(lines, before.lines, before.aligned().lines, strict=True):
        if old.text != new.text:
            yield Edit(text.line_start(number), text.line_end(number), new.text)
