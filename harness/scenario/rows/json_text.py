"""JSON text to cells: numbers keep their digits, and every value its place."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from pathlib import Path

from harness.location import Location
from harness.rows import Cell, Row
from harness.scenario.rows import columns
from harness.scenario.rows.cells import Cells

MAX_DEPTH = 50
_SPACE = re.compile(r"[ \t\r\n]*")
_BARE = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_STRINGS = JSONDecoder()
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Broken(Exception):
    """The text is no JSON here."""

    def __init__(self, position: int, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.position = position
        self.hint = hint


class JsonText:
    """One JSON text, read once from its beginning to its end."""

    def __init__(
        self, text: str, path: Path, cells: Cells, columns: dict[str, Location], *, line: int = 1
    ) -> None:
        """Nothing is read yet.

        Args:
            text: The text.
            path: The file that it is in.
            cells: Reads the texts in it and notes what is wrong.
            columns: Learns the names of all objects that are rows, in the order of their appearance.
            line: Where the text begins.
        """
        self._text = text
        self._path = path
        self._cells = cells
        self._line = line
        self._starts = [0, *(match.end() for match in _LINE_BREAK.finditer(text))]
        self._columns = columns

    def rows(self) -> Iterator[Row]:
        """The objects of a list, or of a single object; reading ends at what is no JSON."""
        try:
            yield from self._rows()
        except _Broken as broken:
            self._cells.problems.add(self._at(broken.position), str(broken), broken.hint)

    def _rows(self) -> Iterator[Row]:
        position = self._skip(0)
        if self._text[position : position + 1] == "[":
            position = self._skip(position + 1)
            while self._text[position : position + 1] != "]":
                row, position = self._row(position)
                yield row
                position = self._next(position, "]")
            position += 1
        else:
            row, position = self._row(position)
            yield row
        position = self._skip(position)
        if position < len(self._text):
            raise _Broken(position, "text behind the end of the JSON value")

    def _at(self, position: int) -> Location:
        index = bisect_right(self._starts, position) - 1
        return Location(self._path, self._line + index, position - self._starts[index] + 1)

    def _skip(self, position: int) -> int:
        match = _SPACE.match(self._text, position)
        return match.end() if match else position

    def _next(self, position: int, closing: str) -> int:
        """Past a comma, or at the closing bracket."""
        position = self._skip(position)
        here = self._text[position : position + 1]
        if here == closing:
            return position
        if here != ",":
            raise _Broken(position, f"a `,` or `{closing}` is missing here")
        after = self._skip(position + 1)
        if self._text[after : after + 1] == closing:
            raise _Broken(position, f"a `,` before `{closing}`", "leave it out")
        return after

    def _row(self, position: int) -> tuple[Row, int]:
        where = self._at(position)
        if self._text[position : position + 1] != "{":
            raise _Broken(
                position, "a row is an object, `{...}`", "a file is a list of objects, or an object per line"
            )
        row: dict[str, Cell] = {}
        items, places, end = self._object(position, 1)
        for name, cell in items.items():
            # JSON writes every name in quotes, so quotes cannot say that `$at` is a field.
            column = name if name.startswith("$") else columns.from_quoted(name)
            self._columns.setdefault(column, places[name])
            row[column] = cell
        return Row(row, where), end

    def _object(self, position: int, depth: int) -> tuple[dict[str, Cell], dict[str, Location], int]:
        items: dict[str, Cell] = {}
        places: dict[str, Location] = {}
        position = self._skip(position + 1)
        while self._text[position : position + 1] != "}":
            if self._text[position : position + 1] != '"':
                raise _Broken(position, "a name in double quotes is missing here")
            name, after = self._string(position)
            if name in items:
                raise _Broken(position, f"`{name}` is given twice in one object")
            places[name] = self._at(position)
            after = self._skip(after)
            if self._text[after : after + 1] != ":":
                raise _Broken(after, "a `:` is missing here")
            items[name], position = self._value(self._skip(after + 1), depth)
            position = self._next(position, "}")
        return items, places, position + 1

    def _value(self, position: int, depth: int) -> tuple[Cell, int]:
        if depth > MAX_DEPTH:
            raise _Broken(position, f"the value is nested more than {MAX_DEPTH} levels deep")
        here = self._text[position : position + 1]
        where = self._at(position)
        if here == '"':
            text, end = self._string(position)
            return self._cells.read(text, where, quoted=True), end
        if here == "{":
            items, _, end = self._object(position, depth + 1)
            return Cell("", where, items=items), end
        if here == "[":
            values = []
            position = self._skip(position + 1)
            while self._text[position : position + 1] != "]":
                value, position = self._value(position, depth + 1)
                values.append(value)
                position = self._next(position, "]")
            return Cell("", where, items=tuple(values)), position + 1
        bare = _BARE.match(self._text, position)
        if not bare:
            raise _Broken(position, "a value is missing here", "text is written in double quotes")
        return Cell(bare[0], where), bare.end()

    def _string(self, position: int) -> tuple[str, int]:
        try:
            text, end = _STRINGS.raw_decode(self._text, position)
        except JSONDecodeError as error:
            raise _Broken(error.pos, error.msg[0].lower() + error.msg[1:]) from None
        if _SURROGATE.search(text):
            raise _Broken(position, "half of a surrogate pair, which is no character")
        return text, end
