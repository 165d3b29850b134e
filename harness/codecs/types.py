"""The types that a field can have, and their names in a pipeline file and in Postgres."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

from harness.errors import did_you_mean


class TypeKind(Enum):
    """What a field holds; each value is the name that messages use."""

    TEXT = "text"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    INSTANT = "timestamp_ltz"
    LOCAL_TIMESTAMP = "timestamp"
    DATE = "date"
    TIME = "time"
    BYTES = "bytes"
    UUID = "uuid"
    JSON = "json"
    ARRAY = "array"
    RECORD = "record"


class TimeEncoding(Enum):
    """How a field holds a time that its own type does not show (`times:` in a pipeline file)."""

    EPOCH_S = "epoch_s"
    EPOCH_MS = "epoch_ms"
    EPOCH_US = "epoch_us"
    ISO = "iso"


class TypeNameError(ValueError):
    """A type or encoding name that nobody knows."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a field.

    Attributes:
        kind: What it holds.
        precision: Of a decimal: most digits; None is unlimited.
        scale: Of a decimal: digits behind the point; None is unlimited.
        single: Of a float: 32 bits, so that values equal at that precision are equal.
        of: Of an array: the type of its items; None reads them as JSON.
        fields: Of a record: its fields in order.
        encoding: Of a time: how the field writes it; None where the type itself is a time.
        as_text: Of an encoded time: its number is written as text.
    """

    kind: TypeKind
    precision: int | None = None
    scale: int | None = None
    single: bool = False
    of: Type | None = None
    fields: tuple[tuple[str, Type], ...] = ()
    encoding: TimeEncoding | None = None
    as_text: bool = False

    def __str__(self) -> str:
        if self.kind is TypeKind.DECIMAL and self.precision is not None:
            return f"decimal({self.precision}, {self.scale or 0})"
        if self.kind is TypeKind.ARRAY:
            return f"array<{self.of or 'json'}>"
        return self.encoding.value if self.encoding else self.kind.value


TEXT = Type(TypeKind.TEXT)
BOOLEAN = Type(TypeKind.BOOLEAN)
INTEGER = Type(TypeKind.INTEGER)
DECIMAL = Type(TypeKind.DECIMAL)
FLOAT = Type(TypeKind.FLOAT)
SINGLE = Type(TypeKind.FLOAT, single=True)
INSTANT = Type(TypeKind.INSTANT)
LOCAL_TIMESTAMP = Type(TypeKind.LOCAL_TIMESTAMP)
DATE = Type(TypeKind.DATE)
TIME = Type(TypeKind.TIME)
BYTES = Type(TypeKind.BYTES)
UUID = Type(TypeKind.UUID)
JSON = Type(TypeKind.JSON)

TIMES = frozenset({TypeKind.INSTANT, TypeKind.LOCAL_TIMESTAMP, TypeKind.DATE, TypeKind.TIME})
"""The kinds that `T` means something in."""

NUMBERS = frozenset({TypeKind.INTEGER, TypeKind.DECIMAL, TypeKind.FLOAT})
"""The kinds that hold a number."""

_NAMES = {
    **dict.fromkeys(("text", "string", "varchar", "char"), TEXT),
    **dict.fromkeys(("boolean", "bool"), BOOLEAN),
    **dict.fromkeys(("integer", "int", "bigint", "smallint", "tinyint", "long"), INTEGER),
    **dict.fromkeys(("decimal", "numeric"), DECIMAL),
    # Doubles all: a 32-bit float in JSON prints as its shortest text, which a double reads exactly too.
    **dict.fromkeys(("double", "double precision", "float", "real"), FLOAT),
    **dict.fromkeys(("timestamp_ltz", "timestamptz"), INSTANT),
    **dict.fromkeys(("timestamp", "timestamp_ntz"), LOCAL_TIMESTAMP),
    "date": DATE,
    "time": TIME,
    **dict.fromkeys(("bytes", "binary", "varbinary"), BYTES),
    "uuid": UUID,
    "json": JSON,
}
"""The names of `columns:`, in one place."""

_POSTGRES = {
    **dict.fromkeys(("text", "varchar", "bpchar", "character varying", "character", "name", "citext"), TEXT),
    **dict.fromkeys(("bool", "boolean"), BOOLEAN),
    **dict.fromkeys(("int2", "int4", "int8", "smallint", "integer", "bigint", "oid"), INTEGER),
    **dict.fromkeys(("numeric", "decimal"), DECIMAL),
    **dict.fromkeys(("float4", "real"), SINGLE),
    **dict.fromkeys(("float8", "double precision"), FLOAT),
    **dict.fromkeys(("timestamptz", "timestamp with time zone"), INSTANT),
    **dict.fromkeys(("timestamp", "timestamp without time zone"), LOCAL_TIMESTAMP),
    "date": DATE,
    **dict.fromkeys(("time", "time without time zone"), TIME),
    "bytea": BYTES,
    "uuid": UUID,
    **dict.fromkeys(("json", "jsonb"), JSON),
}

_ARRAY = re.compile(r"array\s*<(.+)>", re.IGNORECASE | re.DOTALL)
_WITH_LIMITS = re.compile(
    r"([a-z_][a-z0-9_ ]*?)\s*\(\s*(\d+)\s*(?:,\s*(-?\d+)\s*)?\)\s*([a-z ]*)", re.IGNORECASE
)


def parse_type(name: str) -> Type:
    """The type of that name in `columns:`.

    Raises:
        TypeNameError: if nobody knows the name.
    """
    plain = " ".join(name.split())
    if match := _ARRAY.fullmatch(plain):
        return Type(TypeKind.ARRAY, of=parse_type(match[1]))
    base, limits = _split_limits(plain.lower())
    found = _NAMES.get(base)
    if found is None:
        raise TypeNameError(f"`{name}` is no type", did_you_mean(base, _NAMES, what="types"))
    return _limited(found, limits)


def postgres_type(type_name: str) -> Type:
    """The type of a column, by its name in `pg_type` (`int4`, `_text`) or from `format_type`; else text."""
    plain = " ".join(type_name.split()).lower()
    if plain.endswith("[]"):
        return Type(TypeKind.ARRAY, of=postgres_type(plain[:-2]))
    if plain.startswith("_"):
        return Type(TypeKind.ARRAY, of=postgres_type(plain[1:]))
    base, limits = _split_limits(plain)
    return _limited(_POSTGRES.get(base, TEXT), limits)


def with_times(base: Type | None, encoding: str) -> Type:
    """The type of a field that `times:` says holds a time; `base` is its type in `columns:`, if any.

    Raises:
        TypeNameError: if nobody knows the encoding.
    """
    known = {e.value: e for e in TimeEncoding}
    if encoding not in known:
        raise TypeNameError(
            f"`{encoding}` is no encoding of a time", did_you_mean(encoding, known, what="encodings")
        )
    local = base is not None and base.kind is TypeKind.LOCAL_TIMESTAMP
    if local and encoding == TimeEncoding.ISO.value:
        return replace(LOCAL_TIMESTAMP, encoding=known[encoding])
    return replace(INSTANT, encoding=known[encoding], as_text=base is not None and base.kind is TypeKind.TEXT)


def _split_limits(name: str) -> tuple[str, tuple[int, ...]]:
    match = _WITH_LIMITS.fullmatch(name)
    if match is None:
        return name, ()
    base = f"{match[1]} {match[4]}".strip()
    return base, tuple(int(limit) for limit in match.group(2, 3) if limit is not None)


def _limited(found: Type, limits: tuple[int, ...]) -> Type:
    # Only a decimal's limits change what a text means; varchar(20) is the system's to enforce.
    if found.kind is TypeKind.DECIMAL and limits:
        return replace(found, precision=limits[0], scale=limits[1] if len(limits) > 1 else 0)
    return found
