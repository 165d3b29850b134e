"""Confluent's wire format: which schema of the registry the bytes behind it are written with."""

from __future__ import annotations

from harness.codecs.json_format import DecodeError

_MAGIC = 0
_HEAD = 5


def frame(schema_id: int, payload: bytes) -> bytes:
    """The payload behind the mark and the id of its schema."""
    return bytes([_MAGIC]) + schema_id.to_bytes(4, "big") + payload


def unframe(data: bytes) -> tuple[int, bytes]:
    """The id of the schema, and the payload.

    Raises:
        DecodeError: The mark is not there, or the bytes end before the id does.
    """
    if not data or data[0] != _MAGIC:
        raise DecodeError("no schema id: the first byte is not 0")
    if len(data) < _HEAD:
        raise DecodeError("no schema id: the bytes end too early")
    return int.from_bytes(data[1:_HEAD], "big"), data[_HEAD:]
