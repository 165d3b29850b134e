"""The names in the head of rows: fields, nested fields, and what is said about the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.location import Location
from harness.scenario import vocabulary
from harness.scenario.model import System
from harness.scenario.place_words import SHOWN
from harness.scenario.problems import Problems

ABOUT = {
    System.KAFKA: ("$at", "$key", "$partition", "$headers", "$value", "$op"),
    System.KINESIS: ("$at", "$key", "$partition", "$value", "$op"),
    System.SQS: ("$at", "$headers", "$value"),
    System.POSTGRES: (),
    System.DYNAMODB: (),
    System.OPENSEARCH: ("$id", "$index"),
    System.S3: ("$path", "$value"),
    System.FOLDER: ("$path", "$value"),
    System.PRINT: ("$line", "$op"),
    System.MEMORY: ("$at", "$op"),
}
"""What can be said about a record, by where it is."""
_WITH_FIELDS = ("$key", "$headers")
_WHERE = {
    "$at": "a record of Kafka",
    "$key": "a record of Kafka",
    "$partition": "a record of Kafka",
    "$headers": "a record of Kafka",
    "$value": "a record of Kafka",
    "$id": "OpenSearch",
    "$index": "OpenSearch",
    "$path": "s3 and folder",
    "$line": "print",
    "$topic": "a place whose topic is a pattern",
    "$op": "changes",
}


def from_typed(text: str) -> str:
    """The column of a name as it stands in a head.

    Quotes go, but stay where they matter: `"a.b"` is one field with a dot in its name, and `"$a"`
    is a field, while `a.b` is a field in a record and `$at` is about the record.
    """
    if len(text) > 1 and text[0] == text[-1] == '"':
        return from_quoted(text[1:-1])
    return text


def from_quoted(text: str) -> str:
    """The column of a name that was written in quotes."""
    return f'"{text}"' if "." in text or text.startswith("$") else text


def read_head(names: Sequence[tuple[str, Location]], problems: Problems) -> dict[str, Location]:
    """The columns of a head, as typed; an empty or repeated name is noted."""
    head: dict[str, Location] = {}
    for text, location in names:
        column = from_typed(text)
        if not column:
            problems.add(location, "a column without a name")
        elif column in head:
            problems.add(location, f"the column `{column}` is there twice")
        else:
            head[column] = location
    return head


def check_about(columns: Mapping[str, Location], system: System, problems: Problems) -> None:
    """Note every `$name` that a record of `system` has not."""
    for column, location in columns.items():
        if not column.startswith("$"):
            continue
        base, dot, rest = column.partition(".")
        if base == "$headers" and not rest:
            problems.add(location, "`$headers` needs the name of a header", "as in `$headers.trace`")
        elif base not in _WHERE:
            hint = vocabulary.suggest(base, ABOUT[system] or tuple(_WHERE))
            problems.add(
                location, f"`{column}` is unknown", f"{hint}; a field of that name is written in quotes"
            )
        elif base not in ABOUT[system]:
            problems.add(location, f"`{base}` is about {_WHERE[base]}, and this place is on {SHOWN[system]}")
        elif dot and base not in _WITH_FIELDS:
            problems.add(location, f"`{base}` has no fields", f"write `{base}`")
