"""The names in the head of rows: fields, nested fields, and what is said about the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.location import Location
from harness.scenario import vocabulary
from harness.scenario.model import System
from harness.scenario.problems import Problems

_ABOUT_KAFKA = ("$at", "$key", "$partition", "$headers", "$value")
_ABOUT_OTHERS = {
    "$id": "OpenSearch",
    "$index": "OpenSearch",
    "$path": "s3 and folder",
    "$line": "print",
    "$topic": "a place whose topic is a pattern",
    "$op": "`changes`",
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


def check_about(
    columns: Mapping[str, Location], system: System, problems: Problems, *, changes: bool = False
) -> None:
    """Note every `$name` that a record of `system` has not; `changes` have their `$op`."""
    for column, location in columns.items():
        if not column.startswith("$"):
            continue
        base, dot, rest = column.partition(".")
        if changes and column == "$op":
            continue
        if base == "$headers":
            if not rest:
                problems.add(location, "`$headers` needs the name of a header", "as in `$headers.trace`")
        elif base in _ABOUT_OTHERS:
            problems.add(
                location, f"`{base}` is about {_ABOUT_OTHERS[base]}, and this place is on {_shown(system)}"
            )
        elif base not in _ABOUT_KAFKA:
            hint = vocabulary.suggest(base, (*_ABOUT_KAFKA, *_ABOUT_OTHERS))
            problems.add(
                location, f"`{column}` is unknown", f"{hint} A field of that name is written in quotes"
            )
        elif system is not System.KAFKA:
            problems.add(
                location, f"`{base}` is about a record of Kafka, and this place is on {_shown(system)}"
            )
        elif dot and base != "$key":
            problems.add(location, f"`{base}` has no fields", f"write `{base}`")


def _shown(system: System) -> str:
    return system.value.capitalize()
