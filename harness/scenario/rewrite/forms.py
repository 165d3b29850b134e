"""What cells are written into, each with its own quotes and escapes, and read back from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.location import Location
from harness.rows import Cell
from harness.scenario.problems import Problems
from harness.scenario.rows import delimited, rowlist, table
from harness.scenario.rows.cells import Cells
from harness.scenario.rows.json_text import JsonText
from harness.scenario.rows.table_text import escape
from harness.scenario.yaml import source
from harness.scenario.yaml.nodes import MapNode, Scalar, Style

_HERE = Location(Path())
_BARE = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""Half of a surrogate pair, which UTF-8 cannot say, and what no file of text holds."""
_QUOTING = re.compile(r'[\r\n"]|^\s|\s$')


@dataclass(frozen=True, slots=True)
class TableForm:
    """A cell of a table."""

    what: str = "a table"
    quotes_text: bool = False
    nested_in_json: bool = True

    def write(self, cell: Cell) -> str | None:
        """The cell between its bars."""
        text = _typed(cell)
        return escape(text) if text and source.is_allowed(text) and "\r" not in text else None

    def read(self, text: str) -> Cell | None:
        """As a table reads it."""
        problems = Problems()
        cell = Cells(problems).read_typed(table.unescape(text.strip()), _HERE)
        return None if len(problems) else cell


@dataclass(frozen=True, slots=True)
class DelimitedForm:
    """A field of a CSV or TSV file."""

    separator: str
    what: str = "a CSV file"
    quotes_text: bool = False
    nested_in_json: bool = True

    def write(self, cell: Cell) -> str | None:
        """The field between its separators."""
        text = _typed(cell)
        if text == '""' or not text:
            return text or None
        if _NO_TEXT.search(text):
            return None
        if self.separator in text or _QUOTING.search(text):
            return '"' + text.replace('"', '""') + '"'
        return text

    def read(self, text: str) -> Cell | None:
        """As a file of rows reads it."""
        problems = Problems()
        below = _LINE.findall(f"{text}{self.separator}x\n")
        lines = list(delimited.read([f"a{self.separator}b\n", *below], _HERE.path, problems))
        if len(problems) or len(lines) != 2 or len(lines[1]) != 2:
            return None
        field = lines[1][0]
        if not field.text:
            return Cell("", _HERE, quoted=True) if field.quoted else None
        cell = Cells(problems).read_typed(field.text, _HERE)
        return None if len(problems) else cell


