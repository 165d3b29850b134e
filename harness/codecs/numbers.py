"""Numbers as text: exact where the type is exact, and never through a float where it is not one."""

from __future__ import annotations

import math
import re
import struct
from decimal import Decimal

from harness.codecs.cell_error import CellError

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,6})?")
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_SCIENTIFIC = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?E\+[0-9]+")
_MOST_DIGITS = 4000
"""Python refuses to turn more than 4300 digits into an int."""
_PLAIN_EXPONENT = 60

SPECIAL_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""The floats that are no numbers, spelled as Java and Postgres do."""


def read_integer(text: str) -> int:
    """A whole number; leading zeros are those of a number.

    Raises:
        CellError: if it is none.
    """
    if _INTEGER.fullmatch(text) and len(text) <= _MOST_DIGITS:
        return int(text)
    if _NUMBER.fullmatch(text) and not _SCIENTIFIC.fullmatch(text):
        number = Decimal(text)
        if number.is_finite() and abs(number.adjusted()) < _PLAIN_EXPONENT and number == int(number):
            raise CellError(f"`{text}` is no integer", f"write `{int(number)}`")
    raise CellError(f"`{text}` is no integer", _number_hint(text))


def read_decimal(text: str, precision: int | None = None, scale: int | None = None) -> Decimal:
    """An exact number; zeros at its end are allowed beyond the scale, other digits are not.

    Raises:
        CellError: if it is none, or does not fit.
    """
    if not _NUMBER.fullmatch(text):
        raise CellError(f"`{text}` is no decimal", _number_hint(text))
    number = Decimal(text)
    if precision is None or not number:
        return number
    # normalize() would round to the context's precision; the digits are counted on the text's own tuple.
    _, digits, exponent = number.as_tuple()
    significant = "".join(map(str, digits)).lstrip("0")
    stripped = significant.rstrip("0")
    behind_point = -(int(exponent) + len(significant) - len(stripped))
    before_point = len(stripped) - behind_point
    limit = scale or 0
    if behind_point > limit:
        raise CellError(f"`{text}` has more than {limit} digits behind the point")
    if before_point > precision - limit:
        raise CellError(f"`{text}` is too large for decimal({precision}, {limit})")
    return number


def read_float(text: str, *, single: bool = False) -> float:
    """A floating-point number, or `NaN`, `Infinity`, `-Infinity`.

    Raises:
        CellError: if it is none.
    """
    if text in SPECIAL_FLOATS:
        return SPECIAL_FLOATS[text]
    if not _NUMBER.fullmatch(text):
        raise CellError(f"`{text}` is no number", _number_hint(text))
    number = float(text)
    if single and math.isfinite(number):
        number = as_single(number)
    if math.isinf(number):
        raise CellError(f"`{text}` is too large for a float")
    return number


def read_json_number(text: str) -> int | Decimal | None:
    """The exact number that this JSON text is, or None: `007` is none."""
    match = _JSON_NUMBER.fullmatch(text)
    if match is None:
        return None
    if match[1] is None and match[2] is None and len(text) <= _MOST_DIGITS:
        return int(text)
    return Decimal(text)


def as_single(number: float) -> float:
    """The shortest number with the same 32-bit float: what a single prints as, whoever widened it."""
    try:
        packed = struct.pack("f", number)
    except OverflowError:
        return math.copysign(math.inf, number)
    # Of the widened value, not of the text: else two texts of one float could come out different.
    widened = float(struct.unpack("f", packed)[0])
    if not math.isfinite(widened):
        return widened
    candidates = (float(f"{widened:.{digits}g}") for digits in range(1, 10))
    return next((shortest for shortest in candidates if _packs_to(shortest, packed)), widened)


def write_number(number: int | Decimal) -> str:
    """All digits of a number, without an exponent unless that would be absurdly long."""
    if isinstance(number, int):
        return str(number)
    if not number.is_finite() or abs(number.adjusted()) > _PLAIN_EXPONENT:
        return str(number)
    return format(number, "f")


def _packs_to(number: float, packed: bytes) -> bool:
    try:
        return struct.pack("f", number) == packed
    except OverflowError:
        return False


def _number_hint(text: str) -> str | None:
    if _SCIENTIFIC.fullmatch(text):
        return "this looks like a number that Excel has shortened: format its column as text"
    if _COMMA.fullmatch(text):
        return f"write `{text.replace(',', '.')}`"
    if text.strip() != text:
        return "leave the spaces away"
    return None
