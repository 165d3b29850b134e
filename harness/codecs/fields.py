"""The types of a place's fields, from what its pipeline file says."""

from __future__ import annotations

from collections.abc import Mapping

from harness.codecs.types import Type, parse_type, with_times


def field_types(columns: Mapping[str, str], times: Mapping[str, str]) -> dict[str, Type]:
    """Field -> type for all fields whose type is given; others read as JSON.

    Args:
        columns: Field -> type name.
        times: Field -> how its numbers or text hold a time.

    Raises:
        TypeNameError: A name that nobody knows.
    """
    types = {name: parse_type(text) for name, text in columns.items()}
    for name, encoding in times.items():
        types[name] = with_times(types.get(name), encoding)
    return types
