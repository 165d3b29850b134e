"""The end of a topic's data: the last record of each partition, past which only markers may stand."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from harness.clock import Deadline
from harness.errors import SinkError

SECONDS = 30.0
FIRST_LOOK = 16
"""So many offsets before the end are looked at first; transaction markers are few."""


def last_offsets(bootstrap: str, topic: str, partitions: Sequence[int]) -> dict[int, int]:
    """The offset of the last committed record of each partition that has one.

    An end offset is no such thing: behind the last record of a transaction stands its marker, which no
    source ever reaches.

    Raises:
        SinkError: The topic cannot be read.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            # Never used: partitions are assigned and nothing is committed.
            "group.id": "flink-harness",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 5,
            "log_level": 0,
        }
    )
    found: dict[int, int] = {}
    with contextlib.closing(consumer):
        try:
            for partition in partitions:
                last = _last(consumer, topic, partition)
                if last is not None:
                    found[partition] = last
        except KafkaException as error:
            raise SinkError(f"topic {topic} cannot be read", detail=str(error)) from error
    return found


def _last(consumer: Consumer, topic: str, partition: int) -> int | None:
    first, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=SECONDS)
    look = FIRST_LOOK
    while end > first:
        start = max(first, end - look)
        last = _last_from(consumer, topic, partition, start)
        if last is not None or start == first:
            return last
        look *= 8
    return None


def _last_from(consumer: Consumer, topic: str, partition: int, start: int) -> int | None:
    consumer.assign([TopicPartition(topic, partition, start)])
    last, deadline = None, Deadline(SECONDS)
    while not deadline.passed:
        message = consumer.poll(0.5)
        if message is None:
            continue
        error = message.error()
        if error is None:
            last = message.offset()
        elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
            return last
        else:
            raise KafkaException(error)
    raise SinkError(f"topic {topic} did not end in {SECONDS:.0f} s")
