"""The rows of a YAML list as slots, and those of JSON files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from json import JSONDecoder

from harness.codecs.paths import ABSENT
from harness.location import Location
from harness.scenario.rewrite.edits import Edit, FileText
from harness.scenario.rewrite.forms import JsonForm, YamlForm
from harness.scenario.rewrite.row_slots import CannotRewrite, Spelling, joined
from harness.scenario.rewrite.spans import ListSpan, MapSpan, ScalarSpan, removal
from harness.scenario.rows.columns import from_quoted

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


class YamlSlots:
    """The rows of a YAML list, with or without brackets."""

    def __init__(self, text: FileText, node: ListSpan, spelling: Spelling) -> None:
        self._text, self._node, self._spelling = text, node, spelling
        self._rows = [item for item in node.items if isinstance(item, MapSpan)]

    def places(self) -> Sequence[Location]:
        """Where each mapping begins."""
        return [row.location for row in self._spelling.rows]

    def text_of(self, number: int) -> str:
        """A mapping; without braces with all that stands on its last line."""
        return self._text.text[slice(*self._span(number))]

    def changed(self, number: int, values: Mapping[str, object]) -> str:
        """The mapping with other values."""
        row = self._rows[number]
        named = {_column(entry.key): n for n, entry in enumerate(row.entries)}
        edits, more = [], []
        gone = [named[column] for column, value in values.items() if value is ABSENT and column in named]
        if len(gone) == len(row.entries):
            return self.fresh({k: v for k, v in values.items() if v is not ABSENT})
        for column, value in values.items():
            if value is ABSENT:
                continue
            if column in named:
                old = row.entries[named[column]].value
                quote = "'" if isinstance(old, ScalarSpan) and old.style == "'" else '"'
                form = YamlForm(flow=row.flow, quote=quote)
                text = self._spelling.text(column, value, form, self.places()[number])
                edits.append(Edit(old.start, old.end, text))
            else:
                more.append(self._entry(column, value, flow=row.flow))
        edits += self._removals(row, gone)
        start, end = self._span(number)
        if more:
            joint = ", " if row.flow else self._text.newline + " " * self._column_of(row)
            place = row.entries[-1].end if row.flow else end
            edits.append(Edit(place, place, "".join(joint + entry for entry in more)))
        return _applied(self._text.text, start, end, edits)

    def fresh(self, values: Mapping[str, object]) -> str:
        """A mapping written as the last one is."""
        last = self._rows[-1]
        there = {name: value for name, value in values.items() if value is not ABSENT}
        if last.flow or not there:
            return "{" + ", ".join(self._entry(n, v, flow=True) for n, v in there.items()) + "}"
        joint = self._text.newline + " " * self._column_of(last)
        return joint.join(self._entry(n, v, flow=False) for n, v in there.items())

    def filled(self, texts: Sequence[Sequence[str]]) -> list[Edit]:
        """Item by item."""
        spans = [self._span(number) for number in range(len(self._rows))]
        if self._node.flow:
            old = [self.text_of(number) for number in range(len(self._rows))]
            return joined(spans, old, texts, self._joint())
        edits = []
        for number, ((start, end), rows) in enumerate(zip(spans, texts, strict=True)):
            first = self._text.line_start(self._text.line_of(start))
            if not rows:
                edits.append(Edit(first, self._text.line_start(self._text.line_of(end) + 1), ""))
            elif list(rows) != [self.text_of(number)]:
                joint = self._text.newline + self._text.text[first:start]
                edits.append(Edit(start, end, joint.join(rows)))
        return edits

    def _span(self, number: int) -> tuple[int, int]:
        row = self._rows[number]
        in_line = self._node.flow or row.flow
        return row.start, row.end if in_line else self._text.line_end(self._text.line_of(row.end))

    def _removals(self, row: MapSpan, gone: Sequence[int]) -> list[Edit]:
        kept = [n for n in range(len(row.entries)) if n not in gone]
        edits = []
        for number in sorted(gone):
            if number > kept[-1]:
                before = row.entries[number - 1].end
                start = before if row.flow else self._text.line_end(self._text.line_of(before))
                edits.append(Edit(start, row.entries[number].end, ""))
            else:
                edits.append(removal(self._text, row, number))
        return edits

    def _entry(self, column: str, value: object, *, flow: bool) -> str:
        form = YamlForm(flow=flow)
        return f"{form.key(column)}: {self._spelling.text(column, value, form)}"

    def _column_of(self, row: MapSpan) -> int:
        return row.start - self._text.line_start(self._text.line_of(row.start))

    def _joint(self) -> str:
        """What stands between two items: a line break where each has a line of its own."""
        lines = [self._text.line_of(row.start) for row in self._rows]
        if len(lines) > 1 and len(set(lines)) == len(lines):
            return f",{self._text.newline}" + " " * self._column_of(self._rows[-1])
        return ", "


class JsonSlots:
    """The rows of a JSON list, or of a file with an object per line."""

    def __init__(self, text: FileText, spelling: Spelling, *, lines: bool) -> None:
        self._text, self._spelling, self._lines = text, spelling, lines
        self._starts = [text.offset(row.location) for row in spelling.rows]
        self._ends = [_DECODER.raw_decode(text.text, start)[1] for start in self._starts]
        self._is_list = lines or text.text.lstrip()[:1] == "["

    def places(self) -> Sequence[Location]:
        """Where each object begins."""
        return [row.location for row in self._spelling.rows]

    def text_of(self, number: int) -> str:
        """An object as it stands."""
        return self._text.text[self._starts[number] : self._ends[number]]

    def changed(self, number: int, values: Mapping[str, object]) -> str:
        """The object with other values."""
        entries = self._entries(number)
        start, end = self._starts[number], self._ends[number]
        kept = [n for n, (name, *_) in enumerate(entries) if values.get(name) is not ABSENT]
        if not kept:
            return self.fresh({k: v for k, v in values.items() if v is not ABSENT})
        edits = []
        for n, (name, first, begin, after) in enumerate(entries):
            if name not in values:
                continue
            if values[name] is not ABSENT:
                text = self._spelling.text(name, values[name], JsonForm(), self.places()[number])
                edits.append(Edit(begin, after, text))
            elif n > kept[-1]:
                edits.append(Edit(entries[n - 1][3], after, ""))
            else:
                edits.append(Edit(first, entries[n + 1][1], ""))
        named = {name for name, *_ in entries}
        more = [self._entry(k, v) for k, v in values.items() if v is not ABSENT and k not in named]
        joint = "," + self._between(entries)
        edits.append(Edit(entries[-1][3], entries[-1][3], "".join(joint + entry for entry in more)))
        return _applied(self._text.text, start, end, edits)

    def fresh(self, values: Mapping[str, object]) -> str:
        """An object on one line, or written as the last one is."""
        there = [self._entry(name, value) for name, value in values.items() if value is not ABSENT]
        entries = self._entries(len(self._starts) - 1)
        between = self._between(entries)
        if "\n" not in between or not there or not entries:
            return "{" + ", ".join(there) + "}"
        opening = self._text.text[self._starts[-1] + 1 : entries[0][1]]
        closing = self._text.text[entries[-1][3] : self._ends[-1]]
        return "{" + opening + f",{between}".join(there) + closing

    def filled(self, texts: Sequence[Sequence[str]]) -> list[Edit]:
        """Object by object."""
        old = [self.text_of(number) for number in range(len(self._starts))]
        spans = list(zip(self._starts, self._ends, strict=True))
        if not self._is_list and [list(rows) for rows in texts] != [[rows[0]] for rows in texts if rows]:
            location = self._spelling.rows.location
            raise CannotRewrite("the file holds one object and no list", location=location)
        if not self._lines:
            return joined(spans, old, texts, self._joint())
        edits = []
        for number, ((start, end), rows) in enumerate(zip(spans, texts, strict=True)):
            if not rows:
                line = self._text.line_of(start)
                edits.append(Edit(self._text.line_start(line), self._text.line_start(line + 1), ""))
            elif list(rows) != [old[number]]:
                edits.append(Edit(start, end, self._text.newline.join(rows)))
        return edits

    def _entry(self, column: str, value: object) -> str:
        name = column[1:-1] if len(column) > 1 and column[0] == column[-1] == '"' else column
        if "." in column and name == column and not column.startswith("$"):
            location = self._spelling.rows.location
            raise CannotRewrite(f"`{column}` is nested, and cannot be added to JSON", location=location)
        return f"{json.dumps(name, ensure_ascii=False)}: {self._spelling.text(column, value, JsonForm())}"

    def _entries(self, number: int) -> list[tuple[str, int, int, int]]:
        """Per entry its column, where its name begins, and where its value begins and ends."""
        text, position = self._text.text, self._skip(self._starts[number] + 1)
        found = []
        while text[position] != "}":
            first = position
            name, position = _DECODER.raw_decode(text, position)
            begin = self._skip(self._skip(position) + 1)
            _, after = _DECODER.raw_decode(text, begin)
            column = name if name.startswith("$") else from_quoted(name)
            found.append((column, first, begin, after))
            position = self._skip(after)
            if text[position] == ",":
                position = self._skip(position + 1)
        return found

    def _skip(self, position: int) -> int:
        match = _SPACE.match(self._text.text, position)
        return match.end() if match else position

    def _between(self, entries: Sequence[tuple[str, int, int, int]]) -> str:
        """The space between two entries."""
        if len(entries) < 2:
            return " "
        return self._text.text[entries[-2][3] : entries[-1][1]].replace(",", "") or " "

    def _joint(self) -> str:
        if len(self._starts) < 2:
            return ", "
        return "," + (self._text.text[self._ends[-2] : self._starts[-1]].replace(",", "") or " ")


def _column(key: ScalarSpan) -> str:
    return from_quoted(key.text) if key.style else key.text


def _applied(text: str, start: int, end: int, edits: Sequence[Edit]) -> str:
    parts, position = [], start
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        parts += [text[position : edit.start], edit.text]
        position = edit.end
    return "".join([*parts, text[position:end]])
