"""Times that a field holds as a number or as text: what `times:` in a pipeline file declares."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from harness.codecs.cell_error import CellError
from harness.codecs.moments import read_instant, read_local, write_sql_time, write_time
from harness.codecs.numbers import read_json_number
from harness.codecs.time_patterns import read_pattern
from harness.codecs.types import AS_TEXT, TimeEncoding, Type, TypeKind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROS = {TimeEncoding.EPOCH_S: 1_000_000, TimeEncoding.EPOCH_MS: 1_000, TimeEncoding.EPOCH_US: 1}
_MOST_DIGITS = 30


def encode_time(value: datetime | date | time, type_: Type) -> int | str:
    """The number or text that the field of an encoded time holds.

    Raises:
        CellError: if the time is finer than the encoding; nothing is cut off.
    """
    encoding = type_.encoding
    assert encoding is not None
    if encoding is TimeEncoding.PATTERN:
        return read_pattern(type_.pattern).write(value)
    instant = value
    assert isinstance(instant, datetime), type_
    if encoding is TimeEncoding.ISO:
        return write_time(instant)
    if encoding is TimeEncoding.SQL:
        return write_sql_time(instant)
    number, rest = divmod((instant - _EPOCH) // timedelta(microseconds=1), _MICROS[encoding])
    if rest:
        raise CellError(f"`{write_time(instant)}` is finer than {encoding.value}")
    return number


def decode_time(value: object, type_: Type) -> object:
    """The time that an encoded value holds, or the value itself where it holds none of that encoding.

    A number in a field that holds text, or the other way round, is left as it is: it is not what
    the field should hold, and must not compare equal.
    """
    encoding = type_.encoding
    if encoding is None:
        return value
    if encoding in AS_TEXT:
        return _decode_text(value, type_)
    if encoding is TimeEncoding.PATTERN:
        return _decode_pattern(value, type_)
    if isinstance(value, str) and type_.as_text:
        number = read_json_number(value)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool) and not type_.as_text:
        number = value
    else:
        return value
    return value if number is None else _since_epoch(number, _MICROS[encoding], value)


def _decode_pattern(value: object, type_: Type) -> object:
    if not isinstance(value, str):
        return value
    try:
        time = read_pattern(type_.pattern).read(value)
    except CellError:
        return value
    if not isinstance(time, datetime):
        return time
    if type_.kind is TypeKind.INSTANT:
        return time if time.tzinfo else time.replace(tzinfo=UTC)
    return time.replace(tzinfo=None)


def _decode_text(value: object, type_: Type) -> object:
    if not isinstance(value, str):
        return value
    try:
        return read_local(value) if type_.kind is TypeKind.LOCAL_TIMESTAMP else read_instant(value)
    except CellError:
        return value


def _since_epoch(number: int | Decimal, micros: int, otherwise: object) -> object:
    if isinstance(number, Decimal):
        if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
            return otherwise
        scaled = Fraction(number) * micros  # a Decimal product would be rounded
        if scaled.denominator != 1:
            return otherwise
        total = scaled.numerator
    else:
        total = number * micros
    try:
        return _EPOCH + timedelta(microseconds=total)
    except OverflowError:
        return otherwise
