"""JSON records to the types of their fields: a guess, made of what all of them have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from harness.codecs.cell_error import CellError
from harness.codecs.json_format import DecodeError, decode_value
from harness.codecs.moments import read_date, read_instant, read_local

_TIME_NAME = re.compile(r"(?:^|_)(?:ts|time|timestamp|at|date|when)$|(?:time|timestamp|Time|At)$")
_EVENT_NAME = re.compile(r"event|occur|creat|happen|placed|order", re.IGNORECASE)
_SINCE_2001_MS = range(10**12, 10**13)
_SINCE_2001_S = range(10**9, 10**10)
_TIMES = frozenset({"timestamp_ltz", "timestamp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What JSON records look like.

    Attributes:
        columns: The types of the fields that have one in all records.
        times: The encodings of numbers that are times.
        key: The field whose value the records have as key.
        event_time: The field that looks most like the time of the event.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    event_time: str | None = None


def objects(values: Sequence[bytes]) -> list[Mapping[str, object]] | None:
    """The JSON objects that all of these are, or None if one is not."""
    found: list[Mapping[str, object]] = []
    for value in values:
        try:
            record = decode_value(value.decode())
        except (DecodeError, UnicodeDecodeError):
            return None
        if not isinstance(record, Mapping):
            return None
        found.append(record)
    return found


def guess(records: Sequence[Mapping[str, object]], keys: Sequence[bytes | None] = ()) -> Guess:
    """The types of the fields of records, and what their keys and their times are."""
    seen: dict[str, list[object]] = {}
    for record in records:
        for path, value in _paths(record, ""):
            seen.setdefault(path, []).append(value)
    times = {path: found for path, values in seen.items() if (found := _encoding(path, values))}
    columns = {path: found for path, values in seen.items() if path not in times and (found := _type(values))}
    timely = [path for path in seen if path in times or columns.get(path) in _TIMES]
    named = [path for path in timely if _EVENT_NAME.search(path)]
    return Guess(
        columns=columns,
        times=times,
        key=_key(records, keys),
        event_time=next(iter([*named, *timely]), None),
    )


def _paths(record: Mapping[str, object], before: str) -> Iterator[tuple[str, object]]:
    for name, value in record.items():
        path = before + (f'"{name}"' if "." in name else name)
        if isinstance(value, Mapping) and value:
            yield from _paths(value, f"{path}.")
        elif value is not None:
            yield path, value


def _type(values: Sequence[object]) -> str | None:
    """The type that reads all of these, or None where JSON says it best."""
    if all(isinstance(value, bool) for value in values):
        return "boolean"
    if all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return "bigint"
    if all(isinstance(value, int | Decimal) and not isinstance(value, bool) for value in values):
        return "decimal"
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) < len(values):
        return None
    for name, read in (("timestamp_ltz", read_instant), ("timestamp", read_local), ("date", read_date)):
        try:
            for text in texts:
                read(text)
        except CellError:
            continue
        return name
    return "text"


def _encoding(path: str, values: Sequence[object]) -> str | None:
    if not _TIME_NAME.search(path):
        return None
    numbers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    if len(numbers) < len(values):
        return None
    if all(number in _SINCE_2001_MS for number in numbers):
        return "epoch_ms"
    return "epoch_s" if all(number in _SINCE_2001_S for number in numbers) else None


def _key(records: Sequence[Mapping[str, object]], keys: Sequence[bytes | None]) -> tuple[str, ...]:
    if not records or len(keys) != len(records) or None in keys:
        return ()
    for name in records[0]:
        if all(str(record.get(name)).encode() == key for record, key in zip(records, keys, strict=True)):
            return (name,)
    return ()
