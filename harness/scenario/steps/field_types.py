"""The types of a place's fields, as far as its files say what they are."""

from __future__ import annotations

from collections.abc import Callable

from harness.codecs.fields import field_types
from harness.codecs.paths import split_path
from harness.codecs.record_fields import field_at, with_encoded_times
from harness.codecs.types import Type, TypeNameError
from harness.scenario.model import Place
from harness.scenario.steps.surroundings import Surroundings


def declared(place: Place) -> dict[str, Type]:
    """The types that `columns` and `times` of a place say, by the name of the field."""
    columns = {name: text.value for name, text in place.columns.items()}
    try:
        return field_types(columns, {name: text.value for name, text in place.times.items()})
    except TypeNameError:  # noted where the place is read
        return {}


def record(place: Place, surroundings: Surroundings) -> Type | None:
    """The record that the schema in force describes, or None where the place has none."""
    schema = surroundings.schemas.of(place)
    if schema is None:
        return None
    return with_encoded_times(schema.record, {name: text.value for name, text in place.times.items()})


def known(place: Place | None, surroundings: Surroundings) -> Callable[[str], Type | None]:
    """The type of a column by its name; None where nobody but the place itself knows it."""
    if place is None:
        return lambda _: None
    whole = record(place, surroundings)
    if whole is not None:
        return lambda name: field_at(whole, (name,)) or field_at(whole, split_path(name))
    types = declared(place)
    return types.get
