"""What a sink holds, as it was read: every record, with where it stood and what could not be decoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.codecs.types import Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record.

    Attributes:
        values: Its fields, typed; what is about the record under `$name`.
        origin: Where it stood, such as `card.rejected[0]@3`; "" where a place has no order.
        undecodable: Why its bytes are no record of the place's format, or None.
    """

    values: Mapping[str, object]
    origin: str = ""
    undecodable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """All records of a sink.

    Attributes:
        records: The records; of a long topic they are decoded anew by every walk.
        types: The types of its fields, as far as they are known.
        closed: Whether `types` names every field there is, so that another name is an error.
        always: Whether every field is there in every record, so that none can be expected to be absent.
        changes: Every change in the order in which it was written (that of a topic's partitions among each
            other is not told), with `$op`; None where a place keeps none, as a table of Postgres.
    """

    records: Sequence[Record]
    types: Mapping[str, Type]
    closed: bool
    always: bool = False
    changes: Sequence[Record] | None = None
