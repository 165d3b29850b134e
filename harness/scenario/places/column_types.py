"""The type names of `columns:`; what they mean to a value is the codecs' business."""

from __future__ import annotations

import re

from harness.errors import nearest

SHOWN = (
    *("text", "boolean", "integer", "bigint", "decimal(p, s)", "double", "timestamp", "timestamp_ltz"),
    *("date", "time", "bytes", "uuid", "json", "array<...>"),
)
"""The names that a message lists: one of each kind."""
NAMES = (
    *("text", "string", "varchar", "char", "boolean", "bool"),
    *("int", "integer", "bigint", "smallint", "tinyint", "long"),
    *("decimal", "numeric", "float", "double", "double precision", "real"),
    *("timestamp", "timestamp_ltz", "timestamptz", "timestamp_ntz"),
    *("date", "time", "bytes", "binary", "varbinary", "uuid", "json"),
)
LATER = re.compile(r"(?:map|row|multiset)\s*<.*>", re.DOTALL)
_ARRAY = re.compile(r"array\s*<(.+)>", re.DOTALL)
_DECIMAL = re.compile(r"(?:decimal|numeric)\s*\(\s*(\d{1,4})\s*(?:,\s*(\d{1,4})\s*)?\)")
_SIZED = re.compile(r"(?:varchar|char|binary|varbinary|bytes|time|\w*timestamp\w*)\s*\(\s*\d{1,9}\s*\)")
_RENAMED = {
    **dict.fromkeys(("str", "character"), "text"),
    **dict.fromkeys(("number", "money"), "decimal(p, s)"),
    **dict.fromkeys(("datetime",), "timestamp"),
    **dict.fromkeys(("bytea", "blob"), "bytes"),
    **dict.fromkeys(("object", "jsonb", "record"), "json"),
    **dict.fromkeys(("short",), "smallint"),
}


def is_known(text: str) -> bool:
    """Whether a field can have that type."""
    name = " ".join(text.lower().split())
    while array := _ARRAY.fullmatch(name):
        name = array[1].strip()
    if name in NAMES or _SIZED.fullmatch(name):
        return True
    decimal = _DECIMAL.fullmatch(name)
    return decimal is not None and 0 < int(decimal[1]) >= int(decimal[2] or 0)


def is_later(text: str) -> bool:
    """Whether it is a type of the language that this version has not."""
    return LATER.fullmatch(text.strip().lower()) is not None


def hint(text: str) -> str:
    """What to write instead of an unknown type."""
    base = re.split(r"[(<]", text.strip().lower())[0].strip()
    if base in ("decimal", "numeric"):
        return "as in `decimal(8, 2)`: digits in all, and how many of them are behind the point"
    match = _RENAMED.get(base) or nearest(base, NAMES)
    return f"did you mean `{match}`?" if match else f"types: {', '.join(f'`{name}`' for name in SHOWN)}"
