"""What may stand in the place of an expected value: `<any>`, `<regex ...>`, `<between ...>` and the others.

A matcher never raises: a value that it cannot judge does not match.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal, Inexact, Overflow
from typing import Any, Protocol, TypeAlias, TypeGuard, runtime_checkable
from uuid import UUID

from harness.codecs.json_format import DecodeError, decode_value
from harness.codecs.paths import Absence
from harness.compare.equality import PLAIN, equal
from harness.compare.matching import assign
from harness.compare.show import show
from harness.location import Location

Bound: TypeAlias = "Decimal | datetime | date | time"
"""What values can be ordered against."""

_VALUES = PLAIN | {bool, Decimal, float, datetime, list, dict, Absence}
"""Types that are no matcher for sure."""
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@runtime_checkable
class Matcher(Protocol):
    """Anything that judges a value; its text is how it was written."""

    def matches(self, value: object, present: bool) -> bool:  # noqa: FBT001  (the protocol)
        """Whether the value will do; an absent field has `present` false."""
        ...


@dataclass(frozen=True, slots=True)
class Anything:
    """There, null or not."""

    def matches(self, value: object, present: bool) -> bool:  # noqa: ARG002, FBT001
        """Whether the field is there."""
        return present

    def __str__(self) -> str:
        return "<any>"


@dataclass(frozen=True, slots=True)
class NotNull:
    """There, and not null."""

    def matches(self, value: object, present: bool) -> bool:  # noqa: FBT001
        """Whether the field is there and has a value."""
        return present and value is not None

    def __str__(self) -> str:
        return "<not null>"


@dataclass(frozen=True, slots=True)
class Absent:
    """Not there; null is there."""

    def matches(self, value: object, present: bool) -> bool:  # noqa: ARG002, FBT001
        """Whether the field is not there."""
        return not present

    def __str__(self) -> str:
        return "<absent>"


@dataclass(frozen=True, slots=True)
class Regex:
    """The whole text fits a regular expression."""

    pattern: re.Pattern[str]

    def matches(self, value: object, present: bool) -> bool:  # noqa: FBT001
        """Whether the value is text, and all of it fits."""
        text = str(value) if isinstance(value, UUID) else value
        return present and isinstance(text, str) and self.pattern.fullmatch(text) is not None

    def __str__(self) -> str:
        return f"<regex {self.pattern.pattern}>"


@dataclass(frozen=True, slots=True)
class AnyUuid:
    """A UUID, or text in the form of one."""

    def matches(self, value: object, present: bool) -> bool:  # noqa: FBT001
        """Whether the value is a UUID."""
        return present and (
            isinstance(value, UUID) or (isinstance(value, str) and _UUID.fullmatch(value) is not None)
        )

    def __str__(self) -> str:
        return "<uuid>"


@dataclass(frozen=True, slots=True)
class Range:
    """A number or a time from `low` to `high`; None is open, `strict` leaves the ends out."""

    low: Bound | None
    high: Bound | None
    written: str
    strict: bool = False

    def matches(self, value: object, present: bool) -> bool:  # noqa: FBT001
        """Whether the value is of the bounds' kind and lies between them."""
        return present and self._above(value) and self._below(value)

    def __str__(self) -> str:
        return f"<{self.written}>"

    def _above(self, value: object) -> bool:
        return self.low is None or _ordered(self.low, value, strict=self.strict)

    def _below(self, value: object) -> bool:
        return self.high is None or _ordered(value, self.high, strict=self.strict)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several values."""

    values: tuple[object, ...]

    def matches(self, value: object, present: bool) -> bool:  # noqa: FBT001
        """Whether the value equals one of them."""
        return present and any(equal(value, one) for one in self.values)

    def __str__(self) -> str:
        return f"<one of {' or '.join(show(value) for value in self.values)}>"


@dataclass(frozen=True, slots=True)
class Not:
    """Any value but this one; a field that is not there has no value, so it does not match."""

    value: object

    def matches(self, value: object, present: bool) -> bool:  # noqa: FBT001
        """Whether the field is there with another value."""
        return present and not equal(value, self.value)

    def __str__(self) -> str:
        return f"<not {show(self.value)}>"


@dataclass(frozen=True, slots=True)
class Unordered:
    """A list with these items in any order, each as often as given."""

    items: tuple[object, ...]

    def matches(self, value: object, present: bool) -> bool:  # noqa: FBT001
        """Whether the value is a list whose items pair off with these."""
        if not present or not isinstance(value, list | tuple) or len(value) != len(self.items):
            return False
        there = list(value)
        accepted = [[j for j, item in enumerate(there) if fits(want, item)] for want in self.items]
        return None not in assign(range(len(self.items)), [1] * len(there), accepted.__getitem__)

    def __str__(self) -> str:
        return f"<unordered {show(list(self.items))}>"


@dataclass(frozen=True, slots=True)
class JsonText:
    """Text that holds this JSON; in a JSON field also the JSON itself."""

    value: object
    structured: bool = False

    def matches(self, value: object, present: bool) -> bool:  # noqa: FBT001
        """Whether the value is text and, read as JSON, is the expected value."""
        if not present:
            return False
        if not isinstance(value, str):
            return self.structured and fits(self.value, value)
        try:
            return fits(self.value, decode_value(value))
        except DecodeError:
            return False

    def __str__(self) -> str:
        return f"<json {show(self.value)}>"


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list, written out, with matchers in it."""

    items: tuple[object, ...]

    def matches(self, value: object, present: bool) -> bool:  # noqa: FBT001
        """Whether the value is a list of this length whose items fit one by one."""
        if not present or not isinstance(value, list | tuple) or len(value) != len(self.items):
            return False
        return all(fits(want, item) for want, item in zip(self.items, value, strict=True))

    def __str__(self) -> str:
        return show(list(self.items))


