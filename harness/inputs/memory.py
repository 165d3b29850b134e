"""Giving rows to a function: typed values with their times, in files that only its job reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from harness.codecs import values
from harness.codecs.cell_error import CellError
from harness.codecs.moments import Moment
from harness.codecs.paths import pick
from harness.errors import InputError
from harness.inputs.files import Laid, put
from harness.inputs.payloads import instant, millis
from harness.inputs.row_encoding import ColumnEncoder, field_types_of
from harness.rows import Row, Rows
from harness.scenario.model import Place


def lay(place: Place, rows: Rows, clock: Moment, into: Laid) -> None:
    """Give rows to a function, in one go.

    Raises:
        InputError: A cell that its field's type cannot read.
    """
    encoder = ColumnEncoder(field_types_of(place))
    put((_line(place, row, encoder, clock) for row in rows), f"{place.name}.jsonl", into)


def let_pass(place: Place, moment_ms: int, into: Laid) -> None:
    """Let the event time of a source reach a moment, in milliseconds since 1970, without a row."""
    # The watermark is one millisecond before the newest time.
    put([json.dumps({"at": moment_ms + 1}).encode()], f"{place.name}.jsonl", into)


def _line(place: Place, row: Row, encoder: ColumnEncoder, clock: Moment) -> bytes:
    try:
        record = encoder.record(row, clock)
        about = row.about()
        at = instant(about["at"], clock) if "at" in about else pick(record, place.event_time or "")
    except CellError as error:
        where = error.location or row.location
        raise InputError(error.message, hint=error.hint, location=where) from None
    time = at if isinstance(at, datetime) else clock.instant
    given = {
        name: value if name in place.columns else _as_python(value)
        for name, value in encoder.wired(record).items()
    }
    return json.dumps({"at": millis(time), "row": values.encode(given)}).encode()


def _as_python(value: object) -> object:
    """A value of no declared type as Python reads it in JSON: what is no whole number is a float."""
    match value:
        case Decimal():
            return float(value)
        case Mapping():
            return {name: _as_python(item) for name, item in value.items()}
        case str() | bytes():
            return value
        case Iterable():
            return [_as_python(item) for item in value]
        case _:
            return value
