"""A SQL file with its variables filled in: its statements, and where in the file their places stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.location import Location
from harness.sql.filling import Filled, fill
from harness.sql.lines import lines, place
from harness.sql.statements import Statement, split


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSource:
    """A SQL file as it is submitted.

    Attributes:
        path: The file.
        text: What it holds.
        filled: The same with its variables filled in.
        statements: The statements of the filled text.
    """

    path: Path
    text: str
    filled: Filled
    statements: tuple[Statement, ...]

    @classmethod
    def read(cls, path: Path, values: Mapping[str, str]) -> SqlSource:
        """The file with these variables.

        Raises:
            Unclosed: A text, name or comment never ends.
        """
        # Line breaks stay what they are: the columns of a message count them.
        text = path.read_bytes().decode()
        filled = fill(text, values)
        return cls(path=path, text=text, filled=filled, statements=split(filled.text))

    def location(self, offset: int) -> Location:
        """Where in the file a place of the filled text stands; inside of a value: its variable."""
        return Location(self.path, *place(self.text, self.filled.origin(offset)))

    def line(self, location: Location) -> str:
        """A line of the file."""
        return lines(self.text)[location.line - 1]
