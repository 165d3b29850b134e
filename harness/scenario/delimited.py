"""CSV and TSV text to cells, each with its place; quotes as spreadsheets write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.location import Location
from harness.scenario.problems import Problems

SEPARATORS = (",", ";", "\t")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Field:
    """One cell of the file.

    Attributes:
        text: Its text; spaces around it are gone unless it was in quotes.
        location: Where it begins.
        quoted: It stood in the quotes of the file format.
    """

    text: str
    location: Location
    quoted: bool


def read(text: str, path: Path, problems: Problems) -> Iterator[list[Field]]:
    """The lines with anything in them, by the separator of the head; reading ends at a broken quote."""
    head = _BREAK.split(text, maxsplit=1)[0]
    bare = _QUOTED.sub("", head)
    separator = max(SEPARATORS, key=bare.count)
    plain = re.compile(rf"[^{separator}\r\n]*")
    position, line, start = 0, 1, 0
    fields: list[Field] = []
    while position <= len(text):
        where = Location(path, line, position - start + 1)
        quoted = _QUOTED.match(text, position)
        if quoted:
            fields.append(Field(quoted[1].replace('""', '"'), where, quoted=True))
            breaks = list(_BREAK.finditer(quoted[0]))
            if breaks:
                line += len(breaks)
                start = position + breaks[-1].end()
            position = quoted.end()
            if position < len(text) and text[position] not in (separator, "\r", "\n"):
                problems.add(
                    Location(path, line, position - start + 1),
                    "text behind a closing quote",
                    'a quote inside of quotes is written twice: `""`',
                )
                return
        elif text[position : position + 1] == '"':
            problems.add(where, "a quote that is not closed")
            return
        else:
            match = plain.match(text, position)
            assert match is not None
            raw = match[0]
            inset = len(raw) - len(raw.lstrip())
            fields.append(Field(raw.strip(), Location(path, line, where.column + inset), quoted=False))
            position = match.end()
        if position < len(text) and text[position] == separator:
            position += 1
            continue
        if any(field.text or field.quoted for field in fields) or len(fields) > 1:
            yield fields
        fields = []
        ending = _BREAK.match(text, position)
        if not ending:
            return
        line += 1
        position = start = ending.end()
