"""The rows of a table as slots, and those of a CSV file."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from harness.codecs.paths import ABSENT
from harness.location import Location
from harness.scenario.rewrite.edits import Edit, FileText
from harness.scenario.rewrite.forms import DelimitedForm, TableForm
from harness.scenario.rewrite.row_slots import Spelling
from harness.scenario.rows.columns import from_typed
from harness.scenario.rows.table import unescape
from harness.scenario.rows.table_text import TableText, escape, indentation, parts_of, width, written

_FIELD = '"(?:[^"]|"")*"|[^{separator}\r\n]*'


class TableSlots:
    """The rows of a table; one that was aligned is aligned again."""

    def __init__(
        self, text: FileText, lines: Sequence[int], spelling: Spelling, more: Sequence[str] = ()
    ) -> None:
        """Take the lines of a block apart.

        Args:
            text: The file.
            lines: The numbers of the block's lines.
            spelling: How values are written.
            more: Columns that the table gets beside its own.
        """
        self._text, self._lines, self._spelling = text, lines, spelling
        self._table = TableText.from_lines(text.line(number) for number in lines)
        self._aligned = self._table.is_aligned() or bool(more)
        self._widths = self._table.widths()
        head = self._table.head()
        assert head.cells is not None
        self._names = [*(from_typed(unescape(cell)) for cell in head.cells), *more]
        self._head = self._table.lines.index(head)
        self._more = more
        self._rows = [
            number
            for number, line in enumerate(self._table.lines)
            if number > self._head and line.cells is not None and not line.is_rule
        ]

    def places(self) -> Sequence[Location]:
        """Where the first bar of each row is."""
        path = self._spelling.rows.location.path
        lines = self._table.lines
        return [
            Location(path, self._lines[number], len(indentation(lines[number].text)) + 1)
            for number in self._rows
        ]

    def text_of(self, number: int) -> str:
        """The line of a row."""
        return self._widened(self._table.lines[self._rows[number]].text)

    def changed(self, number: int, values: Mapping[str, object]) -> str:
        """The line with other cells, each as wide as the old one if it can be."""
        line = self._table.lines[self._rows[number]].text
        indent, parts = indentation(line), parts_of(self._widened(line))
        place = self.places()[number]
        for column, value in values.items():
            index = self._names.index(column)
            text = f" {self._cell(column, value, place)} "
            parts[index] = text + " " * (width(parts[index]) - width(text))
        return f"{indent}|{'|'.join(parts)}|"

    def fresh(self, values: Mapping[str, object]) -> str:
        """A line below the others."""
        cells = [self._cell(name, values.get(name, ABSENT), None) for name in self._names]
        return written(cells, indentation(self._table.lines[self._head].text))

    def filled(self, texts: Sequence[Sequence[str]]) -> list[Edit]:
        """All lines of the block."""
        rows = dict(zip(self._rows, texts, strict=True))
        lines: list[str] = []
        for number, line in enumerate(self._table.lines):
            if number == self._head:
                lines.append(self._widened(line.text, self._more))
            else:
                lines += rows.get(number, (line.text,))
        table = TableText.from_lines(lines)
        if self._aligned:
            table = table.aligned()
        elif self._widths:
            table = table.aligned(self._widths)
        start, end = self._text.line_start(self._lines[0]), self._text.line_end(self._lines[-1])
        # What is behind the last bar of a line that stays is none of our business.
        pairs = zip(lines, table.lines, strict=True)
        after = self._text.newline.join(old if old.rstrip() == new.text else new.text for old, new in pairs)
        return [Edit(start, end, after)]

    def _cell(self, column: str, value: object, old: Location | None) -> str:
        return "" if value is ABSENT else self._spelling.text(column, value, TableForm(), old)

    def _widened(self, line: str, names: Sequence[str] | None = None) -> str:
        if not self._more:
            return line
        cells = [""] * len(self._more) if names is None else [escape(name) for name in names]
        return line.rstrip() + "".join(f" {cell} |" for cell in cells)


class DelimitedSlots:
    """The rows of a CSV or TSV file."""

    def __init__(self, text: FileText, spelling: Spelling, *, blank_is_null: bool) -> None:
        self._text, self._spelling, self._blank_is_null = text, spelling, blank_is_null
        number = next(n for n in itertools.count(1) if text.line(n))  # empty lines may stand above the head
        head = re.sub(r'"(?:[^"]|"")*"', "", text.line(number))
        self._separator = max((",", ";", "\t"), key=head.count)
        self._form = DelimitedForm(self._separator)
        self._field = re.compile(_FIELD.format(separator=self._separator))
        self._names = [
            from_typed(_unquoted(text.text[start:end].strip()))
            for start, end in self._spans(text.line_start(number))
        ]
        self._starts = [text.line_start(row.location.line) for row in spelling.rows]

    def places(self) -> Sequence[Location]:
        """Where the first field of each row is."""
        return [row.location for row in self._spelling.rows]

    def text_of(self, number: int) -> str:
        """The line, or the lines, of a row."""
        return self._text.text[slice(*self._span(number))]

    def changed(self, number: int, values: Mapping[str, object]) -> str:
        """The line with other fields."""
        spans = self._spans(self._starts[number])
        parts = [self._text.text[start:end] for start, end in spans]
        for column, value in values.items():
            place = self.places()[number]
            parts[self._names.index(column)] = self._cell(column, value, place)
        return self._separator.join(parts)

    def fresh(self, values: Mapping[str, object]) -> str:
        """A line below the others."""
        return self._separator.join(self._cell(name, values.get(name, ABSENT), None) for name in self._names)

    def filled(self, texts: Sequence[Sequence[str]]) -> list[Edit]:
        """Line by line."""
        edits = []
        for number, rows in enumerate(texts):
            start, end = self._span(number)
            if not rows:
                edits.append(Edit(start, self._text.line_start(self._text.line_of(end) + 1), ""))
            elif list(rows) != [self.text_of(number)]:
                edits.append(Edit(start, end, self._text.newline.join(rows)))
        return edits

    def _cell(self, column: str, value: object, old: Location | None) -> str:
        if value is ABSENT:
            return "<absent>" if self._blank_is_null else ""
        return self._spelling.text(column, value, self._form, old)

    def _span(self, number: int) -> tuple[int, int]:
        spans = self._spans(self._starts[number])
        return self._starts[number], spans[-1][1]

    def _spans(self, position: int) -> list[tuple[int, int]]:
        spans = []
        while True:
            match = self._field.match(self._text.text, position)
            assert match is not None
            spans.append(match.span())
            position = match.end()
            if self._text.text[position : position + 1] != self._separator:
                return spans
            position += 1


def _unquoted(field: str) -> str:
    return field[1:-1].replace('""', '"') if len(field) > 1 and field[0] == field[-1] == '"' else field
