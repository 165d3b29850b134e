"""Typed values as JSON and back, whatever they are: what a function of a user's own is given and gives.

A list begins with its kind: `["list", 1, 2]`, `["decimal", "12.50"]`. The job's end is in
`guest/function_job.py`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

from harness.codecs.types import Type, TypeKind

_KINDS: tuple[tuple[type, TypeKind], ...] = (
    (bool, TypeKind.BOOLEAN),
    (int, TypeKind.INTEGER),
    (float, TypeKind.FLOAT),
    (str, TypeKind.TEXT),
    (Decimal, TypeKind.DECIMAL),
    (date, TypeKind.DATE),
    (time, TypeKind.TIME),
    (UUID, TypeKind.UUID),
    (bytes, TypeKind.BYTES),
)


def encode(value: object) -> object:
    """A value as JSON has it."""
    match value:
        case Mapping():
            return {name: encode(item) for name, item in value.items()}
        case list() | tuple():
            return ["list", *map(encode, value)]
        case datetime():
            return ["instant" if value.tzinfo else "local", value.isoformat()]
        case bytes():
            return ["bytes", base64.b64encode(value).decode()]
        case Decimal() | date() | time() | UUID():
            return [type(value).__name__.lower(), str(value)]
        case _:
            return value


def decode(value: object) -> object:
    """The value that `encode` made JSON of."""
    if isinstance(value, dict):
        return {name: decode(item) for name, item in value.items()}
    if not isinstance(value, list):
        return value
    kind, *items = value
    return [decode(item) for item in items] if kind == "list" else _READERS[kind](items[0])


def type_of(value: object) -> Type | None:
    """The type that a value shows, or None where it shows none."""
    if isinstance(value, datetime):
        return Type(TypeKind.INSTANT if value.tzinfo else TypeKind.LOCAL_TIMESTAMP)
    return next((Type(kind) for of, kind in _KINDS if isinstance(value, of)), None)


_READERS: dict[str, Callable[[str], object]] = {
    "decimal": Decimal,
    "instant": lambda text: datetime.fromisoformat(text).astimezone(UTC),
    "local": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "uuid": UUID,
    "bytes": base64.b64decode,
}
