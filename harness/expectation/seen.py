"""How far each sink had been read when it was expected last: what came since is new."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence

from harness.expectation.delivery import code
from harness.location import Location
from harness.sinks.record import Record
from harness.sinks.stored_records import LongRecords


class Seen:
    """What the expectations of one run have seen of its sinks, in the order of the file."""

    def __init__(self) -> None:
        self._offsets: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._rows: defaultdict[str, Counter[Hashable]] = defaultdict(Counter)
        self._since: dict[str, Location] = {}

    def new(self, sink: str, records: Sequence[Record]) -> Sequence[Record]:
        """The records that no expectation of this sink has seen."""
        offsets = self._offsets[sink]
        if isinstance(records, LongRecords):
            places = map(_place_of, records.origins())
            return records.chosen(offset > offsets.get(place, -1) for place, offset in places)
        # Where records have no places, as in a table, equal rows stand for each other.
        seen = self._rows[sink].copy()
        found = []
        for record in records:
            place, offset = _place(record)
            if offset is not None:
                if offset > offsets.get(place, -1):
                    found.append(record)
            elif seen[code(record)] > 0:
                seen[code(record)] -= 1
            else:
                found.append(record)
        return tuple(found)

    def mark(self, sink: str, records: Sequence[Record], location: Location) -> None:
        """An expectation has seen all these records of a sink."""
        offsets = self._offsets[sink]
        rows: Counter[Hashable] = Counter()
        if isinstance(records, LongRecords):
            offsets |= {place: max(end, offsets.get(place, -1)) for place, end in records.last.items()}
            records = ()
        for record in records:
            place, offset = _place(record)
            if offset is None:
                rows[code(record)] += 1
            else:
                offsets[place] = max(offset, offsets.get(place, -1))
        self._rows[sink] = rows
        self._since[sink] = location

    def since(self, sink: str) -> Location | None:
        """The last expectation of this sink, or None."""
        return self._since.get(sink)


def _place(record: Record) -> tuple[str, int | None]:
    """The partition of a record and its offset there, or None where a place has no order."""
    place, _, offset = record.origin.rpartition("@")
    return (place, int(offset)) if offset.isdigit() else (record.origin, None)


def _place_of(origin: str) -> tuple[str, int]:
    place, _, offset = origin.rpartition("@")
    return place, int(offset)
