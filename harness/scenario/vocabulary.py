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
        *("pipeline", "flink", "job", "jobs", "versions", "services", "sources", "tables", "sinks"),
        *("files", "hosts", "given", "finish"),
    ),
)
JOB_KINDS = ("python", "sql", "jar", "managed_flink", "function")
_OF_JOBS = (
    *(*JOB_KINDS, "class", "properties"),
    *("args", "env", "connectors", "parallelism", "config", "python_env"),
)
JOB = Vocabulary(
    "a job", _OF_JOBS, elsewhere=(("reads", "a job under `jobs`"), ("writes", "a job under `jobs`"))
)
ONE_OF_JOBS = Vocabulary("a job", (*_OF_JOBS, "reads", "writes"))
VERSION = Vocabulary("a version of the job", _OF_JOBS)
SERVICES = Vocabulary("`services`", ("kafka", "schema_registry", "postgres", "aws", "opensearch"))
KAFKA_SERVICE = Vocabulary("`kafka` of `services`", ("tls", "sasl", "certificate"))
REGISTRY_SERVICE = Vocabulary("`schema_registry` of `services`", ("tls", "auth", "compatibility"))
POSTGRES_SERVICE = Vocabulary("`postgres` of `services`", ("schema", "database", "user", "password"))
AWS_SERVICE = Vocabulary("`aws` of `services`", ("kinesis",))
KINESIS_SERVICE = Vocabulary("`kinesis` of `aws`", ("shards",))
OPENSEARCH_SERVICE = Vocabulary("`opensearch` of `services`", ())

SCENARIO = Vocabulary(
    "a scenario",
    (
        *("scenario", "pipeline", "tags", "T", "examples", "given", "when", "then", "phases", "finish"),
        *("prove", "timeout", "skip", "known_failure"),
    ),
)
PHASE = Vocabulary("a phase", ("name", "when", "then"))
EXAMPLES = Vocabulary("`examples`", ("file", "sheet", "blank"))

VERBS = (
    *("send", "put", "remove", "settle", "advance", "stop", "start", "savepoint", "kill", "fail"),
    *("cut", "pause", "slow", "heal", "reshard", "evolve", "expect"),
)
NOT_YET = "is part of the language, but this version cannot run it yet"
ALONE = ("settle", "end_of_input")
"""Steps that are one word and no mapping."""

_ROWS = ("rows", "file", "sheet", "blank")
_VOLUME = ("repeat", "generate")
SEND = Vocabulary("a `send`", ("send", *_ROWS, *_VOLUME))
PUT = Vocabulary("a `put`", ("put", *_ROWS, *_VOLUME))
REMOVE = Vocabulary("a `remove`", ("remove", *_ROWS, *_VOLUME))
SETTLE = Vocabulary("a `settle`", ("settle",))
ADVANCE = Vocabulary("an `advance`", ("advance", "only"))
STOP = Vocabulary("a `stop`", ("stop", "job"))
START = Vocabulary("a `start`", ("start", "job", "parallelism", "version", "drop_state"))
SAVEPOINT = Vocabulary("a `savepoint`", ("savepoint", "job"))
KILL = Vocabulary("a `kill`", ("kill", "job"))
FAIL = Vocabulary("a `fail`", ("fail", "of"))
CUT = Vocabulary("a `cut`", ("cut",), elsewhere=(("by", "`slow`"),))
PAUSE = Vocabulary("a `pause`", ("pause",), elsewhere=(("by", "`slow`"),))
SLOW = Vocabulary("a `slow`", ("slow", "by"))
HEAL = Vocabulary("a `heal`", ("heal",), elsewhere=(("by", "`slow`"),))
RESHARD = Vocabulary("a `reshard`", ("reshard", "to"))
EVOLVE = Vocabulary("an `evolve`", ("evolve", "schema"))

_ONLY_JOB = ("state", "restarts", "fails_with", "late", "watermark", "metrics")
_ONLY_SCHEMA = ("version", "fields")
_ONLY_SINK = (
    *(*_ROWS, "new_rows", "changes", "match", "all_columns", "tolerance", "empty", "count"),
    *("each", "unique"),
)
_ONLY_CONSERVED = ("conserves", "by")


def _others(*groups: tuple[tuple[str, ...], str]) -> tuple[tuple[str, str], ...]:
    return tuple((key, where) for keys, where in groups for key in keys)


_OF_JOB = (_ONLY_JOB, "`expect: job`")
_OF_SCHEMA = (_ONLY_SCHEMA, "`expect: schema`")
_OF_SINK = (_ONLY_SINK, "the `expect` of a sink")
_OF_EITHER = (("of",), "`expect: job` and `expect: schema`")
EXPECT_SINK = Vocabulary(
    "an `expect`",
    ("expect", *_ONLY_SINK, *_ONLY_CONSERVED),
    elsewhere=_others(_OF_JOB, _OF_SCHEMA, _OF_EITHER),
)
EXPECT_CONSERVED = Vocabulary(
    "an `expect` with `conserves`",
    ("expect", *_ONLY_CONSERVED),
    elsewhere=_others(_OF_JOB, _OF_SCHEMA, _OF_EITHER, (_ONLY_SINK, "the `expect` of one sink")),
)
EXPECT_JOB = Vocabulary(
    "`expect: job`",
    ("expect", "of", *_ONLY_JOB),
    elsewhere=_others(_OF_SINK, _OF_SCHEMA, (_ONLY_CONSERVED, "the `expect` of sinks")),
)
EXPECT_SCHEMA = Vocabulary(
    "`expect: schema`",
    ("expect", "of", *_ONLY_SCHEMA),
    elsewhere=_others(_OF_SINK, _OF_JOB, (_ONLY_CONSERVED, "the `expect` of sinks")),
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
