"""Exceptions as a person reads them: every rule with what Flink, its connectors and Python really say."""

from __future__ import annotations

import pytest

from harness.flink.explanations import MOST, reason_of

TOLD = [
    (
        [
            "org.apache.flink.table.api.ValidationException: Unable to create a sink",
            (
                "org.apache.flink.table.api.ValidationException: "
                "Could not find any factory for identifier 'kafak' that "
                "implements 'org.apache.flink.table.factories.DynamicTableFactory' in the classpath.\n\n"
                "Available factory identifiers are:\n\nblackhole\nkafka"
            ),
        ],
        "no jar of the job brings the connector `kafak`",
        "did you mean `kafka`?",
    ),
    (
        [
            (
                "org.apache.flink.table.api.ValidationException: "
                "Could not find any factory for identifier 'avro' that "
                "implements 'org.apache.flink.table.factories.DeserializationFormatFactory' in the classpath."
            )
        ],
        "no jar of the job brings the format `avro`",
        "name its jar under `connectors` of the pipeline's job",
    ),
    (
        ["java.lang.NoClassDefFoundError: org/apache/flink/shaded/guava30/com/google/common/collect/Lists"],
        (
            "the job was built for another version of Flink: the class "
            "org.apache.flink.shaded.guava30.com.google.common.collect.Lists is not in this one"
        ),
        "build it, and choose its connectors, for the version that the pipeline names as `flink`",
    ),
    (
        [
            "java.lang.NoClassDefFoundError: org/apache/flink/connector/kafka/source/KafkaSource",
            "java.lang.ClassNotFoundException: org.apache.flink.connector.kafka.source.KafkaSource",
        ],
        "no jar of the job holds the class org.apache.flink.connector.kafka.source.KafkaSource",
        "is its jar named under `connectors` of the pipeline's job, or packed into the job's own?",
    ),
    (
        ["java.lang.NoSuchMethodError: 'void com.google.common.base.Preconditions.check(boolean)'"],
        "two jars of the job do not fit each other: Preconditions.check() is missing",
        "they hold a library in two versions; build them with one of them",
    ),
    (
        [
            (
                "java.lang.ClassCastException: "
                "class org.apache.kafka.OffsetResetStrategy cannot be cast to class "
                "org.apache.kafka.OffsetResetStrategy (they are in unnamed modules of two loaders)"
            )
        ],
        (
            "the class org.apache.kafka.OffsetResetStrategy is there twice: "
            "once with Flink and once in a jar of the job"
        ),
        "take it out of the job's jar (`provided`), or out of `connectors`",
    ),
    (
        [
            "org.apache.flink.util.FlinkRuntimeException: Failed to get metadata for topics [wrods].",
            "java.util.concurrent.ExecutionException",
            (
                "org.apache.kafka.common.errors.UnknownTopicOrPartitionException: "
                "This server does not host this topic-partition."
            ),
        ],
        "the job uses the topic `wrods`, which is not there",
        "does the job use the names that the pipeline gives it, such as ${sources.NAME.name}?",
    ),
    (
        ["java.net.UnknownHostException: kafka-0"],
        "the job looks for the host `kafka-0`, which is not there",
        "map it in `hosts` of the pipeline",
    ),
    (
        ["org.postgresql.util.PSQLException: Connection to localhost:5432 refused. Check that the hostname"],
        "nobody answers at localhost:5432, where the job connects to",
        None,
    ),
    (
        ["java.lang.OutOfMemoryError: Metaspace"],
        "Flink's JVM ran out of memory: Metaspace",
        None,
    ),
    (
        ["java.io.NotSerializableException: com.example.Client"],
        "com.example.Client cannot be sent to the workers: it is not serializable",
        "make it in `open()`, on the worker, instead of in the constructor",
    ),
]


@pytest.mark.parametrize(("chain", "fact", "hint"), TOLD, ids=[fact[:40] for _, fact, _ in TOLD])
def test_a_known_exception_is_told_in_plain_words(chain: list[str], fact: str, hint: str | None) -> None:
    reason = reason_of(chain)

    assert (reason.fact, reason.hint, reason.known, reason.of_record) == (fact, hint, True, False)


@pytest.mark.parametrize(
    ("chain", "fact"),
    [
        (["org.example.Wrapper: x", "com.example.Odd$Failure: the cat sat"], "Odd$Failure: the cat sat"),
        (["java.lang.NullPointerException"], "NullPointerException"),
        (["ValueError: no\nmore lines"], "ValueError: no"),
        (["something broke"], "something broke"),
        ([], "unknown"),
    ],
)
def test_what_no_rule_knows_is_told_as_it_is(chain: list[str], fact: str) -> None:
    reason = reason_of(chain)

    assert (reason.fact, reason.known, reason.of_record) == (fact, False, True)


def test_a_fact_is_one_line_that_a_person_reads() -> None:
    reason = reason_of([f"java.lang.IllegalStateException: {'very ' * 200}long"])

    assert len(reason.fact) <= MOST
    assert reason.fact.endswith(" ...")


def test_a_record_that_does_not_fit_may_be_named() -> None:
    chain = [
        'java.io.IOException: Failed to deserialize JSON \'{"id":"x"}\'.',
        "org.apache.flink.formats.json.JsonParseException: Fail to deserialize at field: id.",
    ]

    reason = reason_of(chain)

    assert reason.fact == "a record does not fit the columns that the job reads, at the field `id`"
    assert reason.of_record
