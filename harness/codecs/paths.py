"""Dotted names of fields: `address.city` is a field in a record, `"a.b"` one whose name has a dot."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Final, Literal


class Absence(Enum):
    """Not there at all, which is not null."""

    ABSENT = "absent"


ABSENT: Final[Literal[Absence.ABSENT]] = Absence.ABSENT
"""What a field is that a record does not have."""


@lru_cache(maxsize=4096)
def split_path(name: str) -> tuple[str, ...]:
    """The names along a path; dots in double quotes belong to a name."""
    parts: list[str] = []
    part, quoted = "", False
    for char in name:
        if char == '"':
            quoted = not quoted
        elif char == "." and not quoted:
            parts.append(part)
            part = ""
        else:
            part += char
    parts.append(part)
    if quoted or "" in parts:
        return (name,)
    return tuple(parts)


def pick(record: Mapping[str, object], name: str) -> object:
    """The value at a path, or ABSENT. What is about the record (`$headers.x`) may also be keyed as it is."""
    if name.startswith("$") and name in record:
        return record[name]
    value: object = record
    for part in split_path(name):
        if not isinstance(value, Mapping) or part not in value:
            return ABSENT
        value = value[part]
    return value


def nest(fields: Mapping[str, object]) -> dict[str, object]:
    """Fields keyed by path, as one nested record.

    Raises:
        ValueError: if a path leads through another field's value.
    """
    record: dict[str, object] = {}
    for name, value in fields.items():
        *parents, last = split_path(name)
        inner = record
        for parent in parents:
            child = inner.setdefault(parent, {})
            if not isinstance(child, dict):
                raise ValueError(f"`{name}` is inside `{parent}`, which has a value of its own")  # noqa: TRY004
            inner = child
        if last in inner:
            raise ValueError(f"`{name}` is there twice")
        # A copy, so that a later path may add to a record without changing the caller's value.
        inner[last] = dict(value) if isinstance(value, Mapping) else value
    return record
