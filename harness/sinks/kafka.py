"""Reading everything that a topic holds: once, to its end, with the isolation of a careful consumer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # not in `__all__`

from harness.clock import Deadline, poll
from harness.codecs.json_format import DecodeError
from harness.connections.schema_registry import Registry
from harness.errors import SinkError
from harness.scenario.model import Mode, Place
from harness.sinks.decoding import Decoder, decoder_of
from harness.sinks.record import Read, Record

READ_SECONDS = 30.0
VISIBLE_SECONDS = 10.0
SHOWN_BYTES = 200


@lru_cache(maxsize=4)
def _admin(bootstrap: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})


def wait_until_visible(bootstrap: str, topic: str, partitions: int) -> None:
    """Wait until no transaction is open: a commit returns before its marker is written.

    To be called after an accepted checkpoint only; before one, an open transaction may still be aborted.

    Raises:
        SinkError: A transaction stays open.
    """
    admin = _admin(bootstrap)
    latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # the only way to ask for the end
    asked = {TopicPartition(topic, p): latest for p in range(partitions)}

    def ends(isolation: IsolationLevel) -> dict[int, int]:
        try:
            answers = admin.list_offsets(asked, isolation_level=isolation, request_timeout=READ_SECONDS)
            return {tp.partition: future.result().offset for tp, future in answers.items()}
        except KafkaException as error:
            raise _unreadable(topic, error) from error

    high = ends(IsolationLevel.READ_UNCOMMITTED)

    def stable() -> bool:
        return all(offset >= high[p] for p, offset in ends(IsolationLevel.READ_COMMITTED).items())

    if not poll(stable, Deadline(VISIBLE_SECONDS)):
        raise SinkError(
            f"a transaction on topic {topic} stays open",
            detail=f"records up to {high} are written, and not all of them are committed",
        )


def read(bootstrap: str, place: Place, topic: str, registry: Registry | None = None) -> Read:
    """Every record of a topic, typed; of an `upsert` sink the last one of each key.

    Args:
        bootstrap: The broker.
        place: The sink.
        topic: Its topic.
        registry: Where the schemas of its records are, if its format has any.

    Raises:
        SinkError: The topic cannot be read to its end.
        ServiceError: The registry does not answer.
    """
    decoder = decoder_of(place, registry)
    messages = list(_messages(bootstrap, topic, place))
    if place.mode is Mode.UPSERT:
        messages = _folded(messages)
    records = tuple(_record(message, place, decoder) for message in messages)
    return Read(records=records, types=decoder.types, closed=decoder.closed, always=decoder.always)


def _messages(bootstrap: str, topic: str, place: Place) -> Iterator[Message]:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            # Never used: partitions are assigned and nothing is committed.
            "group.id": "flink-harness",
            "isolation.level": place.isolation,
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
            partitions = metadata.partitions
            consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
            open_, deadline = set(partitions), Deadline(READ_SECONDS)
            while open_:
                message = consumer.poll(0.5)
                if message is not None:
                    deadline = Deadline(READ_SECONDS)
                    error = message.error()
                    if error is None:
                        yield message
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


def _folded(messages: list[Message]) -> list[Message]:
    """The last message of each key; a null value deletes."""
    last: dict[bytes | None, Message] = {}
    for message in messages:
        key = message.key()
        last.pop(key, None)
        if message.value() is not None:
            last[key] = message
    return list(last.values())


def _record(message: Message, place: Place, decoder: Decoder) -> Record:
    origin = f"{message.topic()}[{message.partition()}]@{message.offset()}"
    data = message.value()
    about = _about(message, data)
    if place.format == "raw" or data is None:
        return Record(values=about, origin=origin)
    try:
        fields = decoder.decode(data)
    except DecodeError as error:
        return Record(values=about, origin=origin, undecodable=f"{error}: {_shown(data)}")
    return Record(values={**about, **fields}, origin=origin)


def _about(message: Message, data: bytes | None) -> dict[str, object]:
    kind, millis = message.timestamp()
    headers = message.headers() or []
    assert isinstance(headers, list), "a dict is what a producer may give"
    return {
        "$key": _text(message.key()),
        "$partition": message.partition(),
        "$at": datetime.fromtimestamp(millis / 1000, UTC) if kind else None,
        **{f"$headers.{name}": _text(value) for name, value in headers},
        "$value": _text(data),
    }


def _text(data: bytes | str | None) -> object:
    """Bytes as text where they are text, so that a key reads as it was written."""
    if not isinstance(data, bytes):
        return data
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _shown(data: bytes) -> str:
    return repr(data[:SHOWN_BYTES])[2:-1] + ("..." if len(data) > SHOWN_BYTES else "")
