"""What a function of a user's own has given: rows of whatever values it made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness.codecs import values
from harness.codecs.changelog import Op
from harness.codecs.fields import field_types
from harness.codecs.typed import Typing
from harness.codecs.types import Type
from harness.parts import Parts
from harness.scenario.model import Mode, Place
from harness.sinks import files
from harness.sinks.fold import folded
from harness.sinks.record import Read, Record


def read(folder: Path, place: Place, parts: Parts) -> Read:
    """Every row that a function gave, in its order.

    Args:
        folder: Where its job writes them.
        place: The sink.
        parts: The files that the job had not finished when it was done.

    Raises:
        SinkError: A file cannot be read, or stays unfinished.
    """
    declared = field_types(
        {name: str(text) for name, text in place.columns.items()},
        {name: str(text) for name, text in place.times.items()},
    )
    typing = Typing(declared)
    records: list[Record] = []
    for path in sorted(files.finished(folder, place, parts), key=_written):
        for line in files.lines(path):
            told = json.loads(line)
            about = {"$at": None if told["at"] is None else _instant(told["at"]), "$op": Op.INSERT.value}
            row = values.decode(told["row"])
            assert isinstance(row, dict)
            records.append(Record(values={**about, **typing.of(row)}, origin=f"{place.name}@{len(records)}"))
    return Read(
        records=tuple(records) if place.mode is Mode.APPEND else folded(place, records),
        types={**_shown_types(records), **declared},
        closed=False,
        changes=tuple(records),
    )


def _written(path: Path) -> tuple[int, int, str]:
    """When a file was written last; one task writes one after the other, and numbers them."""
    number = path.name.rpartition("-")[2]
    return path.stat().st_mtime_ns, int(number) if number.isdigit() else 0, path.name


def _instant(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC)


def _shown_types(records: Sequence[Record]) -> dict[str, Type]:
    """The types of fields whose values all show the same one."""
    types: dict[str, set[Type | None]] = {}
    for record in records:
        for name, value in record.values.items():
            if value is not None and not name.startswith("$"):
                types.setdefault(name, set()).add(values.type_of(value))
    return {name: type_ for name, (type_, *others) in types.items() if type_ is not None and not others}
