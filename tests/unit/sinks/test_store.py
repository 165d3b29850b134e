from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.errors import SinkError
from harness.sinks.store import Store


def numbered(number: int, data: bytes) -> tuple[int, bytes]:
    return number, data


def test_records_come_back_in_their_order_as_often_as_asked(tmp_path: Path) -> None:
    records = [b"", b"a", b"x" * 3_000_000, b"\x00\n", b"", b"last"]

    with Store(numbered, tmp_path) as store:
        for record in records:
            store.add(record)

        assert len(store) == len(records)
        assert list(store) == list(enumerate(records))
        assert list(store) == list(enumerate(records))


def test_walks_do_not_disturb_each_other(tmp_path: Path) -> None:
    with Store(numbered, tmp_path) as store:
        for number in range(100_000):
            store.add(b"%d" % number)
        one = iter(store)

        assert [next(one) for _ in range(3)][2] == (2, b"2")
        assert store[99_999] == (99_999, b"99999")
        assert [data for _, data in store][-1] == b"99999"
        assert next(one) == (3, b"3")


def test_a_record_is_found_by_its_number(tmp_path: Path) -> None:
    with Store(numbered, tmp_path) as store:
        for record in (b"a", b"", b"bc"):
            store.add(record)

        assert [store[n] for n in range(3)] == [(0, b"a"), (1, b""), (2, b"bc")]
        with pytest.raises(IndexError):
            store[3]


def test_an_empty_store_has_nothing(tmp_path: Path) -> None:
    with Store(numbered, tmp_path) as store:
        assert len(store) == 0
        assert list(store) == []


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    store = Store(numbered, tmp_path)
    store.add(b"a" * 5_000_000)
    assert list(store)

    assert list(tmp_path.iterdir()) == []
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SinkError) as caught:
        Store(numbered, tmp_path / "gone")

    assert caught.value.message == "a sink's records find no room in a temporary file"
    assert caught.value.hint is not None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_says_what_to_do(tmp_path: Path) -> None:
    store = Store(numbered, tmp_path)
    real, full = os.dup(store._file.fileno()), os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, store._file.fileno())

    try:
        with pytest.raises(SinkError, match="no room"):
            store.add(b"x" * 5_000_000)
    finally:
        # What is in the buffer finds room when the file is closed.
        os.dup2(real, store._file.fileno())
        os.close(real)
        os.close(full)
        store.close()
