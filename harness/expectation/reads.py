"""What the sinks of one run hold; each is read once between two changes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from harness.codecs.moments import Moment
from harness.connections.schema_registry import Registry
from harness.environment import PRINTED, Grant
from harness.errors import InvalidFiles
from harness.expectation.pattern import Pattern
from harness.expectation.typed_rows import invalid
from harness.parts import Parts
from harness.plan import Plan, folder_of
from harness.scenario.model import Place, System
from harness.sinks import files as file_sink
from harness.sinks import kafka as kafka_sink
from harness.sinks import memory as memory_sink
from harness.sinks import postgres as postgres_sink
from harness.sinks import printed as printed_sink
from harness.sinks import stored_records
from harness.sinks.record import Read, Record


class Reads:
    """The sinks of one run.

    Attributes:
        left_out: How many rows of each sink its `ignore` left out, as it was read last.
        parts: The files that the jobs had not finished when they were done last.
    """

    def __init__(self, plan: Plan, grant: Grant, clock: Moment, registry: Registry | None) -> None:
        self._plan = plan
        self._grant = grant
        self._clock = clock
        self._registry = registry
        self._reads: dict[str, Read] = {}
        self.left_out: dict[str, int] = {}
        self.parts = Parts()

    def forget(self) -> None:
        """What sinks hold may have changed; what was read of them is given back."""
        for read in self._reads.values():
            stored_records.close(read.records)
        self._reads.clear()

    def wait_until_visible(self, sinks: Collection[str] | None = None) -> None:
        """Wait until every committed record can be read by a careful consumer, of all sinks or of some."""
        for name, place in self._plan.pipeline.sinks.items():
            if sinks is not None and name not in sinks:
                continue
            if place.system is System.KAFKA and place.isolation == "read_committed":
                kafka_sink.wait_until_visible(self._bootstrap(), self._plan.names[name], place.partitions)

    def read(self, name: str) -> Read:
        """Everything that a sink holds, without what its `ignore` leaves out.

        Raises:
            SinkError: It cannot be read.
            ExpectationError: What its `ignore` says cannot be held against what is there.
        """
        if name not in self._reads:
            place = self._plan.pipeline.sinks[name]
            self._reads[name], self.left_out[name] = without_ignored(place, self._all_of(place), self._clock)
        return self._reads[name]

    def _all_of(self, place: Place) -> Read:
        name = self._plan.names[place.name]
        if place.system is System.KAFKA:
            return kafka_sink.read(self._bootstrap(), place, name, self._registry)
        if place.system is System.FOLDER:
            return file_sink.read(folder_of(self._plan, self._grant, place), place, self.parts)
        if place.system is System.MEMORY:
            return memory_sink.read(folder_of(self._plan, self._grant, place), place, self.parts)
        if place.system is System.PRINT:
            return printed_sink.read(Path(self._grant.data) / PRINTED, place)
        assert self._grant.postgres is not None
        return postgres_sink.read(self._grant.postgres, place)

    def _bootstrap(self) -> str:
        assert self._grant.kafka is not None
        return self._grant.kafka.internal


def without_ignored(place: Place, read: Read, clock: Moment) -> tuple[Read, int]:
    """What was read without the rows that mean nothing, and how many these were.

    Raises:
        ExpectationError: Values of `ignore` that their columns cannot read.
    """
    if not place.ignore:
        return read, 0
    try:
        pattern = Pattern(place.ignore, place.location, read, clock)
    except InvalidFiles as error:
        raise invalid(error.problems) from None

    def counts(record: Record) -> bool:
        return record.undecodable is not None or not pattern.holds(record)

    rows = stored_records.where(read.records, counts)
    changes = read.changes
    if changes is not None:
        changes = rows if changes is read.records else stored_records.where(changes, counts)
    return replace(read, records=rows, changes=changes), len(read.records) - len(rows)
