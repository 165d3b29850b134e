"""A record of a topic as it was read: bytes, and where they stood."""

from __future__ import annotations

import marshal
from dataclasses import dataclass
from datetime import UTC, datetime

from confluent_kafka import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRecord:
    """A record of a topic, not decoded; small enough to be kept by the million.

    Attributes:
        timestamp_ms: Milliseconds since 1970, or None where the record has none.
        headers: In their order; one name may be there several times.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()

    @classmethod
    def of(cls, message: Message) -> RawRecord:
        """The record of a consumer's message."""
        kind, millis = message.timestamp()
        headers = message.headers() or []
        assert isinstance(headers, list), "a dict is what a producer may give"
        return cls(
            topic=message.topic() or "",
            partition=message.partition() or 0,
            offset=message.offset() or 0,
            key=_bytes(message.key()),
            value=_bytes(message.value()),
            timestamp_ms=millis if kind else None,
            headers=tuple((name, _bytes(value)) for name, value in headers),
        )

    def packed(self) -> bytes:
        """The record as bytes, for a file of this process."""
        return marshal.dumps(
            (self.topic, self.partition, self.offset, self.key, self.value, self.timestamp_ms, self.headers)
        )

    @classmethod
    def unpacked(cls, data: bytes) -> RawRecord:
        """The record that `packed` made bytes of."""
        topic, partition, offset, key, value, timestamp_ms, headers = marshal.loads(data)  # noqa: S302 (our own)
        return cls(
            topic=topic,
            partition=partition,
            offset=offset,
            key=key,
            value=value,
            timestamp_ms=timestamp_ms,
            headers=headers,
        )

    @property
    def origin(self) -> str:
        """Where it stood."""
        return f"{self.topic}[{self.partition}]@{self.offset}"

    def about(self) -> dict[str, object]:
        """What is about the record, under `$name`; of headers of one name the last counts."""
        at = self.timestamp_ms
        return {
            "$key": text_of(self.key),
            "$partition": self.partition,
            "$at": None if at is None else datetime.fromtimestamp(at / 1000, UTC),
            **{f"$headers.{name}": text_of(value) for name, value in self.headers},
            "$value": text_of(self.value),
        }


def _bytes(data: bytes | str | None) -> bytes | None:
    return data.encode() if isinstance(data, str) else data


def text_of(data: bytes | None) -> object:
    """Bytes as text where they are text, so that a key reads as it was written."""
    if data is None:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
