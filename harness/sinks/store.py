"""Records too many for memory: their bytes in a temporary file, decoded whenever one is asked for."""

from __future__ import annotations

import os
import tempfile
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Generic, TypeVar

from harness.errors import SinkError

_BUFFER = 1 << 20

T = TypeVar("T")


class Store(Generic[T]):
    """Records in the order they were added, by number or one after the other, as often as needed.

    The file has no name, so that nothing is left of it however the process ends. Each record takes
    eight bytes of memory. To be filled first and read then: what is added after the first read is
    an error.
    """

    def __init__(self, decode: Callable[[int, bytes], T], folder: Path | None = None) -> None:
        """Open an empty store.

        Args:
            decode: Makes a record of its number and its bytes.
            folder: Where the file lies; by default where temporary files do.

        Raises:
            SinkError: There is no room for the file.
        """
        self._decode = decode
        self._ends = array("Q")
        self._size = 0
        self._filled = False
        try:
            self._file = tempfile.TemporaryFile(  # noqa: SIM115  (closed with the store)
                buffering=_BUFFER, dir=folder, prefix="flink-harness-"
            )
        except OSError as error:
            raise _no_room(error) from error

    def add(self, data: bytes) -> None:
        """Append a record.

        Raises:
            SinkError: The disk is full.
        """
        assert not self._filled, "a store is read when it is complete"
        try:
            self._file.write(data)
        except OSError as error:
            raise _no_room(error) from error
        self._size += len(data)
        self._ends.append(self._size)

    def __len__(self) -> int:
        return len(self._ends)

    def __iter__(self) -> Iterator[T]:
        self._complete()
        descriptor, decode = self._file.fileno(), self._decode
        first, begin = 0, 0
        while first < len(self._ends):
            last = max(bisect_right(self._ends, begin + _BUFFER), first + 1)
            block, at = self._read(descriptor, begin, self._ends[last - 1]), 0
            for number in range(first, last):
                end = self._ends[number] - begin
                yield decode(number, block[at:end])
                at = end
            first, begin = last, self._ends[last - 1]

    def __getitem__(self, number: int) -> T:
        self._complete()
        begin = self._ends[number - 1] if number else 0
        return self._decode(number, self._read(self._file.fileno(), begin, self._ends[number]))

    @property
    def closed(self) -> bool:
        """Whether the file has been given back."""
        return self._file.closed

    def close(self) -> None:
        """Give the file back; a store that is closed cannot be read."""
        self._file.close()

    def __enter__(self) -> Store[T]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _complete(self) -> None:
        if not self._filled:
            try:
                self._file.flush()
            except OSError as error:
                raise _no_room(error) from error
            self._filled = True

    @staticmethod
    def _read(descriptor: int, begin: int, end: int) -> bytes:
        # Without moving the file's position, so that several walks may be under way at once.
        data = os.pread(descriptor, end - begin, begin)
        while len(data) < end - begin:
            more = os.pread(descriptor, end - begin - len(data), begin + len(data))
            if not more:
                raise SinkError("the temporary file of a sink's records has been cut short")
            data += more
        return data


def _no_room(error: OSError) -> SinkError:
    return SinkError(
        "a sink's records find no room in a temporary file",
        detail=str(error),
        hint="free some space, or set TMPDIR to a folder on a larger disk",
    )
