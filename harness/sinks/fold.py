"""What a sink holds now: all its changes, added up."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from harness.codecs.changelog import Op
from harness.codecs.json_format import encode_value
from harness.codecs.paths import ABSENT, pick
from harness.scenario.model import Mode, Place
from harness.sinks.record import Record

_GOES = (Op.DELETE.value, Op.UPDATE_BEFORE.value)


class Fold:
    """The records that are left; what could not be decoded is never added up."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._rows: dict[Hashable, Record] = {}
        self._broken: list[Record] = []

    def add(self, key: bytes | None, record: Record) -> None:
        """One more change.

        Args:
            key: The key of the record that told it.
            record: The change.
        """
        if record.undecodable is not None:
            self._broken.append(record)
            return
        identity = self._identity(key, record)
        self._rows.pop(identity, None)
        if record.values.get("$op") not in _GOES:
            self._rows[identity] = record

    def records(self) -> tuple[Record, ...]:
        """What is there now, in the order in which it was written last."""
        return (*self._broken, *self._rows.values())

    def _identity(self, key: bytes | None, record: Record) -> Hashable:
        if self._place.mode is Mode.UPSERT:
            return key
        return encode_value([_plain(pick(record.values, name)) for name in self._place.key])


def folded(place: Place, records: Iterable[Record]) -> tuple[Record, ...]:
    """What changes add up to, where no record has a key beside its fields."""
    fold = Fold(place)
    for record in records:
        fold.add(encode_value([_plain(pick(record.values, name)) for name in place.key]), record)
    return fold.records()


def _plain(value: object) -> object:
    return None if value is ABSENT else value
