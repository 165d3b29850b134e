"""The cells of a row and the record type of a schema make a nested, typed record."""

from __future__ import annotations

from collections.abc import Mapping

from harness.codecs.cell_error import CellError
from harness.codecs.cells import read_cell
from harness.codecs.moments import Moment
from harness.codecs.paths import nest
from harness.codecs.record_fields import field_at, unknown_field
from harness.codecs.types import Type
from harness.location import Location
from harness.rows import Cell


def read_record(
    cells: Mapping[str, Cell], type_: Type, clock: Moment, location: Location
) -> dict[str, object]:
    """The record of a row's cells, which are keyed by path; what the row lacks, the record lacks.

    Raises:
        CellError: A cell that its field cannot read, or a field that the schema has not.
    """
    try:
        tree = nest(dict(cells))
    except ValueError as error:
        raise CellError(str(error), location=location) from None
    return {name: _read(item, name, type_, clock, location) for name, item in tree.items()}


def _read(item: object, name: str, record: Type, clock: Moment, location: Location) -> object:
    field = field_at(record, (name,))
    cell = _cell(item, location)
    if field is None and not record.open:
        raise CellError(*unknown_field(name, record), cell.location)
    try:
        return read_cell(cell, field, clock)
    except CellError as error:
        if field is not None:
            error.message = f"{error.message} (`{name}` is {field})"
        raise


def _cell(item: object, location: Location) -> Cell:
    """A cell of nested cells, where paths made a tree of them."""
    if isinstance(item, Cell):
        return item
    assert isinstance(item, Mapping)
    items = {str(name): _cell(inner, location) for name, inner in item.items()}
    where = next((cell.location for cell in items.values()), location)
    return Cell(text="", location=where, items=items)
