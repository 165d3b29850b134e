"""The types that a field can have, and their names in a pipeline file and in Postgres."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from harness.codecs.time_patterns import PatternError, looks_like_pattern, read_pattern
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
    ENUM = "enum"
    ARRAY = "array"
    MAP = "map"
    RECORD = "record"
    UNION = "union"
    NULL = "null"
    REFERENCE = "reference"


class TimeEncoding(Enum):
    """How a field holds a time that its own type does not show (`times:` in a pipeline file)."""

    EPOCH_S = "epoch_s"
    EPOCH_MS = "epoch_ms"
    EPOCH_US = "epoch_us"
    ISO = "iso"
    SQL = "sql"
    PATTERN = "pattern"


AS_TEXT = frozenset({TimeEncoding.ISO, TimeEncoding.SQL})
"""The encodings that are text, and can be of a local time too."""


class TypeNameError(ValueError):
    """A type or encoding name that nobody knows."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Reference:
    """A type that is used inside of itself; its type is known once its schema has been read to the end."""

    __slots__ = ("_type", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._type: Type | None = None

    @property
    def type(self) -> Type:
        """What is referred to."""
        assert self._type is not None, self.name
        return self._type

    def define(self, type_: Type) -> None:
        """Say what is referred to.

        Raises:
            ValueError: Nothing but this reference again.
        """
        end: Type | None = type_
        while end is not None and end.target is not None:
            if end.target is self:
                raise ValueError(f"`{self.name}` is nothing but itself")
            end = end.target._type  # noqa: SLF001  (the end of the chain may not be known yet)
        self._type = type_


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a field; what only schemas know has a default that says nothing.

    Attributes:
        kind: What it holds.
        precision: Of a decimal: most digits; None is unlimited.
        scale: Of a decimal: digits behind the point; None is unlimited.
        single: Of a float: 32 bits, so that values equal at that precision are equal.
        of: Of an array or map: the type of its items; None reads them as JSON.
        fields: Of a record: its fields in order.
        encoding: Of a time: how the field writes it; None where the type itself is a time.
        as_text: Of an encoded time: its number is written as text.
        pattern: Of a time in a pattern: which, in the letters of Java's DateTimeFormatter.
        name: What its schema calls it, as `timestamp-millis`; "" where there is no schema.
        nullable: Whether null is a value.
        bounds: Of an integer: the least and the greatest.
        size: Of bytes: so many, no more and no less.
        step_us: Of a time: its smallest step in microseconds.
        symbols: Of an enum: its words.
        branches: Of a union: its types without null, in order.
        tag: Its name among the branches of a union.
        in_union: It is written as a branch of a union, even if it is the only one beside null.
        absent: Of a record: what a field holds that was left out; a field that is not named here must be
            given, and one that holds ABSENT is left out too. None: every field may be absent.
        open: Of a record: it may have fields beside those that are named.
        target: Of a reference: the type it stands for.
    """

    kind: TypeKind
    precision: int | None = None
    scale: int | None = None
    single: bool = False
    of: Type | None = None
    fields: tuple[tuple[str, Type], ...] = ()
    encoding: TimeEncoding | None = None
    as_text: bool = False
    pattern: str = ""
    name: str = ""
    nullable: bool = True
    bounds: tuple[int, int] | None = None
    size: int | None = None
    step_us: int = 1
    symbols: tuple[str, ...] = ()
    branches: tuple[Type, ...] = ()
    tag: str = ""
    in_union: bool = False
    absent: Mapping[str, object] | None = field(default=None, hash=False)
    open: bool = False
    target: Reference | None = None

    def resolved(self) -> Type:
        """The type itself, where this is a reference to it."""
        if self.target is None:
            return self
        type_ = self.target.type
        while type_.target is not None:
            type_ = type_.target.type
        return replace(type_, nullable=self.nullable, tag=self.tag, in_union=self.in_union)

    @property
    def choices(self) -> tuple[Type, ...]:
        """The branches of a union in the order in which they are tried: text takes what nothing else does."""
        return tuple(sorted(self.branches, key=lambda branch: branch.kind is TypeKind.TEXT))

    def __str__(self) -> str:
        if self.encoding is TimeEncoding.PATTERN:
            return f"a time as `{self.pattern}`"
        if self.encoding is not None:
            return str(self.encoding.value)
        if self.kind is TypeKind.UNION:
            return " or ".join(str(branch) for branch in self.branches)
        if self.kind is TypeKind.DECIMAL and self.precision is not None:
            return f"decimal({self.precision}, {self.scale or 0})"
        if self.kind is TypeKind.ARRAY:
            return f"array<{self.of or 'json'}>"
        if self.kind is TypeKind.MAP:
            return f"map<{self.of or 'json'}>"
        return self.name or self.kind.value


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
        TypeNameError: if the encoding is no word and no pattern of a time.
    """
    known = {e.value: e for e in TimeEncoding if e is not TimeEncoding.PATTERN}
    if encoding not in known and looks_like_pattern(encoding):
        return _with_pattern(base or JSON, encoding)
    if encoding not in known:
        raise TypeNameError(
            f"`{encoding}` is no encoding of a time", did_you_mean(encoding, known, what="encodings")
        )
    base = base or JSON
    local = base.kind is TypeKind.LOCAL_TIMESTAMP and known[encoding] in AS_TEXT
    return replace(
        base,
        kind=TypeKind.LOCAL_TIMESTAMP if local else TypeKind.INSTANT,
        encoding=known[encoding],
        as_text=base.kind is TypeKind.TEXT and not local,
    )


def _with_pattern(base: Type, text: str) -> Type:
    try:
        pattern = read_pattern(text)
    except PatternError as error:
        raise TypeNameError(error.message, error.hint) from None
    # A type of a schema is what its name says; `columns` only say what a text means.
    if base.kind in NUMBERS | {TypeKind.BOOLEAN, TypeKind.BYTES} or (base.kind in TIMES and base.name):
        raise TypeNameError(f"a time as `{text}` is text, and the field is {base}")
    if not pattern.day:
        kind = TypeKind.TIME
    elif not pattern.clock:
        kind = TypeKind.DATE
    elif base.kind in (TypeKind.INSTANT, TypeKind.LOCAL_TIMESTAMP):
        kind = base.kind
    else:
        kind = TypeKind.INSTANT if pattern.zone else TypeKind.LOCAL_TIMESTAMP
    return replace(base, kind=kind, encoding=TimeEncoding.PATTERN, pattern=text, as_text=True)


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
