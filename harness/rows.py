"""Rows as a user wrote them: cells keep their text, the type of the field reads it later."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import overload

from harness.location import Location


class Word(Enum):
    """The `<word ...>` forms: matchers, and the spelled-out literals that `send` takes too."""

    ANY = "any"
    NOT_NULL = "not null"
    ABSENT = "absent"
    REGEX = "regex"
    UUID = "uuid"
    NEAR = "near"
    BETWEEN = "between"
    AT_LEAST = "at least"
    AT_MOST = "at most"
    AFTER = "after"
    BEFORE = "before"
    ONE_OF = "one of"
    NOT = "not"
    UNORDERED = "unordered"
    JSON = "json"
    SAME = "same"
    TEXT = "text"
    HEX = "hex"
    BASE64 = "base64"


LITERALS = frozenset({Word.TEXT, Word.HEX, Word.BASE64})
"""The words that spell out a value instead of matching one."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value as it was typed.

    Attributes:
        text: The text, outer spaces gone and table escapes resolved; of a `<word ...>` its argument.
        location: Where it stands.
        quoted: It was written in quotes, so it is text whatever a plain value would be.
        word: The matcher or spelled-out literal, if the cell was wholly `<word ...>`.
        items: The values of a nested YAML list or mapping; `text` is then "".
    """

    text: str
    location: Location
    quoted: bool = False
    word: Word | None = None
    items: tuple[Cell, ...] | Mapping[str, Cell] | None = None

    @property
    def is_null(self) -> bool:
        """Whether the cell says `null` (not the text "null")."""
        return self.text == "null" and not self.quoted and self.word is None and self.items is None

    @property
    def is_matcher(self) -> bool:
        """Whether the cell matches values instead of being one."""
        return self.word is not None and self.word not in LITERALS

    def shown(self) -> str:
        """The cell as it was written, for messages."""
        if self.word is not None:
            return f"<{self.word.value} {self.text}>" if self.text else f"<{self.word.value}>"
        return f'"{self.text}"' if self.quoted else self.text


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the fields that are there, in the order of the columns. A left-out field is absent."""

    cells: Mapping[str, Cell]
    location: Location

    def about(self) -> dict[str, Cell]:
        """The `$name` cells: what is said about the record, without the `$`."""
        return {name[1:]: cell for name, cell in self.cells.items() if name.startswith("$")}

    def fields(self) -> dict[str, Cell]:
        """The cells of the record itself, keyed by dotted path."""
        return {name: cell for name, cell in self.cells.items() if not name.startswith("$")}


class LazyRows(Sequence[Row]):
    """Rows that every walk makes again, so that a million of them need no memory.

    An index walks to its row: they are for one after the other.
    """

    def __init__(self, walk: Callable[[], Iterator[Row]], count: int) -> None:
        self._walk = walk
        self._count = count

    def __iter__(self) -> Iterator[Row]:
        return self._walk()

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            wanted = range(self._count)[index]
            if wanted.step < 0:
                return tuple(self)[index]
            return tuple(islice(self._walk(), wanted.start, wanted.stop, wanted.step))
        return next(islice(self._walk(), range(self._count)[index], None))


@dataclass(frozen=True, slots=True)
class Rows:
    """A table, list or file of rows.

    Attributes:
        columns: The names of the head, with the place each was written at. A YAML list has the
            union of its keys, in order of first appearance.
        rows: The rows; many of them are lazy, and every walk over them gives the same.
        location: Where the rows begin.
        seed: What the rows were made from, where nobody wrote them.
    """

    columns: Mapping[str, Location]
    rows: Sequence[Row]
    location: Location
    seed: int | None = None

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)
