"""When two values are equal, by type: nothing is stripped, rounded or coerced.

Numbers are equal as numbers (12.5 is 12.50, -0.0 is 0.0, NaN is NaN), instants as instants; a
boolean is no number, text is nothing but text, null is not absent.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Final
from uuid import UUID


class _Mark(Enum):
    """What Python itself would confuse with a number, or not find equal to itself."""

    TRUE = "true"
    FALSE = "false"
    NAN = "nan"


PLAIN: Final = frozenset({str, int, type(None), bytes, date, time, UUID})
"""The types whose values stand for themselves; a subclass such as bool does not."""


def canonical(value: object) -> Hashable:  # noqa: PLR0911  (one line per type)
    """A hashable stand-in: two values are equal exactly if their stand-ins are."""
    if type(value) in PLAIN:
        return value
    match value:
        case bool():
            return _Mark.TRUE if value else _Mark.FALSE
        case Decimal():
            return _Mark.NAN if value.is_nan() else value
        case float():
            return _Mark.NAN if value != value else value  # noqa: PLR0124  (how NaN is known)
        case datetime():
            return value.astimezone(UTC) if value.tzinfo else value
        case bytearray() | memoryview():
            return bytes(value)
        case Mapping():
            return "record", frozenset((name, canonical(item)) for name, item in value.items())
        case list() | tuple():
            return "list", tuple(canonical(item) for item in value)
        case _:
            return _foreign(value)


def equal(one: object, other: object) -> bool:
    """Whether two values are equal by type."""
    return canonical(one) == canonical(other)


def _foreign(value: object) -> Hashable:
    # What a driver made of a type that we do not know: its own idea of equality, if it has one.
    try:
        hash(value)
    except TypeError:
        return type(value), repr(value)
    return value
