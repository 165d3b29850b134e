"""A topic with a fixed name is deleted after each scenario, and is another one in the next."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaException, Producer

from harness.clock import Deadline, poll
from harness.environment import KafkaNeed, Needs, TopicNeed
from harness.inputs import kafka
from harness.inputs.payloads import Payload
from harness.session import Session

pytestmark = pytest.mark.integration

TOPIC = "fixed.words"
NEEDS = Needs(kafka=KafkaNeed(topics=(TopicNeed(name=TOPIC, literal=True),)))
WORD = Payload(key=None, value=b"one")


def written(session: Session) -> tuple[str, dict[int, int]]:
    """A lease in which one record is written; returns the broker and the offsets."""
    with session.environment.lease(NEEDS, label="topics", wait_s=60, progress=lambda *_: None) as lease:
        assert lease.grant.kafka is not None
        sent = kafka.Sent()
        kafka.send(lease.grant.kafka.internal, TOPIC, [WORD], sent)
        return lease.grant.kafka.internal, sent.last


def test_a_producer_that_heard_of_the_end_of_a_topic_finds_the_next_one(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, _ = written(session)
    # As ours, but it asks for news at once, and not every few minutes.
    producer = Producer(
        {
            "bootstrap.servers": broker,
            "topic.metadata.refresh.interval.ms": 100,
            "topic.metadata.propagation.max.ms": 100,
            "log_level": 0,
        }
    )
    monkeypatch.setattr(kafka, "_producer", lambda _: producer)

    def knows() -> bool:
        try:
            producer.produce(TOPIC, b"lost")
        except KafkaException:
            return True
        producer.purge()
        return False

    assert poll(knows, Deadline(20))

    assert written(session) == (broker, {0: 0})
