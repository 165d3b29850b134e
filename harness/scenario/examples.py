"""`examples:`: one document becomes a scenario per line, with `${column}` filled in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.location import Location
from harness.rows import Cell, Row, Rows
from harness.scenario import vocabulary
from harness.scenario.model import Scenario
from harness.scenario.rows import rowfile, rowlist, table
from harness.scenario.rows.cells import Cells
from harness.scenario.steps import step_rows
from harness.scenario.variables import fill, only, unquoted
from harness.scenario.yaml.nodes import Entry, ListNode, MapNode, Node, Scalar, Style, is_missing, kind
from harness.scenario.yaml.reader import Fields


@dataclass(frozen=True, slots=True)
class Example:
    """One line of `examples`.

    Attributes:
        values: What stands in its cells, by column, quotes included; an empty cell is "".
        label: What its first cell says.
        location: Where the line is.
    """

    values: Mapping[str, str]
    label: str
    location: Location

    def fill(self, node: Node) -> Node:
        """The tree with every `${column}` filled in, except in tables: their cells are filled one by one."""
        match node:
            case Scalar():
                return self._fill_scalar(node)
            case ListNode():
                return ListNode(tuple(self.fill(item) for item in node.items), node.location)
            case MapNode():
                entries = {
                    name: Entry(entry.key, self.fill(entry.value))
                    for name, entry in node.entries.items()
                    if not self._is_absent(entry.value)
                }
                return MapNode(entries, node.location)

    def _fill_scalar(self, node: Scalar) -> Scalar:
        if "${" not in node.text or node.style is Style.LITERAL:
            return node
        name = only(node.text)
        if name not in self.values:
            return Scalar(fill(node.text, self.values), node.location, node.style, node.content)
        # Quotes around a lone `${column}` are YAML's wish; whether the value is text is said by its cell.
        raw = self.values[name]
        style = Style.QUOTED if raw != unquoted(raw) else Style.PLAIN
        return Scalar(unquoted(raw), node.location, style, node.content)

    def _is_absent(self, node: Node) -> bool:
        """Whether a value is a lone `${column}` whose cell is empty."""
        return isinstance(node, Scalar) and "${" in node.text and self.values.get(only(node.text), "-") == ""


def read(fields: Fields, path: Path) -> tuple[Example, ...]:
    """The lines of `examples`, () where there are none; what is wrong with them is noted."""
    problems = fields.problems
    rows = _read_rows(fields, Cells(problems, raw=True), path.parent)
    if rows is None:
        return ()
    if not rows.rows:
        problems.add(rows.location, "`examples` has no line", "each line is one run of the scenario")
    for name, location in rows.columns.items():
        if name[:1] in '$"' or set(name) & set("{}"):
            problems.add(location, f"`{name}` is no name for `${{...}}`")
    first = next(iter(rows.columns), "")
    return tuple(_example(row, tuple(rows.columns), first) for row in rows)


def told_apart(runs: Sequence[Sequence[Scenario]], lines: Sequence[Example]) -> tuple[Scenario, ...]:
    """The scenarios of all lines, each with a name of its own.

    What `${column}` makes of the name stays if that tells them apart; else the first cell of the line is
    added, and counted where two lines begin alike.
    """
    pairs = [
        (replace(scenario, example=line.location), line)
        for found, line in zip(runs, lines, strict=True)
        for scenario in found
    ]
    if len({scenario.name for scenario, _ in pairs}) < len(pairs):
        pairs = [(_renamed(scenario, line.label), line) for scenario, line in pairs]
    count = Counter(scenario.name for scenario, _ in pairs)
    seen: Counter[str] = Counter()
    result = []
    for scenario, _ in pairs:
        seen[scenario.name] += 1
        twice = count[scenario.name] > 1
        result.append(_renamed(scenario, str(seen[scenario.name])) if twice else scenario)
    return tuple(result)


def _renamed(scenario: Scenario, label: str) -> Scenario:
    return replace(scenario, name=f"{scenario.name} [{label}]")


def _read_rows(fields: Fields, cells: Cells, folder: Path) -> Rows | None:
    problems = fields.problems
    node = fields.take("examples")
    if node is None:
        return None
    if isinstance(node, MapNode):
        options = Fields(node, vocabulary.EXAMPLES, problems)
        name = options.scalar("file") if options.need("file", "as in `file: examples.csv`") else None
        meant = rowfile.Meant(
            blank_is_null=step_rows.read_blank(options), sheet=step_rows.read_sheet(options)
        )
        return rowfile.read(name, folder, cells, meant) if name else None
    if isinstance(node, ListNode):
        return rowlist.read(node, cells)
    if node.style is Style.LITERAL:
        return table.read(node, cells)
    if not is_missing(node):
        hint = "write `examples: |`, and the table on the lines below it"
        problems.add(node.location, f"`examples` wants a table, a list or a file, not {kind(node)}", hint)
    return None


def _example(row: Row, columns: Sequence[str], first: str) -> Example:
    values = {name: _raw(row.cells.get(name)) for name in columns}
    return Example(values, unquoted(values.get(first, "")), row.location)


def _raw(cell: Cell | None) -> str:
    if cell is None:
        return ""
    if cell.items is not None:
        return cell.shown()
    return f'"{cell.text}"' if cell.quoted else cell.text
