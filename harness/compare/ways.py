"""How a field differs in many rows: by one offset, only in case, always null; one look tells the cause."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, Inexact

from harness.codecs.paths import ABSENT
from harness.compare.matchers import Same, Tolerant, is_matcher
from harness.compare.show import show, type_name
from harness.result import FieldDigest, Way

_MOST_PATTERNS = 2_000
"""Of one field. An offset that all rows share comes with factors that no two do."""
_MOST_WAYS = 3
_LONGEST = 60
_EXACT = Context(prec=60, traps=[Inexact])


class Ways:
    """Counts the ways in which fields differ."""

    def __init__(self) -> None:
        self._rows: Counter[str] = Counter()
        self._patterns: dict[str, Counter[tuple[str, ...]]] = {}
        self._known: dict[str, Counter[str]] = {}

    def add(self, field: str, expected: object, actual: object) -> None:
        """Take note of one row's field."""
        self._rows[field] += 1
        patterns = self._patterns.setdefault(field, Counter())
        known = self._known.setdefault(field, Counter())
        pattern = tuple(ways_of(expected, actual))
        if pattern not in patterns and len(patterns) >= _MOST_PATTERNS:
            # What no other row had so far is chance; what is common is counted to the end.
            pattern = tuple(way for way in pattern if known[way] > 1)
            if len(patterns) >= 2 * _MOST_PATTERNS and pattern not in patterns:
                pattern = ()
        patterns[pattern] += 1
        known.update(pattern)

    def fields(self) -> tuple[FieldDigest, ...]:
        """Every field that differs, the one that differs most often first."""
        return tuple(
            FieldDigest(field=field, rows=rows, ways=tuple(_common(self._patterns[field])))
            for field, rows in self._rows.most_common()
        )


def ways_of(expected: object, actual: object) -> Iterator[str]:
    """The ways in which two values differ, the most telling first."""
    match expected:
        case Tolerant():
            expected = expected.value
        case Same() if expected.held is not None:
            expected = expected.held.value
    if actual is ABSENT:
        yield "absent"
        return
    if actual is None:
        yield "null"
        return
    if expected is None or expected is ABSENT:
        yield f"not {'null' if expected is None else 'absent'}"
    elif is_matcher(expected):
        yield _shortened(f"does not fit `{expected}`")
    else:
        yield from _between(expected, actual)
    shown = show(actual)
    if len(shown) <= _LONGEST:
        yield f"always {shown}"


def _between(expected: object, actual: object) -> Iterator[str]:
    match expected, actual:
        case bool(), bool():
            return
        case int() | Decimal() | float(), int() | Decimal() | float() if not isinstance(expected, bool) and (
            not isinstance(actual, bool)
        ):
            yield from _between_numbers(_number(expected), _number(actual))
        case str(), str():
            yield from _between_texts(expected, actual)
        case datetime(), datetime():
            if (expected.tzinfo is None) == (actual.tzinfo is None):
                yield _offset("actual = expected", actual - expected)
            else:
                yield "a local time, not an instant" if expected.tzinfo else "an instant, not a local time"
        case date(), date() if type(expected) is type(actual):
            yield _offset("actual = expected", actual - expected)
        case list() | tuple(), list() | tuple():
            if sorted(map(show, expected)) == sorted(map(show, actual)):
                yield "the same items in another order"
        case _ if type_name(expected) != type_name(actual):
            yield f"{type_name(actual)} instead of {type_name(expected)}"


def _between_numbers(expected: Decimal, actual: Decimal) -> Iterator[str]:
    if not expected.is_finite() or not actual.is_finite():
        return
    try:
        offset = _EXACT.subtract(actual, expected)
        yield f"actual = expected {'-' if offset < 0 else '+'} {show(abs(offset))}"
        if expected and actual:
            # Exact factors are telling (cents for units); others are chance.
            yield f"actual = expected x {show(_EXACT.divide(actual, expected))}"
    except ArithmeticError:
        return


def _between_texts(expected: str, actual: str) -> Iterator[str]:
    if expected.casefold() == actual.casefold():
        yield "only the case of letters"
    elif "".join(expected.split()) == "".join(actual.split()):
        yield "only spaces"
    elif unicodedata.normalize("NFC", expected) == unicodedata.normalize("NFC", actual):
        yield "only the Unicode form of letters"
    elif not actual:
        yield "empty"
    elif expected.startswith(actual):
        yield f"cut off after {len(actual)} characters"


def _offset(what: str, span: timedelta) -> str:
    sign = "-" if span < timedelta() else "+"
    rest = abs(span) // timedelta(microseconds=1)
    parts = []
    for name, size in (("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000)):
        count, rest = divmod(rest, size)
        parts += [f"{count}{name}"] if count else []
    millis, micros = divmod(rest, 1000)
    parts += [f"{millis}ms"] if millis else []
    parts += [f"{micros}us"] if micros else []
    return f"{what} {sign} {''.join(parts) or '0s'}"


def _common(patterns: Counter[tuple[str, ...]]) -> Iterator[Way]:
    """The fewest ways that most rows have; a row counts for one of them."""
    left = Counter(patterns)
    for _ in range(_MOST_WAYS):
        found: Counter[str] = Counter()
        rank: dict[str, int] = {}
        for pattern, rows in left.items():
            for place, way in enumerate(pattern):
                found[way] += rows
                rank[way] = min(rank.get(way, place), place)
        if not found:
            return
        best = min(found, key=lambda way: (-found[way], rank[way]))
        if found[best] == 1:
            return
        yield Way(text=best, rows=found[best])
        left = Counter({pattern: rows for pattern, rows in left.items() if best not in pattern})


def _number(value: Decimal | float) -> Decimal:
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
