"""A topic of a running broker to a place: its partitions, its last records, and what its registry knows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from confluent_kafka import OFFSET_INVALID, Consumer, KafkaException, TopicPartition

from harness.clock import Deadline
from harness.codecs.json_format import DecodeError
from harness.codecs.schema import FORMATS, Language, Schema
from harness.codecs.types import TypeKind
from harness.connections.schema_registry import Registry
from harness.errors import ServiceError, SettingsError, did_you_mean
from harness.scaffold.flink_types import types_of
from harness.scaffold.found import NO_EVENT_TIME, FoundPlace, Saved, place_name
from harness.scaffold.json_records import Guess, guess, objects
from harness.scenario.model import System
from harness.scenario.places.places import Role
from harness.scenario.places.schemas import ENDINGS

ANSWER_S = 10.0
_MAGIC_BYTES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a broker has of a topic."""

    name: str
    partitions: int
    keys: tuple[bytes | None, ...]
    values: tuple[bytes, ...]


def read_topic(bootstrap: str, name: str, most: int) -> Topic:
    """The partitions of a topic, and about so many of its last records.

    Raises:
        ServiceError: No broker answers.
        SettingsError: There is no such topic.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"harness-init-{uuid.uuid4()}",  # joined by nobody, and nothing is committed to it
            "enable.auto.commit": False,
            "enable.partition.eof": False,
            "log_level": 0,
        }
    )
    try:
        return _read(consumer, name, most)
    except KafkaException as error:
        fact = f"no broker answers at {bootstrap}"
        raise ServiceError(fact, detail=str(error.args[0]), hint="is the address right?") from None
    finally:
        consumer.close()


def place_of(topic: Topic, role: Role, registry: Registry | None) -> FoundPlace:
    """The place that a topic is.

    Raises:
        ServiceError: The registry does not answer.
    """
    todo: list[str] = []
    schema = _schema(topic, registry, todo)
    records = objects(topic.values) if topic.values and schema is None else None
    found = Guess() if records is None else guess(records, topic.keys)
    format_: str | None = None
    saved = None
    if schema is not None:
        language, format_ = schema.language, _format_of(schema.language)
        saved = Saved(name=f"{place_name(topic.name)}{ENDINGS[language][0]}", text=schema.text)
        found = Guess(event_time=_event_time(schema))
    elif records is not None:
        format_ = "json"
    elif topic.values:
        format_ = "raw"
        todo.append("its records are no JSON; each is one `$value` here")
    else:
        todo.append("the topic is empty: say how bytes become fields (`format`)")
    if role is Role.SOURCE and not found.event_time and format_ != "raw":
        todo.append(NO_EVENT_TIME)
    if any(topic.keys) and not found.key and role is Role.SOURCE:
        todo.append("its records have keys: name the field that goes into them (`key`)")
    types = dict(schema.record.fields) if schema else types_of(dict(found.columns))
    return FoundPlace(
        name=place_name(topic.name),
        role=role,
        system=System.KAFKA,
        address=topic.name,
        format=format_,
        columns=found.columns,
        types=types,
        times=found.times,
        key=found.key,
        event_time=found.event_time if role is Role.SOURCE else None,
        partitions=topic.partitions,
        schema=saved,
        todo=tuple(todo),
    )


def _read(consumer: Consumer, name: str, most: int) -> Topic:
    known = consumer.list_topics(timeout=ANSWER_S).topics
    if name not in known or known[name].error is not None:
        own = [topic for topic in known if not topic.startswith("__")]
        raise SettingsError(f"there is no topic `{name}`", hint=did_you_mean(name, own, what="topics"))
    partitions = list(known[name].partitions)
    each = -(-most // max(1, len(partitions)))
    wanted, assigned = 0, []
    for number in partitions:
        low, high = consumer.get_watermark_offsets(TopicPartition(name, number), timeout=ANSWER_S)
        if high > low >= 0 and high != OFFSET_INVALID:
            start = max(low, high - each)
            wanted += high - start
            assigned.append(TopicPartition(name, number, start))
    keys: list[bytes | None] = []
    values: list[bytes] = []
    if assigned:
        consumer.assign(assigned)
    # Markers of transactions have offsets too and never come, so that only the deadline may end this.
    deadline = Deadline(ANSWER_S if wanted else 0)
    while wanted > 0 and not deadline.passed:
        messages = consumer.consume(wanted, timeout=min(1.0, deadline.left))
        if not messages and values:
            break
        for message in messages:
            wanted -= 1
            value = message.value()
            if message.error() is None and value is not None:
                keys.append(message.key())
                values.append(value)
    return Topic(name=name, partitions=len(partitions), keys=tuple(keys), values=tuple(values))


def _schema(topic: Topic, registry: Registry | None, todo: list[str]) -> Schema | None:
    """The schema that the last record names, else the newest of the topic's subject."""
    named = [v for v in topic.values if v[:1] == b"\0" and len(v) >= _MAGIC_BYTES]
    if registry is None:
        if named and len(named) == len(topic.values):
            todo.append("its records name a schema: run `harness init` with `--registry URL`")
        return None
    try:
        if named:
            return registry.schema(int.from_bytes(named[-1][1:_MAGIC_BYTES], "big"))
        return registry.latest(f"{topic.name}-value") if not topic.values else None
    except DecodeError as error:
        todo.append(f"the registry was asked for its schema: {error}")
        return None


def _format_of(language: Language) -> str:
    return next(name for name, known in FORMATS.items() if known is language)


def _event_time(schema: Schema) -> str | None:
    times = [
        name
        for name, type_ in schema.record.fields
        if type_.resolved().kind in (TypeKind.INSTANT, TypeKind.LOCAL_TIMESTAMP)
    ]
    named = [name for name in times if "event" in name or "occur" in name]
    return next(iter([*named, *times]), None)
