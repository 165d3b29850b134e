"""What rows must be to be written to a place, in one walk over them: files of rows may be long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache

from harness.codecs import changelog
from harness.codecs.cells import NULL_WORDS, looks_like_null
from harness.codecs.types import Type, TypeKind
from harness.location import Location
from harness.rows import Cell, Row, Rows
from harness.scenario.model import Place, System
from harness.scenario.places import schemas
from harness.scenario.problems import Problems
from harness.scenario.rows import columns, kafka_rows
from harness.scenario.steps import field_types
from harness.scenario.steps.surroundings import Surroundings

Check = Callable[[Row], None]


def check(rows: Rows, verb: str, place: Place | None, surroundings: Surroundings) -> None:
    """Note what keeps rows from being written: matchers, a lacking key, fields that are not there.

    Args:
        rows: The rows of a `send`, `put` or `remove`.
        verb: The step's verb.
        place: Where they go; None where that is not known.
        surroundings: What the step is read against.
    """
    problems = surroundings.problems
    checks: list[Check] = [lambda row: _check_literal(row, verb, problems)]
    if place is not None:
        columns.check_about(rows.columns, place.system, problems)
        if "$op" in rows.columns and (verb != "send" or place.format not in changelog.FORMATS):
            hint = f"the formats of changes are {', '.join(f'`{name}`' for name in changelog.FORMATS)}"
            message = f"`$op` is about changes, and `{place.name}` takes rows"
            problems.add(rows.columns["$op"], message, hint)
        if place.system in (System.KAFKA, System.FOLDER):
            kafka_rows.check_written(rows, place, problems)
        kafka_rows.check_fields(rows, place, problems)
        if verb in ("put", "remove") and not any(name.partition(".")[0] == "$key" for name in rows.columns):
            checks += _key_checks(rows, place, problems)
        schema = surroundings.schemas.of(place)
        if schema is not None:
            schemas.check_fields(rows.columns.items(), schema, problems)
            checks.append(lambda row: schemas.check_row(row, schema, problems))
        if "$value" in rows.columns:
            checks.append(lambda row: _check_payload(row, problems))
        checks.append(null_check(place, surroundings))
    for row in rows:
        for one in checks:
            one(row)


def check_expected(rows: Rows, place: Place, surroundings: Surroundings) -> None:
    """Note cells of expected rows that probably mean null."""
    one = null_check(place, surroundings)
    for row in rows:
        one(row)


def null_check(place: Place, surroundings: Surroundings) -> Check:
    """Notes what probably means null: in text that is worth a warning, in any other field it is wrong."""
    problems = surroundings.problems
    # Types are looked up where such a cell is found: most files have none.
    type_of = cache(lambda: field_types.known(place, surroundings))

    def check_row(row: Row) -> None:
        for name, cell in row.cells.items():
            if cell.text in NULL_WORDS and looks_like_null(cell) and not name.startswith("$"):
                type_ = type_of()(name)
                # Without a format the place itself has the types, and reads the cell.
                if type_ is not None or place.format is not None:
                    _note_null(cell, name, type_, problems)

    return check_row


def _note_null(cell: Cell, name: str, type_: Type | None, problems: Problems) -> None:
    resolved = type_.resolved() if type_ else None
    branches = (resolved, *(branch.resolved() for branch in resolved.branches)) if resolved else ()
    if any(branch.kind is TypeKind.TEXT or cell.text in branch.symbols for branch in branches):
        problems.warn(
            cell.location,
            f"`{cell.text}` is text in `{name}`",
            f'write `null` if that is meant, or `"{cell.text}"` for the text',
        )
    else:
        what = f"`{name}` is {type_}" if type_ else f"`{name}` reads as JSON"
        hint = f'write `null`, or `"{cell.text}"` for the text'
        problems.add(cell.location, f"`{cell.text}` is no value, and {what}", hint)


def _key_checks(rows: Rows, place: Place, problems: Problems) -> list[Check]:
    """Notes key fields of the place that the rows do not have."""
    lacking = [field for field in place.key if field not in rows.columns]
    if lacking:
        fields = " and ".join(f"`{field}`" for field in lacking)
        problems.add(
            rows.location,
            f"the key of `{place.name}` is not in the head: {fields}",
            "its rows are found by it",
        )
        return []

    def check_row(row: Row) -> None:
        for field in place.key:
            cell = row.cells.get(field)
            if cell is None or cell.is_null:
                where: Location = cell.location if cell else row.location
                problems.add(where, f"a row without its key `{field}`")

    return [check_row]


def _check_literal(row: Row, verb: str, problems: Problems) -> None:
    """Note matchers in a row that is written."""
    for cell in row.cells.values():
        if cell.word is None and cell.items is None:
            continue
        for inner in _flatten(cell):
            if inner.word is not None and inner.is_matcher:
                problems.add(
                    inner.location,
                    f"`<{inner.word.value}>` can be expected, but a `{verb}` needs a value",
                    "an absent field is an empty cell, or a key left out",
                )


def _flatten(cell: Cell) -> Iterator[Cell]:
    """The cell and all that are nested in it."""
    yield cell
    if cell.items is not None:
        for item in cell.items.values() if isinstance(cell.items, Mapping) else cell.items:
            yield from _flatten(item)


def _check_payload(row: Row, problems: Problems) -> None:
    others = [name for name in row.cells if not name.startswith("$")]
    if "$value" in row.cells and others:
        problems.add(
            row.cells["$value"].location,
            f"`$value` is the whole payload, and the row also gives `{others[0]}`",
            "leave its cell empty",
        )
