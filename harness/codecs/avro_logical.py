"""Avro's logical types: which counts where, and between the base type's value and ours.

fastavro meets them under names of our own, so that its conversions, which lose digits and raise on what
they cannot hold, never run, and nobody else's do. A value that is none of the logical type (a day beyond
the year 9999) stays what the base type made of it, so that a comparison shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import MAX_EMAX, MAX_PREC, Context, Decimal
from typing import Any
from uuid import UUID

from harness.codecs.numbers import as_single
from harness.codecs.types import Type, TypeKind

_OURS = "flink-harness-"
SINGLE_FLOAT = {"type": "float", "logicalType": f"{_OURS}single"}
"""Avro's `float` for fastavro: read as the shortest number of the same 32 bits."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCAL_EPOCH = _EPOCH.replace(tzinfo=None)
_MICROSECOND = timedelta(microseconds=1)
_DAY_ZERO = date(1970, 1, 1).toordinal()
_DAY_US = 86_400_000_000
_MOST_DIGITS = 4000
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX)

Typed = Callable[[Mapping[str, Any], Type], Type | None]
Read = Callable[[Any, Any], object]
Write = Callable[[Any, Type], object]


def logical_name(word: str) -> str:
    """The name under which fastavro meets a logical type."""
    return _OURS + word


@dataclass(frozen=True, slots=True)
class Logical:
    """A logical type on a base type.

    Attributes:
        type: The type of a schema's node, or None where the logical type does not count.
        read: The base type's value (and the node for fastavro) to ours.
        write: Our value to the base type's.
    """

    type: Typed
    read: Read
    write: Write


def _kind(kind: TypeKind, step_us: int = 1) -> Typed:
    def typed(node: Mapping[str, Any], base: Type) -> Type:
        return replace(base, kind=kind, name=str(node["logicalType"]), step_us=step_us, bounds=None)

    return typed


def _decimal_type(node: Mapping[str, Any], base: Type) -> Type | None:
    precision, scale = _whole(node.get("precision")), _whole(node.get("scale", 0))
    if precision is None or scale is None or not 0 <= scale <= precision or precision < 1:
        return None
    if base.size is not None and (base.size == 0 or 10**precision > 2 ** (8 * base.size - 1)):
        return None
    name = f"decimal({precision}, {scale})"
    return replace(base, kind=TypeKind.DECIMAL, precision=precision, scale=scale, name=name)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value < _MOST_DIGITS else None


def _read_decimal(data: bytes, node: Mapping[str, Any]) -> object:
    unscaled = Decimal(int.from_bytes(data, "big", signed=True))
    return unscaled.scaleb(-node.get("scale", 0), _EXACT)


def _write_decimal(value: Decimal, type_: Type) -> bytes:
    scaled = int(value.scaleb(type_.scale or 0, _EXACT))
    size = type_.size if type_.size is not None else (scaled + (scaled < 0)).bit_length() // 8 + 1
    return scaled.to_bytes(size, "big", signed=True)


def _read_date(days: int, _: object) -> object:
    try:
        return date.fromordinal(_DAY_ZERO + days)
    except (ValueError, OverflowError):
        return days


def _read_time(step_us: int) -> Read:
    def read(count: int, _: object) -> object:
        micros = count * step_us
        return (_LOCAL_EPOCH + timedelta(microseconds=micros)).time() if 0 <= micros < _DAY_US else count

    return read


def _read_timestamp(epoch: datetime, step_us: int) -> Read:
    def read(count: int, _: object) -> object:
        try:
            return epoch + timedelta(microseconds=count * step_us)
        except OverflowError:
            return count

    return read


def _read_uuid(value: str | bytes, _: object) -> object:
    if isinstance(value, bytes):
        return UUID(bytes=value)
    try:
        found = UUID(value)
    except ValueError:
        return value
    return found if str(found) == value.lower() else value


def _read_single(value: float, _: object) -> float:
    return as_single(value)


def _write_date(value: date, _: Type) -> int:
    return value.toordinal() - _DAY_ZERO


def _write_time(value: time, type_: Type) -> int:
    return (datetime.combine(_LOCAL_EPOCH, value) - _LOCAL_EPOCH) // _MICROSECOND // type_.step_us


def _write_instant(value: datetime, type_: Type) -> int:
    return (value - _EPOCH) // _MICROSECOND // type_.step_us


def _write_local(value: datetime, type_: Type) -> int:
    return (value - _LOCAL_EPOCH) // _MICROSECOND // type_.step_us


def _write_uuid(value: UUID, type_: Type) -> object:
    return value.bytes if type_.size is not None else str(value)


def _uuid_type(node: Mapping[str, Any], base: Type) -> Type | None:
    return _kind(TypeKind.UUID)(node, base) if base.size in (None, 16) else None


def _timestamp(kind: TypeKind, epoch: datetime, write: Write, step_us: int) -> Logical:
    return Logical(_kind(kind, step_us), _read_timestamp(epoch, step_us), write)


_DECIMAL = Logical(_decimal_type, _read_decimal, _write_decimal)
_UUID = Logical(_uuid_type, _read_uuid, _write_uuid)
_LOCAL = TypeKind.LOCAL_TIMESTAMP

LOGICAL = {
    ("bytes", "decimal"): _DECIMAL,
    ("fixed", "decimal"): _DECIMAL,
    ("string", "uuid"): _UUID,
    ("fixed", "uuid"): _UUID,
    ("int", "date"): Logical(_kind(TypeKind.DATE), _read_date, _write_date),
    ("int", "time-millis"): Logical(_kind(TypeKind.TIME, 1000), _read_time(1000), _write_time),
    ("long", "time-micros"): Logical(_kind(TypeKind.TIME), _read_time(1), _write_time),
    ("long", "timestamp-millis"): _timestamp(TypeKind.INSTANT, _EPOCH, _write_instant, 1000),
    ("long", "timestamp-micros"): _timestamp(TypeKind.INSTANT, _EPOCH, _write_instant, 1),
    ("long", "local-timestamp-millis"): _timestamp(_LOCAL, _LOCAL_EPOCH, _write_local, 1000),
    ("long", "local-timestamp-micros"): _timestamp(_LOCAL, _LOCAL_EPOCH, _write_local, 1),
}
"""By base type and logical type; every other logical type is its base type."""

WRITE: dict[TypeKind, Write] = {
    TypeKind.DECIMAL: _write_decimal,
    TypeKind.UUID: _write_uuid,
    TypeKind.DATE: _write_date,
    TypeKind.TIME: _write_time,
    TypeKind.INSTANT: _write_instant,
    TypeKind.LOCAL_TIMESTAMP: _write_local,
}
"""Our value to the base type's, by what the field holds."""


def register() -> None:
    """Tell fastavro how our names are read; again is no harm."""
    from fastavro.read import LOGICAL_READERS

    for (base, word), logical in LOGICAL.items():
        LOGICAL_READERS[f"{base}-{logical_name(word)}"] = _reader(logical.read)
    LOGICAL_READERS[f"float-{_OURS}single"] = _reader(_read_single)


def _reader(read: Read) -> Callable[..., object]:
    return lambda value, writer=None, _reader=None: read(value, writer)
