"""Rows as the records of a topic: key, value, headers, partition and time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from harness.codecs.cell_error import CellError
from harness.codecs.cells import read_cell
from harness.codecs.changelog import Change, Op
from harness.codecs.moments import Moment, read_instant
from harness.codecs.paths import pick
from harness.codecs.types import Type
from harness.errors import InputError
from harness.inputs.change_encoding import ChangeEncoder, change_encoder_of
from harness.inputs.key_encoding import KeyEncoder, key_encoder_of
from harness.inputs.row_encoding import Registered, RowEncoder, encoder_of
from harness.rows import Cell, LazyRows, Row, Rows, Word
from harness.scenario.model import Place
from harness.scenario.rows.changes import RowChange, changes_of

WITHOUT_FIELDS = ("raw", "lines")
"""The formats whose records are nothing but `$value`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One record as it will be written.

    Attributes:
        timestamp_ms: Milliseconds since 1970, or None for now.
        partition: The partition, or None for the one that the key falls into.
    """

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    timestamp_ms: int | None = None
    partition: int | None = None


def payloads(place: Place, rows: Rows, clock: Moment, written: Registered | None = None) -> Iterable[Payload]:
    """The records of rows: all of them, so that none is sent if one is wrong, unless they are too many.

    Of rows that are made on the way the records are, too, and can be walked through once.

    Args:
        place: The source or table.
        rows: What to write.
        clock: What `T` means.
        written: What a registry knows of the records and their keys.

    Raises:
        InputError: A cell that its field's type cannot read, or a row that says two things at once.
    """
    records = _Payloads(place, clock, written).of(rows)
    return records if isinstance(rows.rows, LazyRows) else list(records)


def removals(
    place: Place, rows: Iterable[Row], clock: Moment, written: Registered | None = None
) -> list[Payload]:
    """The tombstones of rows: their keys, and null for a value.

    Raises:
        InputError: A cell that its field's type cannot read.
    """
    encoder = encoder_of(place, None)
    keys = key_encoder_of(place, encoder, written.key if written else None)
    found = []
    for row in rows:
        about = row.about()
        try:
            text = (
                _raw(about["key"]) if "key" in about else keys.encode(row, encoder.record(row, clock), clock)
            )
        except CellError as error:
            raise InputError(
                error.message, hint=error.hint, location=error.location or row.location
            ) from None
        found.append(Payload(key=text, value=None))
    return found


class _Payloads:
    """Makes the records of one place."""

    def __init__(self, place: Place, clock: Moment, written: Registered | None) -> None:
        self._place = place
        self._clock = clock
        self._rows: RowEncoder = encoder_of(place, written)
        self._changes: ChangeEncoder | None = change_encoder_of(place, written)
        self._keys: KeyEncoder = key_encoder_of(place, self._rows, written.key if written else None)

    def of(self, rows: Iterable[Row]) -> Iterator[Payload]:
        if self._changes is None:
            yield from (self._payload(RowChange(op=Op.INSERT, row=row)) for row in rows)
            return
        try:
            for change in changes_of(rows):
                yield self._payload(change)
        except CellError as error:
            raise InputError(error.message, hint=error.hint, location=error.location) from None

    def _payload(self, change: RowChange) -> Payload:
        row = change.row
        about = row.about()
        try:
            record = {} if "value" in about else self._record(row)
            at = self._at(about, record)
            return Payload(
                key=_raw(about["key"]) if "key" in about else self._keys.encode(row, record, self._clock),
                value=self._value(change, record, at),
                headers=tuple(
                    (name.removeprefix("headers."), _raw(cell))
                    for name, cell in about.items()
                    if name.startswith("headers.")
                ),
                timestamp_ms=None if at is None else millis(at),
                partition=_partition(about["partition"], self._place) if "partition" in about else None,
            )
        except CellError as error:
            where = error.location or row.location
            raise InputError(error.message, hint=error.hint, location=where) from None

    def _record(self, row: Row) -> dict[str, object]:
        if self._place.format in WITHOUT_FIELDS:
            raise InputError(
                f"a {self._place.format} source takes its payload in `$value`", location=row.location
            )
        return self._rows.record(row, self._clock)

    def _value(self, change: RowChange, record: Mapping[str, object], at: datetime | None) -> bytes | None:
        row = change.row
        if "$value" in row.cells:
            if row.fields():
                raise InputError(
                    "`$value` is the whole payload, so the row can have no fields beside it",
                    location=row.location,
                )
            return _raw(row.cells["$value"])
        if self._changes is None:
            return self._rows.encode(record)
        before = None if change.before is None else self._record(change.before)
        deleted = change.op is Op.DELETE
        told = Change(op=change.op, before=record if deleted else before, after=None if deleted else record)
        return self._changes.encode(told, millis(at or self._clock.instant))

    def _at(self, about: Mapping[str, Cell], record: Mapping[str, object]) -> datetime | None:
        if "at" in about:
            return instant(about["at"], self._clock)
        found = pick(record, self._place.event_time or "")
        return found if isinstance(found, datetime) else None


def millis(time: datetime) -> int:
    """Milliseconds since 1970; a local time counts by UTC's clock, as `T` in one does."""
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return (aware - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


def _value(cell: Cell, type_: Type | None, clock: Moment) -> object:
    try:
        return read_cell(cell, type_, clock)
    except CellError as error:
        raise InputError(error.message, hint=error.hint, location=cell.location) from None


def _raw(cell: Cell) -> bytes | None:
    """A key, header or payload: bytes that were spelled out, else the text itself."""
    if cell.is_null:
        return None
    if cell.word in (Word.HEX, Word.BASE64):
        value = _value(cell, None, Moment.from_text("2026-01-01T00:00:00Z"))
        assert isinstance(value, bytes)
        return value
    return cell.text.encode()


def instant(cell: Cell, clock: Moment) -> datetime:
    """The instant that a cell says.

    Raises:
        InputError: It says none.
    """
    try:
        return read_instant(cell.text, clock)
    except CellError as error:
        raise InputError(error.message, hint=error.hint, location=cell.location) from None


def _partition(cell: Cell, place: Place) -> int:
    if not cell.text.isdigit() or int(cell.text) >= place.partitions:
        raise InputError(
            f"`{cell.text}` is no partition of {place.name}",
            hint=f"it has 0 to {place.partitions - 1}",
            location=cell.location,
        )
    return int(cell.text)
