"""The rows of a sink as parts of a failure: what names them, what they hold, where they stand."""

from __future__ import annotations

from collections.abc import Sequence

from harness.codecs.paths import pick
from harness.compare import show
from harness.result import FieldDifference, Kind, RowDifference
from harness.scenario.model import Place
from harness.sinks.record import Record

MOST = 1000
"""So many rows of one failure are kept; how many there are is in its message."""


def difference(
    kind: Kind, place: Place, record: Record, fields: Sequence[FieldDifference] = ()
) -> RowDifference:
    """One row that is there, as a difference."""
    shown = whole(record)
    key = {name: show(pick(record.values, name)) for name in place.key}
    named = key if key and "(absent)" not in key.values() else shown
    return RowDifference(kind=kind, key=named, fields=tuple(fields), row=shown, origin=record.origin or None)


def whole(record: Record) -> dict[str, str]:
    """All fields of a row as text; of one without fields what is about it."""
    own = {name: show(value) for name, value in record.values.items() if not name.startswith("$")}
    return own or {name: show(value) for name, value in record.values.items()}


def by_fields(record: Record, names: Sequence[str]) -> dict[str, str]:
    """Some fields of a row as text."""
    return {name: show(pick(record.values, name)) for name in names}
