"""A long sink reads like a short one: the same records, the same choices, from a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import pytest

from harness.scenario.model import Place
from harness.sinks import stored_records
from harness.sinks.raw_record import RawRecord
from harness.sinks.record import Record
from harness.sinks.record_reader import RecordReader
from harness.sinks.stored_records import LongRecords, rows_of
from tests.unit.sinks.test_record_reader import sink

COUNT = 300
Both = tuple[Sequence[Record], LongRecords]
BROKEN = (0, 7, 150, COUNT - 1)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return sink(tmp_path, 'format: json, columns: {id: int, amount: "decimal(10, 2)"}')


def raw_records() -> Iterator[RawRecord]:
    for n in range(COUNT):
        value = b"{broken" if n in BROKEN else json.dumps({"id": n, "amount": n / 4}).encode()
        yield RawRecord(
            topic="x",
            partition=n % 3,
            offset=n // 3,
            key=b"k%d" % n,
            value=value,
            timestamp_ms=1_700_000_000_000 + n,
            headers=(("h", None),),
        )


@pytest.fixture
def both(place: Place) -> Iterator[Both]:
    """The same records in memory and in a file."""
    short = rows_of(raw_records(), RecordReader(place, None))
    long = rows_of(raw_records(), RecordReader(place, None), most=COUNT - 1)
    assert isinstance(short, tuple)
    assert isinstance(long, LongRecords)
    yield short, long
    long.close()


def test_every_walk_and_every_index_gives_the_records_of_a_short_read(both: Both) -> None:
    short, long = both

    assert len(long) == COUNT
    assert tuple(long) == tuple(long) == short
    assert [long[n] for n in (0, 7, 8, -1)] == [short[n] for n in (0, 7, 8, -1)]
    assert long[5:9] == short[5:9]
    assert list(long.origins()) == [record.origin for record in short]
    with pytest.raises(IndexError):
        long[COUNT]


def test_records_are_chosen_as_in_memory(both: Both) -> None:
    short, long = both

    def odd(record: Record) -> bool:
        return record.undecodable is not None or record.values["id"] in (3, 4, 299)

    for choose in (stored_records.readable, stored_records.undecodable):
        assert list(choose(long)) == list(choose(short))
    # A few are read one by one, most are taken out of a walk.
    few, most = stored_records.where(long, odd), stored_records.where(long, lambda r: not odd(r))
    assert list(few) == list(stored_records.where(short, odd))
    assert sorted(chain(few, most), key=lambda r: str(r.values["$key"])) == sorted(
        short, key=lambda r: str(r.values["$key"])
    )
    assert [r.origin for r in stored_records.undecodable(few)] == [short[n].origin for n in BROKEN]
    assert [r.values["id"] for r in stored_records.readable(few)] == [3, 4]
    assert few[-1] == short[-1]


def test_a_choice_knows_the_end_of_every_partition_of_the_sink(both: Both) -> None:
    _, long = both

    assert long.chosen([True]).last == {"x[0]": 99, "x[1]": 99, "x[2]": 99}


def test_a_file_is_given_back_with_any_choice_of_its_records(both: Both) -> None:
    _, long = both

    stored_records.close(long.readable())

    with pytest.raises(ValueError, match="closed"):
        list(long)


def test_a_read_that_breaks_off_leaves_no_file_open(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[stored_records.StoredRecords] = []

    class Watched(stored_records.StoredRecords):
        def add(self, raw: RawRecord) -> None:
            super().add(raw)
            kept[:] = [self]

    def broken_off() -> Iterator[RawRecord]:
        yield from raw_records()
        raise OSError("gone")

    monkeypatch.setattr(stored_records, "StoredRecords", Watched)
    with pytest.raises(OSError, match="gone"):
        rows_of(broken_off(), RecordReader(place, None), most=10)

    assert kept[0].store.closed


def test_records_that_depend_on_those_before_them_are_not_for_a_file(tmp_path: Path) -> None:
    assert RecordReader(sink(tmp_path, "format: json"), None).of_rows
    assert not RecordReader(sink(tmp_path, "format: json, mode: upsert, key: [id]"), None).of_rows
    assert not RecordReader(sink(tmp_path, "format: debezium-json, key: [id]"), None).of_rows
