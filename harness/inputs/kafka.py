"""Writing rows to a topic, and the exact offset that each partition's last record got."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from harness.codecs.cell_error import CellError
from harness.codecs.cells import read_cell
from harness.codecs.json_format import encode_value, wire
from harness.codecs.moments import Moment, read_instant
from harness.codecs.paths import ABSENT, nest, pick
from harness.codecs.types import Type
from harness.errors import InputError
from harness.inputs.row_encoding import Registered, RowEncoder, encoder_of
from harness.rows import Cell, LazyRows, Row, Rows, Word
from harness.scenario.model import Place

FLUSH_SECONDS = 30.0
BY_KEY = -1
"""librdkafka's word for the partition that the key falls into."""
NOW = 0
"""librdkafka's word for the time of writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One record as it will be written.

    Attributes:
        timestamp_ms: Milliseconds since 1970, or None for now.
        partition: The partition, or None for the one that the key falls into.
    """

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp_ms: int | None = None
    partition: int | None = None


@dataclass(kw_only=True)
class Sent:
    """What was written: records, and the last offset per partition."""

    count: int = 0
    last: dict[int, int] = field(default_factory=dict)


def payloads(place: Place, rows: Rows, clock: Moment, written: Registered | None = None) -> Iterable[Payload]:
    """The records of rows: all of them, so that none is sent if one is wrong, unless they are too many.

    Of rows that are made on the way the records are, too, and can be walked through once.

    Args:
        place: The source.
        rows: What to write.
        clock: What `T` means.
        written: The schema of the records, where the format has one.

    Raises:
        InputError: A cell that its field's type cannot read, or a row that says two things at once.
    """
    encoder = encoder_of(place, written)
    records = (_payload(place, row, encoder, clock) for row in rows)
    return records if isinstance(rows.rows, LazyRows) else list(records)


def _payload(place: Place, row: Row, encoder: RowEncoder, clock: Moment) -> Payload:
    about = row.about()
    cells = row.fields()
    record: dict[str, object] = {}
    if "value" in about:
        if cells:
            raise InputError(
                "`$value` is the whole payload, so the row can have no fields beside it",
                location=row.location,
            )
        value = _raw(about["value"])
    elif place.format == "raw":
        raise InputError("a raw source takes its payload in `$value`", location=row.location)
    else:
        try:
            record = encoder.record(row, clock)
            value = encoder.encode(record)
        except CellError as error:
            where = error.location or row.location
            raise InputError(error.message, hint=error.hint, location=where) from None
    at = about.get("at")
    instant = pick(record, place.event_time or "")
    if at is not None:
        instant = _instant(at, clock)
    return Payload(
        key=_raw(about["key"]) if "key" in about else _key(place, record, encoder),
        value=value,
        headers=tuple(
            (name.removeprefix("headers."), _raw(cell) or b"")
            for name, cell in about.items()
            if name.startswith("headers.")
        ),
        timestamp_ms=_millis(instant) if isinstance(instant, datetime) else None,
        partition=_partition(about["partition"], place) if "partition" in about else None,
    )


def _millis(time: datetime) -> int:
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


def _instant(cell: Cell, clock: Moment) -> datetime:
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


def _key(place: Place, record: Mapping[str, object], encoder: RowEncoder) -> bytes | None:
    """One key field as its text, several as a JSON object."""
    if not place.key:
        return None
    found = {name: pick(record, name) for name in place.key}
    values = {
        name: None if value is ABSENT else wire(value, encoder.type_of(name)) for name, value in found.items()
    }
    if len(values) > 1:
        return encode_value(nest(values))
    (value,) = values.values()
    if value is None:
        return None
    return value.encode() if isinstance(value, str) else encode_value(value)


@lru_cache(maxsize=4)
def _producer(bootstrap: str) -> Producer:
    return Producer(
        {
            "bootstrap.servers": bootstrap,
            "acks": "all",
            "linger.ms": 0,
            # What Java producers use, so that a key falls into the same partition as in production.
            "partitioner": "murmur2_random",
            "log_level": 0,
        }
    )


def _produce(
    producer: Producer,
    topic: str,
    record: Payload,
    delivered: Callable[[KafkaError | None, Message], None],
) -> None:
    while True:
        try:
            producer.produce(
                topic,
                value=record.value,
                key=record.key,
                headers=list(record.headers),
                partition=BY_KEY if record.partition is None else record.partition,
                timestamp=NOW if record.timestamp_ms is None else record.timestamp_ms,
                on_delivery=delivered,
            )
        except BufferError:
            producer.poll(0.1)
        except KafkaException as error:
            raise InputError(f"topic {topic} took no record", detail=str(error)) from error
        else:
            return


def send(bootstrap: str, topic: str, records: Iterable[Payload], into: Sent) -> None:
    """Write records and note the last offset of every partition from the delivery reports.

    Raises:
        InputError: The broker did not take a record.
    """
    producer = _producer(bootstrap)
    failed: list[KafkaError] = []

    def delivered(error: KafkaError | None, message: Message) -> None:
        partition, offset = message.partition(), message.offset()
        if error is not None:
            failed.append(error)
        elif partition is not None and offset is not None:
            into.count += 1
            into.last[partition] = max(offset, into.last.get(partition, -1))

    try:
        for record in records:
            _produce(producer, topic, record, delivered)
    finally:
        # Also where a row is wrong: what was taken must not turn up in another scenario's flush.
        left = producer.flush(FLUSH_SECONDS)
    if failed or left:
        detail = failed[0].str() if failed else f"{left} records unacknowledged after {FLUSH_SECONDS:.0f} s"
        raise InputError(f"topic {topic} did not take every record", detail=detail)
