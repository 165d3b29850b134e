"""Values as text for results: JSON-like, so that `1` and `"1"`, null and absent differ on paper too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

from harness.codecs.moments import write_time, write_time_of_day
from harness.codecs.numbers import write_number
from harness.codecs.paths import ABSENT

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def show(value: object) -> str:  # noqa: C901, PLR0911, PLR0912  (one line per type)
    """The value as a person reads it; a matcher as it was written."""
    match value:
        case None:
            return "null"
        case _ if value is ABSENT:
            return "(absent)"
        case bool():
            return "true" if value else "false"
        case str():
            return show_text(value)
        case int() | Decimal():
            return write_number(value)
        case float():
            return _float(value)
        case datetime():
            return write_time(value)
        case date():
            return value.isoformat()
        case time():
            return write_time_of_day(value)
        case UUID():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return f"<hex {bytes(value).hex()}>"
        case Mapping():
            return "{" + ", ".join(f"{show_text(str(k))}: {show(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(show(item) for item in value) + "]"
        case _:
            return str(value)


def show_text(text: str) -> str:
    """Text in double quotes; what cannot be seen (a no-break space, a control character) is spelled out."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(_ESCAPES.get(char) or _visible(char) for char in text) + '"'


def show_apart(expected: object, actual: object) -> tuple[str, str]:
    """Two unequal values as text; where the text is the same, the types are named too."""
    one, other = show(expected), show(actual)
    if one == other:
        return f"{one} ({type_name(expected)})", f"{other} ({type_name(actual)})"
    return one, other


def _float(value: float) -> str:
    if value != value:  # noqa: PLR0124  (how NaN is known)
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _visible(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def type_name(value: object) -> str:
    """What a person calls the type of a value."""
    names = {str: "text", int: "integer", Decimal: "decimal", float: "float", dict: "record", list: "list"}
    return names.get(type(value), type(value).__name__)