@dataclass(frozen=True, slots=True)
class YamlForm:
    """A value of a YAML mapping; `flow` is one within braces, `quote` the one that text was written in."""

    flow: bool
    quote: str = '"'
    what: str = "YAML"
    quotes_text: bool = False
    nested_in_json: bool = False

    def write(self, cell: Cell) -> str | None:
        """The value behind its key."""
        if cell.items is not None:
            return self._nested(cell.items, self)
        text = _bare(_spelled_out(cell))
        wants_quotes = cell.quoted and cell.word is None
        return self._quoted(text) if wants_quotes or not self._is_plain(text) else text

    def read(self, text: str) -> Cell | None:
        """As a scenario file reads it."""
        problems = Problems()
        root = self._parsed(text, problems)
        if root is None:
            return None
        cell = rowlist.read_cell(root.entries["k"].value, Cells(problems))
        return None if len(problems) else cell

    def scalar(self, text: str) -> str:
        """A text as it is, `${...}` and all, in quotes only where it needs them."""
        problems = Problems()
        root = self._parsed(text, problems)
        value = root.entries["k"].value if root else None
        simple = isinstance(value, Scalar) and value.style is Style.PLAIN and value.text == text
        return text if simple and not len(problems) else self._quoted(text)

    def _is_plain(self, text: str) -> bool:
        return self.scalar(text) == text

    def _parsed(self, text: str, problems: Problems) -> MapNode | None:
        """The mapping in which the text is the value of `k`."""
        whole = f"{{k: {text}}}\n" if self.flow else f"k: {text}\n"
        documents = source.parse(whole.encode(errors="replace"), _HERE.path, problems)
        root = documents[0] if documents is not None and len(documents) == 1 else None
        usable = isinstance(root, MapNode) and list(root.entries) == ["k"] and not len(problems)
        return root if usable and isinstance(root, MapNode) else None

    def key(self, column: str) -> str:
        """A column as a key: in quotes where it was typed so."""
        if len(column) > 1 and column[0] == column[-1] == '"':
            return self._quoted(column[1:-1])
        return self._name(column)

    def _nested(self, items: tuple[Cell, ...] | Mapping[str, Cell], form: YamlForm) -> str | None:
        inner = form if form.flow else YamlForm(flow=True, quote=form.quote)
        if not isinstance(items, Mapping):
            parts = [inner.write(item) for item in items]
            return None if None in parts else f"[{', '.join(part for part in parts if part is not None)}]"
        named = [(inner._name(name), inner.write(item)) for name, item in items.items()]  # noqa: SLF001
        if any(text is None for _, text in named):
            return None
        return f"{{{', '.join(f'{name}: {text}' for name, text in named)}}}"

    def _name(self, name: str) -> str:
        problems = Problems()
        whole = f"{{{name}: 1}}\n".encode(errors="replace")
        documents = source.parse(whole, _HERE.path, problems)
        root = documents[0] if documents else None
        simple = isinstance(root, MapNode) and list(root.entries) == [name] and not len(problems)
        return name if simple else self._quoted(name)

    def _quoted(self, text: str) -> str:
        if self.quote == "'" and text.isprintable():
            return "'" + text.replace("'", "''") + "'"
        return _json_string(text)


@dataclass(frozen=True, slots=True)
class JsonForm:
    """A value of a JSON object."""

    what: str = "JSON"
    quotes_text: bool = True
    nested_in_json: bool = True

    def write(self, cell: Cell) -> str | None:
        """The value behind its name."""
        return _json(cell, lambda inner: _bare(_spelled_out(inner)))

    def read(self, text: str) -> Cell | None:
        """As a file of rows reads it."""
        problems = Problems()
        rows = list(JsonText(f'{{"k": {text}}}', _HERE.path, Cells(problems), {}).rows())
        return None if len(problems) or len(rows) != 1 else rows[0].cells.get("k")


def _spelled_out(cell: Cell) -> str:
    """The text of a cell, or of its word."""
    if cell.word is None:
        return cell.text
    return f"<{cell.word.value} {cell.text}>" if cell.text else f"<{cell.word.value}>"


def _bare(text: str) -> str:
    """A text that refers to nothing."""
    return text.replace("${", "$${")


def _typed(cell: Cell) -> str:
    """The cell as it is typed into a table or a spreadsheet."""
    if cell.items is not None:
        return _bare(_json(cell, _spelled_out))
    text = _bare(_spelled_out(cell))
    return f'"{text}"' if cell.quoted and cell.word is None else text


def _json(cell: Cell, spelled: Callable[[Cell], str]) -> str:
    if isinstance(cell.items, Mapping):
        named = (f"{_json_string(name)}: {_json(item, spelled)}" for name, item in cell.items.items())
        return "{" + ", ".join(named) + "}"
    if cell.items is not None:
        return "[" + ", ".join(_json(item, spelled) for item in cell.items) + "]"
    if not cell.quoted and cell.word is None and _BARE.fullmatch(cell.text):
        return cell.text
    return _json_string(spelled(cell))


def _json_string(text: str) -> str:
    """A text in double quotes, as JSON and YAML both read it."""
    written = json.dumps(text, ensure_ascii=False)
    if source.is_allowed(written):
        return written
    return "".join(char if source.is_allowed(char) else f"\\u{ord(char):04x}" for char in written)
