"""Reading everything that a topic holds: once, to its end, with the isolation of a careful consumer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # not in `__all__`

from harness.clock import Deadline, poll
from harness.connections.schema_registry import Registry
from harness.errors import SinkError
from harness.scenario.model import Mode, Place
from harness.sinks.fold import Fold
from harness.sinks.raw_record import RawRecord
from harness.sinks.record import Read, Record
from harness.sinks.record_reader import RecordReader
from harness.sinks.stored_records import rows_of

READ_SECONDS = 30.0
VISIBLE_SECONDS = 10.0


@lru_cache(maxsize=4)
def _admin(bootstrap: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})


def wait_until_visible(bootstrap: str, topic: str, partitions: int) -> None:
    """Wait until no transaction is open: a commit returns before its marker is written.

    To be called after an accepted checkpoint only; before one, an open transaction may still be aborted.

    Raises:
        SinkError: A transaction stays open.
    """
    high = _ends(bootstrap, topic, partitions, IsolationLevel.READ_UNCOMMITTED)

    def stable() -> bool:
        stable = _ends(bootstrap, topic, partitions, IsolationLevel.READ_COMMITTED)
        return all(offset >= high[p] for p, offset in stable.items())

    if not poll(stable, Deadline(VISIBLE_SECONDS)):
        raise SinkError(
            f"a transaction on topic {topic} stays open",
            detail=f"records up to {high} are written, and not all of them are committed",
        )


def is_visible(bootstrap: str, topic: str, partitions: int) -> bool:
    """Whether no transaction is open.

    Raises:
        SinkError: The topic cannot be asked.
    """
    high = _ends(bootstrap, topic, partitions, IsolationLevel.READ_UNCOMMITTED)
    stable = _ends(bootstrap, topic, partitions, IsolationLevel.READ_COMMITTED)
    return all(offset >= high[p] for p, offset in stable.items())


def _ends(bootstrap: str, topic: str, partitions: int, isolation: IsolationLevel) -> dict[int, int]:
    latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # the only way to ask for the end
    asked = {TopicPartition(topic, p): latest for p in range(partitions)}
    try:
        answers = _admin(bootstrap).list_offsets(
            asked, isolation_level=isolation, request_timeout=READ_SECONDS
        )
        return {tp.partition: future.result().offset for tp, future in answers.items()}
    except KafkaException as error:
        raise _unreadable(topic, error) from error


def read(bootstrap: str, place: Place, topic: str, registry: Registry | None = None) -> Read:
    """Every record of a topic, typed; of an `upsert` or `changelog` sink what they add up to.

    Where each record is a row, many of them stay bytes in a file until they are asked for. Changes that
    add up depend on each other and are all kept, a kilobyte each: a million of them take a gigabyte.

    Args:
        bootstrap: The broker.
        place: The sink.
        topic: Its topic.
        registry: Where the schemas of its records are, if its format has any.

    Raises:
        SinkError: The topic cannot be read to its end.
        ServiceError: The registry does not answer.
    """
    reader = RecordReader(place, registry)
    raw_ones = raw_records(bootstrap, topic, place.isolation)
    fold = Fold(place) if place.mode is not Mode.APPEND else None
    told: Sequence[Record]
    if reader.of_rows and fold is None:
        told = rows_of(raw_ones, reader)
    else:
        changes: list[Record] = []
        for raw in raw_ones:
            for record in reader.decode(raw):
                changes.append(record)
                if fold is not None:
                    fold.add(raw.key, record)
        told = tuple(changes)
    return Read(
        records=told if fold is None else fold.records(),
        types=reader.types,
        closed=reader.closed,
        always=reader.always,
        changes=told,
    )


def raw_records(
    bootstrap: str, topic: str, isolation: str, starts: Mapping[int, int] | None = None
) -> Iterator[RawRecord]:
    """Every record of a topic, not decoded, one after the other; those of one partition in their order.

    Args:
        bootstrap: The broker.
        topic: The topic.
        isolation: `read_committed` or `read_uncommitted`.
        starts: The partitions that are read, and from which offset on; None: all, from the beginning.

    Raises:
        SinkError: The topic cannot be read to its end.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            # Never used: partitions are assigned and nothing is committed.
            "group.id": "flink-harness",
            "isolation.level": isolation,
            "enable.partition.eof": True,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 5,
            "log_level": 0,
        }
    )
    with contextlib.closing(consumer):
        try:
            # A new consumer that asks for metadata itself waits 50 ms for its connection.
            metadata = _admin(bootstrap).list_topics(topic, timeout=READ_SECONDS).topics[topic]
            if metadata.error is not None or not metadata.partitions:
                raise SinkError(f"topic {topic} cannot be read", detail=str(metadata.error))
            partitions = starts if starts is not None else dict.fromkeys(metadata.partitions, 0)
            consumer.assign([TopicPartition(topic, p, start) for p, start in partitions.items()])
            open_, deadline = set(partitions), Deadline(READ_SECONDS)
            while open_:
                message = consumer.poll(0.5)
                if message is not None:
                    deadline = Deadline(READ_SECONDS)
                    error = message.error()
                    if error is None:
                        yield RawRecord.of(message)
                    elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
                        open_.discard(message.partition())
                    else:
                        raise _unreadable(topic, KafkaException(error))
                if deadline.passed:
                    raise SinkError(
                        f"topic {topic} did not end in {READ_SECONDS:.0f} s",
                        detail=f"partitions {sorted(open_)} have not been read to their end",
                    )
        except KafkaException as error:
            raise _unreadable(topic, error) from error


def _unreadable(topic: str, error: KafkaException) -> SinkError:
    return SinkError(f"topic {topic} cannot be read", detail=str(error))
