"""What a run writes where its jobs read, and how far that is: rows of its steps, and heartbeats."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from harness.codecs.moments import Moment
from harness.engine import heartbeats
from harness.engine.folders import IN_FOLDERS, Folders
from harness.engine.schemas import Schemas
from harness.environment import Grant
from harness.flink.contents import Partition
from harness.inputs import kafka as kafka_input
from harness.inputs import postgres as postgres_input
from harness.inputs.kafka import Sent
from harness.plan import Plan
from harness.rows import Rows
from harness.scenario.model import Place, Put, Remove, System


class Inputs:
    """The sources and tables of one run."""

    def __init__(self, plan: Plan, grant: Grant, clock: Moment, schemas: Schemas, folders: Folders) -> None:
        self._plan = plan
        self._grant = grant
        self._clock = clock
        self._schemas = schemas
        self._folders = folders
        self._sent: dict[str, Sent] = {}

    @property
    def ends(self) -> dict[Partition, int]:
        """The last offset that was sent to each partition."""
        return {
            (self._plan.names[source], partition): offset
            for source, sent in self._sent.items()
            for partition, offset in sent.last.items()
        }

    def newest(self, sources: Collection[str]) -> list[int]:
        """The newest event time of every partition of sources, in milliseconds since 1970."""
        return [time for name, sent in self._sent.items() if name in sources for time in sent.newest.values()]

    def partitions(self) -> set[Partition]:
        """Everything on Kafka that the jobs must read."""
        pipeline = self._plan.pipeline
        return {
            (self._plan.names[name], partition)
            for name, place in (*pipeline.sources.items(), *pipeline.tables.items())
            if place.system is System.KAFKA
            for partition in range(place.partitions)
        }

    def send(self, source: str, rows: Rows) -> None:
        """Write rows into a source.

        Raises:
            InputError: They cannot be written as they are.
        """
        place = self._plan.pipeline.sources[source]
        if place.system in IN_FOLDERS:
            self._folders.lay(place, rows, self._clock)
            return
        kafka = self._grant.kafka
        assert kafka is not None
        records = kafka_input.payloads(place, rows, self._clock, self._schemas.of(source))
        kafka_input.send(
            kafka.internal, self._plan.names[source], records, self._sent.setdefault(source, Sent())
        )

    def send_heartbeats(self, sources: Iterable[str], millis: int) -> None:
        """Let the event time of sources reach a moment, in milliseconds since 1970."""
        for name in sources:
            place = self._plan.pipeline.sources[name]
            if place.system in (System.KAFKA, System.FOLDER):
                self.send(name, heartbeats.rows(place, millis, self._clock))
            elif place.system is System.MEMORY:
                self._folders.let_pass(place, millis)

    def write(self, step: Put | Remove) -> bool:
        """Write rows by key, or remove them; returns whether a job has them still to read.

        Raises:
            InputError: They cannot be written as they are.
        """
        place = self._plan.pipeline.place(step.table)
        assert place is not None
        if place.system is System.KAFKA:
            return self._write_topic(step, place)
        assert self._grant.postgres is not None
        write = postgres_input.put if isinstance(step, Put) else postgres_input.remove
        write(self._grant.postgres, place, step.rows, self._clock)
        return False

    def _write_topic(self, step: Put | Remove, place: Place) -> bool:
        """Write rows by key into a topic that holds one per key, or their tombstones."""
        name, kafka = place.name, self._grant.kafka
        assert kafka is not None
        self._schemas.register_of(place)
        write = kafka_input.payloads if isinstance(step, Put) else kafka_input.removals
        records = write(place, step.rows, self._clock, self._schemas.of(name))
        is_read = name in self._plan.pipeline.tables
        sent = self._sent.setdefault(name, Sent()) if is_read else Sent()
        kafka_input.send(kafka.internal, self._plan.names[name], records, sent)
        return is_read
