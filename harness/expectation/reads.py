"""What the sinks of one run hold; each is read once between two changes."""

from __future__ import annotations

from dataclasses import replace

from harness.codecs.moments import Moment
from harness.compare import ActualRow, ExpectedRow, compare_rows
from harness.connections.schema_registry import Registry
from harness.environment import Grant
from harness.expectation.typed_rows import typed_row
from harness.plan import Plan
from harness.rows import Row
from harness.scenario.model import Match, Mode, Place, System
from harness.sinks import kafka as kafka_sink
from harness.sinks import postgres as postgres_sink
from harness.sinks.record import Read, Record


class Reads:
    """The sinks of one run."""

    def __init__(self, plan: Plan, grant: Grant, clock: Moment, registry: Registry | None) -> None:
        self._plan = plan
        self._grant = grant
        self._clock = clock
        self._registry = registry
        self._reads: dict[str, Read] = {}

    def forget(self) -> None:
        """What sinks hold may have changed."""
        self._reads.clear()

    def wait_until_visible(self) -> None:
        """Wait until every committed record can be read by a careful consumer."""
        for name, place in self._plan.pipeline.sinks.items():
            if place.system is System.KAFKA and place.isolation == "read_committed":
                kafka_sink.wait_until_visible(self._bootstrap(), self._plan.names[name], place.partitions)

    def read(self, name: str) -> Read:
        """Everything that a sink holds, without what its `ignore` leaves out."""
        if name not in self._reads:
            place = self._plan.pipeline.sinks[name]
            if place.system is System.KAFKA:
                topic = self._plan.names[name]
                read = kafka_sink.read(self._bootstrap(), place, topic, self._registry)
            else:
                assert self._grant.postgres is not None
                read = postgres_sink.read(self._grant.postgres, place)
            kept = tuple(r for r in read.records if not self._ignored(place, r, read))
            self._reads[name] = replace(read, records=kept)
        return self._reads[name]

    def _bootstrap(self) -> str:
        assert self._grant.kafka is not None
        return self._grant.kafka.internal

    def _ignored(self, place: Place, record: Record, read: Read) -> bool:
        if not place.ignore or record.undecodable is not None:
            return False
        cells = place.ignore
        row = Row(cells=cells, location=place.location)
        expected = ExpectedRow(typed_row(row, read, tuple(cells), self._clock), place.location)
        return compare_rows(
            [expected],
            [ActualRow(record.values)],
            key=(),
            mode=Mode.APPEND,
            match=Match.EXACT,
            all_columns=False,
            columns=tuple(cells),
        ).passed
