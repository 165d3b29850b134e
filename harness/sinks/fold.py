"""What a sink holds now: all its changes, added up."""

from __future__ import annotations

from collections.abc import Hashable

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
        self._rows: dict[Hashable, list[Record]] = {}
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
        identity, one = self._identity(key, record), self._one_per_identity
        rows = self._rows.pop(identity, [])
        if record.values.get("$op") in _GOES:
            rows = [] if one else rows[:-1]
        else:
            rows = [record] if one else [*rows, record]
        if rows:
            self._rows[identity] = rows

    def records(self) -> tuple[Record, ...]:
        """What is there now, in the order in which it was written last."""
        return (*self._broken, *(record for rows in self._rows.values() for record in rows))

    @property
    def _one_per_identity(self) -> bool:
        return self._place.mode is Mode.UPSERT or bool(self._place.key)

    def _identity(self, key: bytes | None, record: Record) -> Hashable:
        if self._place.mode is Mode.UPSERT:
            return key
        values = record.values
        if self._place.key:
            return encode_value([_plain(pick(values, name)) for name in self._place.key])
        # Without a key a delete takes away one of the rows that are equal to it.
        return encode_value({name: value for name, value in values.items() if name[:1] != "$"})


def _plain(value: object) -> object:
    return None if value is ABSENT else value
