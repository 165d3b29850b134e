"""Heartbeats: rows whose event time counts and that mean nothing else, one for every partition."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from harness.codecs.moments import Moment, read_instant
from harness.errors import PlanError
from harness.rows import Cell, Row, Rows
from harness.scenario.model import Place

AT = "$at"
_EPOCH = datetime.fromtimestamp(0, UTC)


def rows(place: Place, millis: int, clock: Moment) -> Rows:
    """The heartbeats of a source: the same row for each of its partitions.

    Args:
        place: The source, with its `heartbeat` and the field that holds its event time.
        millis: The event time, in milliseconds since 1970.
        clock: What `T` means.

    Raises:
        PlanError: The source does not say where its event time is.
    """
    if not place.event_time:
        raise PlanError(
            f"`{place.name}` does not say which field its event time is in",
            hint="add `event_time: FIELD` to it in the pipeline; `$at` is the record's own timestamp",
            location=place.location,
        )
    # Relative to T, so that it is read alike as an instant, a local time or a number.
    offset = (_EPOCH + timedelta(milliseconds=millis) - clock.instant) // timedelta(milliseconds=1)
    time = Cell(f"T{'-' if offset < 0 else '+'}{abs(offset)}ms", place.location)
    cells = {**place.heartbeat, place.event_time: time}
    if place.event_time != AT:
        cells[AT] = time
    return Rows(
        columns=dict.fromkeys([*cells, "$partition"], place.location),
        rows=tuple(
            Row({**cells, "$partition": Cell(str(partition), place.location)}, place.location)
            for partition in range(place.partitions)
        ),
        location=place.location,
    )


def millis(text: str, clock: Moment) -> int:
    """A moment as a scenario writes it, in milliseconds since 1970."""
    return (read_instant(text, clock) - _EPOCH) // timedelta(milliseconds=1)
