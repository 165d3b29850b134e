"""The records of a long topic: their bytes in a file, decoded whenever one of them is asked for."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, compress, islice
from typing import overload

from harness.sinks.raw_record import RawRecord
from harness.sinks.record import Record
from harness.sinks.record_reader import RecordReader
from harness.sinks.store import Store

IN_MEMORY = 50_000
"""Records that are kept decoded: a kilobyte each."""
_SELDOM = 64
"""One record in so many is read by itself; more are taken out of a walk over all."""


class LongRecords(Sequence[Record]):
    """Records that are in a file, or some of them; every walk decodes them anew."""

    def __init__(self, store: StoredRecords, numbers: Sequence[int]) -> None:
        """Choose records.

        Args:
            store: All of the sink.
            numbers: The numbers of those that are meant, which rise.
        """
        self._all = store
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[Record]:
        return map(self._all.decoded, self._data())

    @overload
    def __getitem__(self, index: int) -> Record: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Record]: ...

    def __getitem__(self, index: int | slice) -> Record | Sequence[Record]:
        if isinstance(index, slice):
            return tuple(self._all.at(number) for number in self._numbers[index])
        return self._all.at(self._numbers[index])

    @property
    def last(self) -> dict[str, int]:
        """The last offset of each partition, of all records of the sink."""
        return self._all.ends

    def origins(self) -> Iterator[str]:
        """Where each record stood; none is decoded for it."""
        return (RawRecord.unpacked(data).origin for data in self._data())

    def chosen(self, wanted: Iterable[bool]) -> LongRecords:
        """Those of these records that are wanted."""
        return LongRecords(self._all, array("Q", compress(self._numbers, wanted)))

    def readable(self) -> LongRecords:
        """Those that can be decoded."""
        broken = self._all.broken
        return self.chosen(not broken[n] for n in self._numbers) if any(broken) else self

    def undecodable(self) -> LongRecords:
        """Those that cannot be decoded."""
        broken = self._all.broken
        return self.chosen(bool(broken[n]) for n in self._numbers)

    def close(self) -> None:
        """Give the file back; of all records of the sink none can be read any more."""
        self._all.store.close()

    def _data(self) -> Iterator[bytes]:
        store, numbers = self._all.store, self._numbers
        if len(numbers) == len(store):
            return iter(store)
        if len(numbers) * _SELDOM < len(store):
            return (store[number] for number in numbers)
        mask = bytearray(len(store))
        for number in numbers:
            mask[number] = 1
        return compress(store, mask)


class StoredRecords:
    """All records of one sink, each of which is one row.

    Attributes:
        store: Their bytes.
        broken: Per record, 1 if it cannot be decoded.
        ends: The last offset of each partition.
    """

    def __init__(self, decode: Callable[[RawRecord], tuple[Record, ...]]) -> None:
        """Start without records.

        Args:
            decode: Makes one record of a raw one, the same each time.
        """
        self._decode = decode
        self.store: Store[bytes] = Store(_bytes)
        self.broken = bytearray()
        self.ends: dict[str, int] = {}

    def add(self, raw: RawRecord) -> None:
        """Append a record; it is decoded once, because only that tells the types of some formats.

        Raises:
            ServiceError: The registry does not answer.
            SinkError: The disk is full.
        """
        (record,) = self._decode(raw)
        self.broken.append(record.undecodable is not None)
        self.ends[f"{raw.topic}[{raw.partition}]"] = raw.offset
        self.store.add(raw.packed())

    def decoded(self, data: bytes) -> Record:
        """The record of these bytes."""
        (record,) = self._decode(RawRecord.unpacked(data))
        return record

    def at(self, number: int) -> Record:
        """The record with this number."""
        return self.decoded(self.store[number])


def rows_of(
    raw_records: Iterator[RawRecord], reader: RecordReader, most: int = IN_MEMORY
) -> Sequence[Record]:
    """The records of a sink whose records are rows; in a file where there are more than `most`.

    Raises:
        ServiceError: The registry does not answer.
        SinkError: The topic cannot be read, or the disk is full.
    """
    first = list(islice(raw_records, most + 1))
    if len(first) <= most:
        return tuple(record for raw in first for record in reader.decode(raw))
    stored = StoredRecords(reader.decode)
    try:
        for raw in chain(first, raw_records):
            stored.add(raw)
    except BaseException:
        stored.store.close()
        raise
    return LongRecords(stored, range(len(stored.store)))


def readable(records: Sequence[Record]) -> Sequence[Record]:
    """The records that can be decoded."""
    if isinstance(records, LongRecords):
        return records.readable()
    return [record for record in records if record.undecodable is None]


def undecodable(records: Sequence[Record]) -> Sequence[Record]:
    """The records that cannot be decoded."""
    if isinstance(records, LongRecords):
        return records.undecodable()
    return [record for record in records if record.undecodable is not None]


def where(records: Sequence[Record], holds: Callable[[Record], bool]) -> Sequence[Record]:
    """The records of which something holds, in one walk."""
    if isinstance(records, LongRecords):
        return records.chosen(map(holds, records))
    return tuple(filter(holds, records))


def close(records: Sequence[Record]) -> None:
    """Give the file of records back, if they are in one."""
    if isinstance(records, LongRecords):
        records.close()


def _bytes(_: int, data: bytes) -> bytes:
    return data
