"""The records of a topic as changes of rows: bytes in, `Record`s with their `$op` out."""

from __future__ import annotations

from collections.abc import Mapping

from harness.codecs.changelog import Event, Op
from harness.codecs.json_format import DecodeError
from harness.codecs.types import Type
from harness.connections.schema_registry import Registry
from harness.scenario.model import Mode, Place
from harness.sinks.change_decoding import ChangeDecoder, change_decoder_of
from harness.sinks.decoding import Decoder, decoder_of, key_decoder_of
from harness.sinks.raw_record import RawRecord
from harness.sinks.record import Record

SHOWN_BYTES = 200


class RecordReader:
    """Decodes the records of one sink, in the order of its topic."""

    def __init__(self, place: Place, registry: Registry | None) -> None:
        self._keys = key_decoder_of(place, registry)
        self._values: ChangeDecoder | _Rows = change_decoder_of(place, registry) or _Rows(
            decoder_of(place, registry)
        )
        self._by_key = _ByKey() if place.mode is Mode.UPSERT else None

    def decode(self, raw: RawRecord) -> tuple[Record, ...]:
        """The changes that a record tells.

        Raises:
            ServiceError: The registry does not answer.
        """
        about = raw.about()
        try:
            about |= self._key_fields(raw.key)
            return tuple(
                Record(values={**about, "$op": op.value, **fields}, origin=raw.origin)
                for op, fields in self._events(raw)
            )
        except DecodeError as error:
            return (Record(values=about, origin=raw.origin, undecodable=_why(error, raw)),)

    @property
    def of_rows(self) -> bool:
        """Whether each record is one row, whatever was decoded before it."""
        return isinstance(self._values, _Rows) and self._by_key is None

    @property
    def types(self) -> Mapping[str, Type]:
        """The types of the fields and of those of the key, as far as they are known."""
        keys = self._keys.types if self._keys else {}
        return {**self._values.types, **{f"$key.{name}": type_ for name, type_ in keys.items()}}

    @property
    def closed(self) -> bool:
        """Whether `types` names every field there is."""
        return self._values.closed

    @property
    def always(self) -> bool:
        """Whether every field is there in every record."""
        return self._values.always

    def _events(self, raw: RawRecord) -> list[Event]:
        if raw.value is None:
            # Debezium writes a tombstone behind a delete: it is for the broker, and no change.
            events: list[Event] = [(Op.INSERT, {})] if isinstance(self._values, _Rows) else []
        else:
            events = self._values.decode(raw.value)
        return events if self._by_key is None else self._by_key.events(raw, events)

    def _key_fields(self, key: bytes | None) -> dict[str, object]:
        if self._keys is None or key is None:
            return {}
        try:
            return {f"$key.{name}": value for name, value in _paths(self._keys.decode(key))}
        except DecodeError as error:
            raise _BrokenKeyError(str(error)) from None


class _BrokenKeyError(DecodeError):
    """It is the key that cannot be decoded."""


class _Rows:
    """Records that are rows: each is one more."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    def decode(self, data: bytes) -> list[Event]:
        return [(Op.INSERT, self._decoder.decode(data))]

    @property
    def types(self) -> Mapping[str, Type]:
        return self._decoder.types

    @property
    def closed(self) -> bool:
        return self._decoder.closed

    @property
    def always(self) -> bool:
        return self._decoder.always


class _ByKey:
    """What a record is to a topic that holds one row per key: it depends on those before it."""

    def __init__(self) -> None:
        self._there: set[bytes | None] = set()

    def events(self, raw: RawRecord, events: list[Event]) -> list[Event]:
        if raw.value is None:
            self._there.discard(raw.key)
            return [(Op.DELETE, {})]
        first = raw.key not in self._there
        self._there.add(raw.key)
        return [(Op.UPDATE_AFTER if op is Op.INSERT and not first else op, fields) for op, fields in events]


def _paths(fields: Mapping[str, object], before: str = "") -> list[tuple[str, object]]:
    """The fields of a key and those inside of them, each by its path."""
    found: list[tuple[str, object]] = []
    for name, value in fields.items():
        found.append((f"{before}{name}", value))
        if isinstance(value, Mapping):
            found += _paths(value, f"{before}{name}.")
    return found


def _why(error: DecodeError, raw: RawRecord) -> str:
    if isinstance(error, _BrokenKeyError):
        return f"its key is {error}: {shown(raw.key)}"
    return f"{error}: {shown(raw.value)}"


def shown(data: bytes | None) -> str:
    """The beginning of bytes that could not be decoded, for a message."""
    data = data or b""
    return repr(data[:SHOWN_BYTES])[2:-1] + ("..." if len(data) > SHOWN_BYTES else "")
