"""The name behind `kafka:`, `postgres:`, `s3:` and the others: what each system allows."""

from __future__ import annotations

import re

from harness.scenario import vocabulary
from harness.scenario.language.choices import STREAMS
from harness.scenario.model import FRESH, System
from harness.scenario.yaml.reader import Fields

_FORMS = {
    System.KAFKA: (
        r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}",
        "topic",
        "a topic is letters, digits, `.`, `_` and `-`",
    ),
    System.KINESIS: (
        r"[A-Za-z0-9._-]{1,128}",
        "stream",
        "a stream is letters, digits, `.`, `_` and `-`, 128 at most",
    ),
    System.SQS: (
        r"[A-Za-z0-9_-]{1,80}(?:\.fifo)?",
        "queue",
        "a queue is letters, digits, `_` and `-`, 80 at most",
    ),
    System.POSTGRES: (
        r'(?:[^\W\d][\w$]*|"[^"]+")(?:\.(?:[^\W\d][\w$]*|"[^"]+"))?',
        "table",
        "as in `public.orders`",
    ),
    System.DYNAMODB: (
        r"[A-Za-z0-9._-]{3,255}",
        "table",
        "a table of DynamoDB is letters, digits, `.`, `_` and `-`, 3 to 255",
    ),
    System.OPENSEARCH: (
        r"(?![-_+])[^A-Z\s\\/?\"<>|,#:]{1,255}",
        "index",
        "an index is lower case; a pattern such as `trips-*` stands for several",
    ),
    System.S3: (
        r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "bucket",
        "a bucket is lower case letters, digits, `.` and `-`, 3 to 63",
    ),
    System.FOLDER: (r"[^\0]+", "folder", "as in `out/orders`"),
    System.MEMORY: (r"[A-Za-z_]\w*", "name", "the parameter of the function, or the key of what it returns"),
}


def read(fields: Fields, system: System) -> str | None:
    """The name of a place, or None where none is given; one that cannot be is noted."""
    scalar = fields.scalar(system.value)
    if scalar is None:
        return None
    text = scalar.text.strip()
    problems = fields.problems
    if system is System.PRINT:
        if text not in STREAMS:
            hint = vocabulary.suggest(text, STREAMS, what="streams")
            problems.add(scalar.location, f"`{text}` is no output of a job", hint)
        return text
    if text == FRESH:
        if system is System.POSTGRES:
            problems.add(
                scalar.location,
                "a fresh table is part of the language, but this version cannot make one yet",
                "name a table of `schema:`; every scenario has a database of its own anyway",
            )
        elif system is System.MEMORY:
            problems.add(scalar.location, "what is in memory is new in every scenario", "give it a name")
        return text
    pattern, noun, hint = _FORMS[system]
    if text[:1] == "<":
        problems.add(scalar.location, f"`{text}` is no name of a place", "did you mean `<fresh>`?")
    elif not re.fullmatch(pattern, text):
        problems.add(scalar.location, f"`{text}` is no {noun}", hint)
    return text
