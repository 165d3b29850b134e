"""The keys and verbs of the language: which exist, and which this version can run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.errors import did_you_mean, nearest


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The keys of one kind of mapping.

    Attributes:
        what: The mapping, as in "unknown key `x` in a pipeline".
        keys: The keys that can be used.
        later: The keys that are part of the language, but that this version cannot run yet.
        elsewhere: Keys that belong to another form of the same mapping, with where they belong.
    """

    what: str
    keys: tuple[str, ...]
    later: tuple[str, ...] = ()
    elsewhere: tuple[tuple[str, str], ...] = ()


PIPELINE = Vocabulary(
    "a pipeline",
    (
        *("pipeline", "flink", "job", "services", "sources", "tables", "sinks"),
        *("files", "hosts", "given", "finish"),
    ),
    ("jobs", "versions"),
)
JOB = Vocabulary(
    "a job",
    (
        *("python", "jar", "class", "managed_flink", "properties"),
        *("args", "env", "connectors", "parallelism", "config", "python_env"),
    ),
    ("sql", "function", "reads", "writes"),
)
JOB_KINDS = ("python", "sql", "jar", "managed_flink", "function")
SERVICES = Vocabulary("`services`", ("kafka", "schema_registry", "postgres"), ("aws", "opensearch"))
KAFKA_SERVICE = Vocabulary("`kafka` of `services`", ("tls", "sasl", "certificate"))
REGISTRY_SERVICE = Vocabulary("`schema_registry` of `services`", ("tls", "auth", "compatibility"))
POSTGRES_SERVICE = Vocabulary("`postgres` of `services`", ("schema", "database", "user", "password"))

SYSTEMS = ("kafka", "postgres")
LATER_SYSTEMS = ("kinesis", "sqs", "dynamodb", "opensearch", "s3", "folder", "print", "memory")
_LATER_OF_PLACES = ("key_format", "heartbeat", "partitioned_by", "index")
_OF_RECORDS = ("format", "schema", "message", "columns", "times", "partitions")
_KAFKA = tuple((key, "Kafka") for key in _OF_RECORDS)
_SINK = tuple((key, "a sink") for key in ("mode", "dead_letter", "isolation", "delivery", "ignore"))

KAFKA_SOURCE = Vocabulary(
    "a source on Kafka",
    ("kafka", *_OF_RECORDS, "key", "event_time"),
    _LATER_OF_PLACES,
    _SINK,
)
KAFKA_TABLE = Vocabulary(
    "a table on Kafka",
    ("kafka", *_OF_RECORDS, "key"),
    _LATER_OF_PLACES,
    (*_SINK, ("event_time", "a source")),
)
KAFKA_SINK = Vocabulary(
    "a sink on Kafka",
    ("kafka", *_OF_RECORDS, "key", "mode", "dead_letter", "isolation", "delivery", "ignore"),
    _LATER_OF_PLACES,
    (("event_time", "a source"),),
)
POSTGRES_SOURCE = Vocabulary("a source on Postgres", ("postgres", "key", "event_time"), (), (*_KAFKA, *_SINK))
POSTGRES_TABLE = Vocabulary(
    "a table on Postgres", ("postgres", "key"), (), (*_KAFKA, *_SINK, ("event_time", "a source"))
)
POSTGRES_SINK = Vocabulary(
    "a sink on Postgres",
    ("postgres", "key", "mode", "dead_letter", "delivery", "ignore"),
    (),
    (*_KAFKA, ("isolation", "Kafka"), ("event_time", "a source")),
)

SCENARIO = Vocabulary(
    "a scenario",
    (
        "scenario",
        "pipeline",
        "tags",
        "T",
        "given",
        "when",
        "then",
        "finish",
        "timeout",
        "skip",
        "known_failure",
    ),
    ("phases", "examples", "prove"),
)

VERBS = ("send", "put", "remove", "evolve", "expect")
LATER_VERBS = (
    *("advance", "stop", "start", "savepoint", "kill", "fail"),
    *("cut", "pause", "slow", "heal", "reshard"),
)
NOT_YET = "is part of the language, but this version cannot run it yet"
ALONE = ("settle", "end_of_input")
"""Steps that are one word and no mapping."""

_WRITTEN = ("rows", "file", "blank", "sheet", "repeat", "generate")
SEND = Vocabulary("a `send`", ("send", *_WRITTEN))
PUT = Vocabulary("a `put`", ("put", *_WRITTEN))
REMOVE = Vocabulary("a `remove`", ("remove", *_WRITTEN))
EVOLVE = Vocabulary("an `evolve`", ("evolve", "schema"))
_OF_JOB = tuple(
    (key, "`expect: job`") for key in ("state", "restarts", "fails_with", "late", "watermark", "metrics")
)
_OF_SINK = tuple(
    (key, "the `expect` of a sink")
    for key in (
        "rows",
        "file",
        "blank",
        "match",
        "all_columns",
        "empty",
        "count",
        "new_rows",
        "changes",
        "each",
        "unique",
        "conserves",
        "by",
        "tolerance",
        "sheet",
    )
)
EXPECT_SINK = Vocabulary(
    "an `expect`",
    ("expect", "rows", "file", "blank", "sheet", "match", "all_columns", "empty", "count"),
    ("new_rows", "changes", "each", "unique", "conserves", "by", "tolerance"),
    _OF_JOB,
)
EXPECT_JOB = Vocabulary(
    "`expect: job`",
    ("expect", "state", "restarts", "fails_with"),
    ("of", "late", "watermark", "metrics"),
    _OF_SINK,
)


def not_yet(words: str) -> str:
    """The message for what the language has and this version has not."""
    return f"`{words}` {NOT_YET}"


def suggest(word: str, known: Iterable[str], *, what: str = "known") -> str:
    """A hint with the nearest known word, whatever its case, else with all of them."""
    known = tuple(known)
    match = suggested(word, known)
    return f"did you mean `{match}`?" if match else did_you_mean(word, known, what=what)


def suggested(word: str, known: Iterable[str]) -> str | None:
    """The known word that was meant, whatever its case."""
    known = tuple(known)
    forms = (word, word.lower(), word.upper())
    same = next((form for form in forms if form in known), None)
    return same or next((match for form in forms if (match := nearest(form, known))), None)
