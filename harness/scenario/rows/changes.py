"""The rows of a changelog as changes: `$op` says what happened, and an update may be told by two rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.codecs.cell_error import CellError
from harness.codecs.changelog import OPS, Op
from harness.errors import did_you_mean
from harness.rows import Row

COLUMN = "$op"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """One change, as rows tell it.

    Attributes:
        op: What happened; an update is `UPDATE_AFTER`.
        row: The row that it is about.
        before: Of an update: the row as it was, where it is told.
    """

    op: Op
    row: Row
    before: Row | None = None


def changes_of(rows: Iterable[Row]) -> Iterator[RowChange]:
    """The changes that rows tell; a row without `$op` is an insert.

    Raises:
        CellError: A word that is no change, or half an update.
    """
    before: Row | None = None
    for row in rows:
        op = _op(row)
        if before is not None and op is not Op.UPDATE_AFTER:
            raise _alone(before)
        if op is Op.UPDATE_BEFORE:
            before = row
            continue
        yield RowChange(op=op, row=row, before=before)
        before = None
    if before is not None:
        raise _alone(before)


def _op(row: Row) -> Op:
    cell = row.cells.get(COLUMN)
    if cell is None:
        return Op.INSERT
    op = OPS.get(cell.text)
    if op is None:
        raise CellError(
            f"`{cell.shown()}` is no change", did_you_mean(cell.text, OPS, what="changes"), cell.location
        )
    return op


def _alone(before: Row) -> CellError:
    return CellError(
        "an `update_before` without its `update_after`",
        "the row below it is the row as it is afterwards",
        before.cells[COLUMN].location,
    )
