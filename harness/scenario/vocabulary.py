"""The keys and verbs of the language as its readers ask for them, and the nearest word to a wrong one."""

from __future__ import annotations

from collections.abc import Iterable

from harness.errors import did_you_mean, nearest
from harness.scenario.language.expectations import (
    EXPECT_CONSERVED,
    EXPECT_JOB,
    EXPECT_SCHEMA,
    EXPECT_SINK,
)
from harness.scenario.language.keys import Vocabulary
from harness.scenario.language.pipeline import (
    AWS_SERVICE,
    JOB,
    KAFKA_SERVICE,
    KINESIS_SERVICE,
    ONE_OF_JOBS,
    OPENSEARCH_SERVICE,
    PIPELINE,
    POSTGRES_SERVICE,
    REGISTRY_SERVICE,
    SERVICES,
    VERSION,
)
from harness.scenario.language.scenario import (
    EXAMPLES,
    PHASE,
    SCENARIO,
)
from harness.scenario.language.steps import (
    ADVANCE,
    ALONE,
    CUT,
    EVOLVE,
    FAIL,
    HEAL,
    KILL,
    PAUSE,
    PUT,
    REMOVE,
    RESHARD,
    SAVEPOINT,
    SEND,
    SETTLE,
    SLOW,
    START,
    STOP,
    VERBS,
)

__all__ = [
    "ADVANCE",
    "ALONE",
    "AWS_SERVICE",
    "CUT",
    "EVOLVE",
    "EXAMPLES",
    "EXPECT_CONSERVED",
    "EXPECT_JOB",
    "EXPECT_SCHEMA",
    "EXPECT_SINK",
    "FAIL",
    "HEAL",
    "JOB",
    "KAFKA_SERVICE",
    "KILL",
    "KINESIS_SERVICE",
    "NOT_YET",
    "ONE_OF_JOBS",
    "OPENSEARCH_SERVICE",
    "PAUSE",
    "PHASE",
    "PIPELINE",
    "POSTGRES_SERVICE",
    "PUT",
    "REGISTRY_SERVICE",
    "REMOVE",
    "RESHARD",
    "SAVEPOINT",
    "SCENARIO",
    "SEND",
    "SERVICES",
    "SETTLE",
    "SLOW",
    "START",
    "STOP",
    "VERBS",
    "VERSION",
    "Vocabulary",
    "not_yet",
    "suggest",
    "suggested",
]
NOT_YET = "is part of the language, but this version cannot run it yet"


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
