"""Flink SQL to the tables that it makes, reads, looks up and writes; it is searched, not understood."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_TABLE = re.compile(
    r"\bCREATE\s+(?:TEMPORARY\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([`\w.]+)\s*\(", re.IGNORECASE
)
_WITH = re.compile(
    r"\s*(?:COMMENT\s+'[^']*'\s*)?(?:PARTITIONED\s+BY\s*\([^)]*\)\s*)?WITH\s*\(", re.IGNORECASE
)
_INSERT = re.compile(r"\bINSERT\s+(?:INTO|OVERWRITE)\s+(?:TABLE\s+)?([`\w.]+)", re.IGNORECASE)
_LOOKUP = re.compile(r"\bJOIN\s+([`\w.]+)\s+FOR\s+SYSTEM_TIME\b", re.IGNORECASE)
_OPTION = re.compile(r"'((?:[^']|'')*)'\s*=\s*'((?:[^']|'')*)'")
_COLUMN = re.compile(r"(`[^`]+`|\w+)\s+(.+)", re.DOTALL)
_TYPE_END = re.compile(r"\s+(?:NOT\s+NULL|NULL|METADATA|COMMENT|PRIMARY\s+KEY|CONSTRAINT)\b", re.IGNORECASE)
_METADATA = re.compile(r"\bMETADATA(?:\s+FROM\s+'([^']+)')?", re.IGNORECASE)
_KEY = re.compile(r"(?:CONSTRAINT\s+\S+\s+)?PRIMARY\s+KEY\s*\(([^)]*)\)", re.IGNORECASE)
_WATERMARK = re.compile(r"WATERMARK\s+FOR\s+(`[^`]+`|\w+)\s+AS\b", re.IGNORECASE)
_COMMENT = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_OPENING, _CLOSING = "(<[", ")>]"


@dataclass(frozen=True, slots=True, kw_only=True)
class DdlTable:
    """A table.

    Attributes:
        columns: The physical columns with their types, as written.
        options: What stands in `WITH (...)`.
        key: The primary key.
        watermark: The column that the watermark is for.
        metadata: Columns that hold metadata of the record, with the name of it.
        computed: Computed columns with their expressions.
    """

    name: str
    columns: Mapping[str, str]
    options: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    watermark: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    computed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ddl:
    """The tables of a text, and those that it writes and looks up."""

    tables: Mapping[str, DdlTable]
    written: frozenset[str]
    looked_up: frozenset[str]


def read(text: str) -> Ddl:
    """What a text of SQL statements says."""
    sql = _COMMENT.sub(lambda found: found[0] if found[0][0] == "'" else " ", text)
    tables = {}
    for found in _TABLE.finditer(sql):
        end = _closing(sql, found.end() - 1)
        if end is not None:
            name = _bare(found[1])
            tables[name] = _table(name, sql[found.end() : end], _options(sql, end + 1))
    return Ddl(
        tables=tables,
        written=frozenset(_bare(name) for name in _INSERT.findall(sql)),
        looked_up=frozenset(_bare(name) for name in _LOOKUP.findall(sql)),
    )


def fields_of(type_: str) -> list[tuple[str, str]]:
    """The fields of a `ROW<...>` with their types; empty for any other type."""
    match = re.fullmatch(r"ROW\s*[<(](.*)[>)]", type_.strip(), re.IGNORECASE | re.DOTALL)
    if match is None:
        return []
    found = [_COLUMN.fullmatch(part.strip()) for part in _split(match[1])]
    return [(_bare(one[1]), _TYPE_END.split(one[2])[0].strip()) for one in found if one]


def _table(name: str, body: str, options: Mapping[str, str]) -> DdlTable:
    columns: dict[str, str] = {}
    metadata: dict[str, str] = {}
    computed: dict[str, str] = {}
    key: tuple[str, ...] = ()
    watermark = None
    for part in _split(body):
        if found := _KEY.match(part):
            key = tuple(_bare(column) for column in found[1].split(","))
        elif found := _WATERMARK.match(part):
            watermark = _bare(found[1])
        elif found := _COLUMN.fullmatch(part):
            column, rest = _bare(found[1]), found[2]
            if rest[:3].upper() == "AS ":
                computed[column] = rest[3:].strip()
            elif about := _METADATA.search(rest):
                metadata[column] = about[1] or column
            else:
                columns[column] = _TYPE_END.split(rest)[0].strip()
                key = (column,) if re.search(r"\bPRIMARY\s+KEY\b", rest, re.IGNORECASE) else key
    return DdlTable(
        name=name,
        columns=columns,
        options=options,
        key=key,
        watermark=watermark,
        metadata=metadata,
        computed=computed,
    )


def _options(sql: str, start: int) -> dict[str, str]:
    found = _WITH.match(sql, start)
    end = _closing(sql, found.end() - 1) if found else None
    if found is None or end is None:
        return {}
    pairs = _OPTION.findall(sql[found.end() : end])
    return {key: value.replace("''", "'") for key, value in pairs}


def _closing(sql: str, start: int) -> int | None:
    """Where the bracket that opens at `start` is closed."""
    depth, quoted = 0, False
    for position in range(start, len(sql)):
        char = sql[position]
        if char == "'":
            quoted = not quoted
        elif not quoted and char == "(":
            depth += 1
        elif not quoted and char == ")":
            depth -= 1
            if depth == 0:
                return position
    return None


def _split(body: str) -> list[str]:
    """The parts between the commas that are in no brackets and no quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for position, char in enumerate(body):
        if char == "'":
            quoted = not quoted
        elif not quoted and char in _OPENING:
            depth += 1
        elif not quoted and char in _CLOSING:
            depth -= 1
        elif not quoted and char == "," and depth == 0:
            parts.append(body[start:position].strip())
            start = position + 1
    return [*parts, body[start:].strip()]


def _bare(name: str) -> str:
    return name.strip().replace("`", "").rpartition(".")[2]
