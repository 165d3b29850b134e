"""The records of a sink as the rows of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from harness.compare import ActualRow
from harness.sinks.record import Record


class ActualRows(Sequence[ActualRow]):
    """Records as rows, each made when it is asked for."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[ActualRow]:
        return map(_row, self._records)

    @overload
    def __getitem__(self, index: int) -> ActualRow: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[ActualRow]: ...

    def __getitem__(self, index: int | slice) -> ActualRow | Sequence[ActualRow]:
        if isinstance(index, slice):
            return tuple(map(_row, self._records[index]))
        return _row(self._records[index])


def _row(record: Record) -> ActualRow:
    return ActualRow(record.values, record.origin or None)
