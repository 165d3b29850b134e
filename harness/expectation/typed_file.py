"""The typed rows of a long file: in a file of their own, so that each is read and typed once."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

from harness.compare import ExpectedRow
from harness.location import Location
from harness.sinks.store import Store


class TypedFile(Sequence[ExpectedRow]):
    """Expected rows, in their order; to be filled first and read then."""

    def __init__(self) -> None:
        """Open an empty one.

        Raises:
            SinkError: There is no room for the file.
        """
        self._store: Store[ExpectedRow] = Store(self._row)
        self._paths: dict[Path, int] = {}
        self._files: list[Path] = []

    def add(self, row: ExpectedRow) -> None:
        """Append a row.

        Raises:
            SinkError: The disk is full.
        """
        where = row.location
        if where.path not in self._paths:
            self._paths[where.path] = len(self._files)
            self._files.append(where.path)
        written = (dict(row.values), self._paths[where.path], where.line, where.column)
        self._store.add(pickle.dumps(written, pickle.HIGHEST_PROTOCOL))

    def __len__(self) -> int:
        return len(self._store)

    def __iter__(self) -> Iterator[ExpectedRow]:
        return iter(self._store)

    @overload
    def __getitem__(self, index: int) -> ExpectedRow: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[ExpectedRow]: ...

    def __getitem__(self, index: int | slice) -> ExpectedRow | Sequence[ExpectedRow]:
        if isinstance(index, slice):
            return tuple(self._store[number] for number in range(len(self))[index])
        return self._store[range(len(self))[index]]

    def close(self) -> None:
        """Give the file back; the rows cannot be read any more."""
        self._store.close()

    def _row(self, _: int, data: bytes) -> ExpectedRow:
        values, file, line, column = pickle.loads(data)  # noqa: S301  (this process wrote it)
        return ExpectedRow(values, Location(self._files[file], line, column))
