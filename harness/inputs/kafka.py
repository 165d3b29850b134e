"""Writing rows to a topic, and the exact offset that each partition's last record got."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from harness.clock import Deadline, pause
from harness.errors import InputError
from harness.inputs.payloads import Payload, payloads, removals

__all__ = ["Payload", "Sent", "payloads", "removals", "send"]

FLUSH_SECONDS = 30.0
LOOK_S = 0.01
_GONE = (KafkaError._UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART)  # noqa: SLF001 - its public name
KNOWN_SECONDS = 10.0
"""How long a producer that is kept may take to learn that a topic is there again."""
BY_KEY = -1
"""librdkafka's word for the partition that the key falls into."""
NOW = 0
"""librdkafka's word for the time of writing."""


@dataclass(kw_only=True)
class Sent:
    """What was written.

    Attributes:
        count: How many records.
        last: The last offset per partition.
        newest: The newest time that a record was given per partition, in milliseconds since 1970.
    """

    count: int = 0
    last: dict[int, int] = field(default_factory=dict)
    newest: dict[int, int] = field(default_factory=dict)


@lru_cache(maxsize=4)
def _producer(bootstrap: str) -> Producer:
    return Producer(
        {
            "bootstrap.servers": bootstrap,
            "acks": "all",
            "linger.ms": 0,
            # What Java producers use, so that a key falls into the same partition as in production.
            "partitioner": "murmur2_random",
            "log_level": 0,
        }
    )


def _produce(
    producer: Producer,
    topic: str,
    record: Payload,
    delivered: Callable[[KafkaError | None, Message], None],
) -> None:
    known = Deadline(KNOWN_SECONDS)
    while True:
        try:
            producer.produce(
                topic,
                value=record.value,
                key=record.key,
                headers=list(record.headers),
                partition=BY_KEY if record.partition is None else record.partition,
                timestamp=NOW if record.timestamp_ms is None else record.timestamp_ms,
                on_delivery=delivered,
            )
        except BufferError:
            producer.poll(0.1)
        except KafkaException as error:
            if error.args[0].code() not in _GONE or known.passed:
                raise InputError(f"topic {topic} took no record", detail=str(error)) from error
            # A topic of that name was deleted after an earlier scenario, which is all that this one heard.
            producer.list_topics(topic, timeout=FLUSH_SECONDS)
            pause(LOOK_S)
        else:
            return


def send(bootstrap: str, topic: str, records: Iterable[Payload], into: Sent) -> None:
    """Write records and note the last offset of every partition from the delivery reports.

    Raises:
        InputError: The broker did not take a record.
    """
    producer = _producer(bootstrap)
    failed: list[KafkaError] = []

    def delivered(error: KafkaError | None, message: Message) -> None:
        partition, offset = message.partition(), message.offset()
        if error is not None:
            failed.append(error)
        elif partition is not None and offset is not None:
            into.count += 1
            into.last[partition] = max(offset, into.last.get(partition, -1))
            time = message.timestamp()[1]
            into.newest[partition] = max(time, into.newest.get(partition, time))

    try:
        for record in records:
            _produce(producer, topic, record, delivered)
    finally:
        # Also where a row is wrong: what was taken must not turn up in another scenario's flush.
        left = producer.flush(FLUSH_SECONDS)
    if failed or left:
        detail = failed[0].str() if failed else f"{left} records unacknowledged after {FLUSH_SECONDS:.0f} s"
        raise InputError(f"topic {topic} did not take every record", detail=detail)
