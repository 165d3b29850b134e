"""A .parquet file to rows: DuckDB reads it, and no digit of a value is lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.codecs.numbers import as_single
from harness.location import Location
from harness.rows import Cell, Row
from harness.scenario.problems import Problems
from harness.scenario.rows import columns
from harness.scenario.rows.typed_cells import cell_of

if TYPE_CHECKING:
    import duckdb

MEMORY = "256MB"
_BATCH = 1000
_PATTERN = frozenset("*?[")
_MAGIC = b"PAR1"
_ENCRYPTED = b"PARE"

Convert = Callable[[Any], object]


class _Plain(str):
    """Text of a type that Python has not in full, which the field's type reads."""

    __slots__ = ()


def rows(path: Path, problems: Problems, head: dict[str, Location]) -> Iterator[Row]:
    """The rows of the file; its columns are put into `head`. A cell's place is its row and its column."""
    if not _is_parquet(path, problems):
        return
    import duckdb

    connection = duckdb.connect(config={"threads": "1", "memory_limit": MEMORY})
    try:
        yield from _read(connection, path, problems, head)
    except duckdb.Error as error:
        first = str(error).strip().splitlines()[0].replace(str(path), path.name)
        problems.add(Location(path), f"the file is no Parquet that can be read: {_fact(first)}")
    finally:
        connection.close()


def _is_parquet(path: Path, problems: Problems) -> bool:
    with path.open("rb") as file:
        first = file.read(4)
        size = file.seek(0, 2)
        file.seek(max(0, size - 4))
        last = file.read()
    if _ENCRYPTED in (first, last):
        problems.add(Location(path), "the file is encrypted", "save it without a key")
    elif first != _MAGIC:
        fact = "the file is empty" if not size else "the file is no Parquet"
        problems.add(Location(path), fact, "its ending says what it must be")
    elif last != _MAGIC or size < 12:
        problems.add(Location(path), "the file is not complete: its end is missing", "copy it again")
    elif _PATTERN & set(str(path)):
        problems.add(Location(path), "a path with `*`, `?` or `[` in it cannot be read", "rename it")
    else:
        return True
    return False


def _read(
    connection: duckdb.DuckDBPyConnection, path: Path, problems: Problems, head: dict[str, Location]
) -> Iterator[Row]:
    # Where a time has a zone, what is cast to a time without one is UTC's clock.
    connection.execute("SET TimeZone = 'UTC'")
    described = connection.execute(
        "SELECT * FROM read_parquet(?, hive_partitioning = false, union_by_name = false) LIMIT 0", [str(path)]
    )
    del described
    relation = connection.from_parquet(str(path), hive_partitioning=False)
    names = [columns.from_quoted(name) if not name.startswith("$") else name for name in relation.columns]
    for number, name in enumerate(names, start=1):
        head.setdefault(name, Location(path, 1, number))
    plans = [_plan(type_) for type_ in relation.types]
    selected = ", ".join(
        f"CAST({_identifier(name)} AS {type_})"
        for name, (type_, _) in zip(relation.columns, plans, strict=True)
    )
    cursor = connection.execute(
        f"SELECT {selected} FROM read_parquet(?, hive_partitioning = false)",  # noqa: S608  (names are quoted)
        [str(path)],
    )
    number = 0
    while batch := cursor.fetchmany(_BATCH):
        for values in batch:
            number += 1
            row: dict[str, Cell] = {}
            for column, (name, value, (_, convert)) in enumerate(
                zip(names, values, plans, strict=True), start=1
            ):
                where = Location(path, number, column)
                try:
                    row[name] = _cell(None if value is None else convert(value), where)
                except ValueError as error:
                    problems.add(where, f"`{name}` holds {error}")
            yield Row(row, Location(path, number, 1))


def _cell(value: object, where: Location) -> Cell:
    if isinstance(value, _Plain):
        return Cell(str(value), where)
    if isinstance(value, dict) and any(isinstance(item, _Plain | dict | list) for item in value.values()):
        return Cell("", where, items={name: _cell(item, where) for name, item in value.items()})
    if isinstance(value, list):
        return Cell("", where, items=tuple(_cell(item, where) for item in value))
    return cell_of(value, where)


def _plan(type_: Any) -> tuple[str, Convert]:
    """The type that a column is fetched as, and what makes our value of it."""
    kind = type_.id
    if kind == "timestamp with time zone":
        return "TIMESTAMP", _instant
    if kind in ("timestamp_ns", "time with time zone", "time_ns"):
        return "VARCHAR", lambda text: _Plain(text.replace(" ", "T", 1))
    if kind == "float":
        return str(type_), as_single
    if kind in ("list", "array"):
        inner, convert = _plan(dict(type_.children)["child"])
        return f"{inner}[]", lambda items: [_or_null(item, convert) for item in items]
    if kind == "map":
        parts = dict(type_.children)
        key, (inner, convert) = str(parts["key"]), _plan(parts["value"])
        return (
            f"MAP({key}, {inner})",
            lambda items: {name: _or_null(item, convert) for name, item in items.items()},
        )
    if kind == "struct":
        fields = {name: _plan(child) for name, child in type_.children}
        written = ", ".join(f"{_identifier(name)} {inner}" for name, (inner, _) in fields.items())
        return (
            f"STRUCT({written})",
            lambda items: {name: _or_null(item, fields[name][1]) for name, item in items.items()},
        )
    return str(type_) if kind != "null" else "INTEGER", _same


def _or_null(value: object, convert: Convert) -> object:
    return None if value is None else convert(value)


def _same(value: object) -> object:
    return value


def _instant(value: object) -> object:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _fact(text: str) -> str:
    """What DuckDB says, without the name that it gives the kind of its error."""
    fact = text.partition("Error: ")[2] or text
    return fact[:1].lower() + fact[1:]
