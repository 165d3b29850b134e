"""The rows of an expectation, typed by what a sink holds; every problem with them at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from harness.codecs.cell_error import CellError
from harness.codecs.moments import Moment
from harness.codecs.paths import ABSENT, pick
from harness.codecs.record_fields import type_of
from harness.codecs.types import Type, TypeKind
from harness.compare import ExpectedRow, Matcher, expect_cell, problems_of
from harness.compare.volume import MOST_IN_MEMORY
from harness.errors import ExpectationError, InvalidFiles, Problem, did_you_mean
from harness.expectation.typed_file import TypedFile
from harness.location import Location
from harness.rows import Cell, Row, Rows, Word
from harness.scenario.language.choices import OPERATIONS
from harness.scenario.model import ExpectRows, Mode, Place, Scope, System
from harness.sinks.raw_record import text_of
from harness.sinks.record import Read

ABOUT = {
    System.KAFKA: ("$at", "$key", "$partition", "$value"),
    System.POSTGRES: (),
    System.FOLDER: ("$path", "$value"),
    System.PRINT: ("$line",),
    System.MEMORY: ("$at",),
}
PAYLOADS = ("$key", "$value")
"""What is bytes, and read as text where it is text."""


MOST_PROBLEMS = 100
"""So many problems of one expectation are enough; a long file is not read any further."""


@dataclass(frozen=True, slots=True)
class TypedRows:
    """The rows of an expectation, typed; many of them are in a file."""

    rows: Sequence[ExpectedRow]
    columns: tuple[str, ...]

    def close(self) -> None:
        """Give the file back, if there is one."""
        if isinstance(self.rows, TypedFile):
            self.rows.close()


def typed_rows(expected: ExpectRows, place: Place, read: Read, clock: Moment) -> TypedRows:
    """The rows of an expectation; to be closed.

    Raises:
        ExpectationError: Cells that their columns cannot read, and columns that do not exist, all at once.
        SinkError: There is no room for the rows of a long file.
    """
    assert expected.rows is not None
    of_changes = expected.scope is Scope.CHANGES
    if of_changes:
        # What was deleted may be told by its key alone.
        read = replace(read, records=read.changes or (), always=False)
    problems = unknown_columns(expected.rows.columns, place, read, expected.scope)
    columns = tuple(expected.rows.columns)
    typed = TypedRows(TypedFile() if len(expected.rows) > MOST_IN_MEMORY else [], columns)
    with contextlib.ExitStack() as stack:
        stack.callback(typed.close)
        if not problems:
            _type_all(expected.rows, typed, read, clock, problems)
        problems += problems_of(
            typed.rows,
            columns=columns,
            key=place.key,
            # Many changes have one key.
            mode=Mode.APPEND if of_changes else place.mode,
            match=expected.match,
            location=expected.location,
        )
        if problems:
            raise invalid(problems)
        stack.pop_all()
    return typed


def _type_all(rows: Rows, typed: TypedRows, read: Read, clock: Moment, problems: list[Problem]) -> None:
    """Type the rows one after the other, and note what is wrong with them."""
    into = typed.rows
    assert isinstance(into, TypedFile | list)
    add = into.append if isinstance(into, list) else into.add
    for row in rows:
        try:
            add(ExpectedRow(typed_row(row, read, typed.columns, clock), row.location))
        except InvalidFiles as error:
            problems += error.problems
            if len(problems) >= MOST_PROBLEMS:
                more = f"more than {MOST_PROBLEMS} problems; the rest is not read"
                problems[MOST_PROBLEMS:] = [Problem(row.location, more)]
                return


def unknown_columns(named: Mapping[str, Location], place: Place, read: Read, scope: Scope) -> list[Problem]:
    """A problem for each column that cannot be there at all: an unknown one must never pass for null."""
    about = (*ABOUT[place.system], *(("$op",) if scope is Scope.CHANGES else ()))
    return [
        _unknown(name, location, place, read, about)
        for name, location in named.items()
        if not _known(name, read, about)
    ]


def typed_row(row: Row, read: Read, columns: tuple[str, ...], clock: Moment) -> dict[str, object | Matcher]:
    """The cells of one row.

    Raises:
        InvalidFiles: Cells that their columns cannot read, and columns that were left empty, all at once.
    """
    values: dict[str, object | Matcher] = {}
    problems = []
    for name, cell in row.cells.items():
        try:
            values[name] = _expected(name, _plain(name, cell), read, clock)
        except CellError as error:
            problems.append(_problem(cell, error))
    if read.always:
        problems += [
            Problem(
                row.location,
                f"`{name}` is left empty, and a column of a table or a schema is always there",
                hint='write `null`, `""` or `<any>`',
            )
            for name in columns
            if name not in row.cells and not name.startswith("$")
        ]
    if problems:
        raise InvalidFiles(problems)
    return values


def _expected(name: str, cell: Cell, read: Read, clock: Moment) -> object | Matcher:
    if cell.word in (Word.HEX, Word.BASE64) and (name in PAYLOADS or name.startswith("$headers.")):
        # Bytes that are text were read as text.
        value = expect_cell(cell, None, clock)
        return text_of(value) if isinstance(value, bytes) else value
    return expect_cell(cell, column_type(name, read.types), clock)


def _plain(name: str, cell: Cell) -> Cell:
    """The cell, with a change that is written as Flink shows it (`+I`) in its plain word."""
    if name != "$op" or cell.is_matcher:
        return cell
    return replace(cell, text=OPERATIONS.get(cell.text, cell.text))


def column_type(name: str, types: Mapping[str, Type]) -> Type | None:
    """The type of a column of rows that a sink with fields of these types holds; None reads it as JSON."""
    found = type_of(types, name)
    if name not in types and found is not None and found.kind is TypeKind.JSON:
        found = None
    if found is None and name == "$at":
        return Type(TypeKind.INSTANT)
    if found is None and (name in PAYLOADS or name == "$op" or name.startswith("$headers.")):
        return Type(TypeKind.TEXT)
    return found


def _known(name: str, read: Read, about: tuple[str, ...]) -> bool:
    if name.startswith("$"):
        base = name.partition(".")[0]
        if base == "$key" and base != name:
            return (
                name in read.types
                or not read.records
                or any(name in record.values for record in read.records)
            )
        return name in about or base == "$headers"
    if type_of(read.types, name) is not None:
        return True
    if read.closed:
        return False
    if not read.records:
        return True
    return any(pick(record.values, name) is not ABSENT for record in read.records) or all(
        record.undecodable is not None for record in read.records
    )


def _unknown(name: str, location: Location, place: Place, read: Read, about: tuple[str, ...]) -> Problem:
    if name.startswith("$"):
        known: list[str] = [*about, *(name for name in read.types if name.startswith("$key."))]
    elif read.closed:
        known = [name for name in read.types if not name.startswith("$")]
    else:
        fields = {f: None for r in read.records for f in r.values if not f.startswith("$")}
        known = [*read.types, *(f for f in fields if f not in read.types)]
    what = "column" if read.closed else "field"
    fact = f"{place.name} has no {what} `{name}`"
    if not read.closed:
        fact = f"no record of {place.name} has a field `{name}`"
    return Problem(location, fact, hint=did_you_mean(name, known, what=f"{what}s"))


def _problem(cell: Cell, error: CellError) -> Problem:
    return Problem(cell.location, error.message, source=_source(cell.location), hint=error.hint)


def _source(location: Location) -> str:
    try:
        with location.path.open(encoding="utf-8") as lines:
            return next(islice(lines, location.line - 1, None), "").rstrip("\n")
    except (OSError, UnicodeDecodeError):
        return ""


def invalid(problems: Iterable[Problem]) -> ExpectationError:
    """An expectation that cannot be held against what is there: one error with all its problems."""
    located = [
        p if p.source else Problem(p.location, p.message, _source(p.location), p.hint) for p in problems
    ]
    if len(located) == 1:
        (only,) = located
        return ExpectationError(
            only.message, detail=only.source.strip() or None, hint=only.hint, location=only.location
        )
    return ExpectationError(
        f"{len(located)} problems in the expectation",
        detail="\n".join(p.render() for p in located),
        location=located[0].location,
    )