@dataclass(frozen=True, slots=True)
class RecordOf:
    """A record, written out whole, with matchers in it."""

    fields: Mapping[str, object]

    def matches(self, value: object, present: bool) -> bool:  # noqa: FBT001
        """Whether the value is a record with these fields and no others."""
        if not present or not isinstance(value, Mapping) or not value.keys() <= self.fields.keys():
            return False
        return all(fits(want, value.get(name), name in value) for name, want in self.fields.items())

    def __str__(self) -> str:
        return show(dict(self.fields))


@dataclass(frozen=True, slots=True)
class Capture:
    """The value that a name has taken.

    Attributes:
        value: The value.
        location: The row whose value it is.
    """

    value: object
    location: Location


@dataclass(frozen=True, slots=True)
class Same:
    """The same value wherever the name stands; any value that is there until one is held."""

    name: str
    held: Capture | None = None

    def matches(self, value: object, present: bool) -> bool:  # noqa: FBT001
        """Whether the field is there, and equals the value that is held."""
        return present and (self.held is None or equal(value, self.held.value))

    def __str__(self) -> str:
        if self.held is None:
            return f"<same {self.name}>"
        return f"<same {self.name}> (= {show(self.held.value)}, from line {self.held.location.line})"


@dataclass(frozen=True, slots=True)
class Tolerant:
    """A number that may be off by a tolerance; the ends count."""

    value: Decimal | float
    by: Decimal
    range: Range

    def matches(self, value: object, present: bool) -> bool:  # noqa: FBT001
        """Whether the value is a number within the tolerance."""
        return self.range.matches(value, present) or (present and equal(value, self.value))

    def __str__(self) -> str:
        return f"{show(self.value)} (tolerance {show(self.by)})"


_MATCHERS = frozenset(
    {Absent, AnyUuid, Anything, JsonText, ListOf, Not, NotNull, OneOf, Range, RecordOf, Regex, Same, Tolerant}
    | {Unordered}
)
"""Types that are matchers for sure; asking a protocol is slow."""


def is_matcher(value: object) -> TypeGuard[Matcher]:
    """Whether an expected value is a matcher."""
    type_ = type(value)
    return type_ not in _VALUES and (type_ in _MATCHERS or isinstance(value, Matcher))


def fits(expected: object, value: object, present: bool = True) -> bool:  # noqa: FBT001, FBT002
    """Whether a value is what was expected, be it a value or a matcher."""
    if is_matcher(expected):
        return expected.matches(value, present)
    return present and equal(expected, value)


def around(value: Bound, by: Decimal | timedelta, written: str) -> Range:
    """`<near ...>`: the range around a value; `by` is a span where the value is a time.

    Raises:
        ValueError: if the ends cannot be computed exactly.
    """
    if isinstance(value, Decimal) and isinstance(by, Decimal):
        exact = Context(prec=400, traps=[Inexact, Overflow])
        try:
            return Range(exact.subtract(value, by), exact.add(value, by), written)
        except ArithmeticError:
            raise ValueError("too many digits") from None
    if isinstance(value, date) and isinstance(by, timedelta):
        try:
            return Range(value - by, value + by, written)
        except OverflowError:
            raise ValueError("outside the years 1 to 9999") from None
    raise ValueError("not a number with a number, nor a time with a duration")


def _ordered(low: object, high: object, *, strict: bool) -> bool:
    one, other = orderable(low), orderable(high)
    if one is None or other is None or one[0] != other[0]:
        return False
    return bool(one[1] < other[1] if strict else one[1] <= other[1])


def orderable(value: object) -> tuple[str, Any] | None:
    """The kind of thing a value is ordered among, and the value; None if it cannot be ordered."""
    match value:
        case bool() | None:
            return None
        case int():
            return "number", Decimal(value)
        case Decimal():
            return None if value.is_nan() else ("number", value)
        case float():
            # The shortest text is what everybody sees: 1.1 is within 0.1 of 1.0, its binary form is not.
            return None if value != value else ("number", Decimal(repr(value)))  # noqa: PLR0124
        case datetime():
            return ("instant" if value.tzinfo else "local time"), value
        case date():
            return "date", value
        case time():
            return "time", value
        case _:
            return None
