"""The places where the rows of a text stand, and the text with other rows in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from harness.codecs.moments import Moment
from harness.codecs.types import Type
from harness.errors import HarnessError
from harness.location import Location
from harness.rows import Cell, Row, Rows
from harness.scenario.rewrite.edits import Edit
from harness.scenario.rewrite.spelling import Form, Unspellable, spell

_VARIABLE = re.compile(r"(?<!\$)\$\{")


class CannotRewrite(HarnessError):
    """Rows that cannot be written, with the reason."""


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row as it shall stand.

    Attributes:
        old: Where the row stands that it is made of, or None for one that was not there.
        values: The fields that change, each with its value or ABSENT; of a new row, all that it has.
    """

    old: Location | None
    values: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """How the values of some rows are written.

    Attributes:
        rows: The rows that are there, whose style is kept.
        types: The types of their columns, as far as they are known.
        clock: What `T` means.
        moving: `T` is another time in each run.
    """

    rows: Rows
    types: Mapping[str, Type | None]
    clock: Moment
    moving: bool = False

    def text(self, column: str, value: object, form: Form, old: Location | None = None) -> str:
        """The text of a value in a column, in the style of the old one or else of another row.

        Raises:
            CannotRewrite: There is none.
        """
        like = self._like(column, old)
        try:
            return spell(value, self.types.get(column), self.clock, form, like, moving=self.moving)
        except Unspellable as error:
            location = old or self.rows.location
            raise CannotRewrite(f"`{column}`: {error}", detail=repr(value), location=location) from None

    def _like(self, column: str, old: Location | None) -> Cell | None:
        row = self._by_place.get(old) if old else None
        own = row.cells.get(column) if row else None
        return own if own is not None and _is_value(own) else self._samples.get(column)

    @cached_property
    def _by_place(self) -> Mapping[Location, Row]:
        return {row.location: row for row in self.rows}

    @cached_property
    def _samples(self) -> Mapping[str, Cell]:
        """Of each column the first cell that is a value."""
        samples: dict[str, Cell] = {}
        for row in self.rows:
            for name, cell in row.cells.items():
                if name not in samples and _is_value(cell):
                    samples[name] = cell
        return samples


def _is_value(cell: Cell) -> bool:
    return not cell.is_matcher and not cell.is_null


class Slots(Protocol):
    """The rows of one text."""

    def places(self) -> Sequence[Location]:
        """Where each row begins."""

    def text_of(self, number: int) -> str:
        """A row as it stands."""

    def changed(self, number: int, values: Mapping[str, object]) -> str:
        """A row with other values."""

    def fresh(self, values: Mapping[str, object]) -> str:
        """A new row."""

    def filled(self, texts: Sequence[Sequence[str]]) -> list[Edit]:
        """The edits that put so many rows, or none, in the place of each; some are left."""


def replaced(slots: Slots, new: Sequence[NewRow]) -> list[Edit]:
    """The edits after which exactly the new rows stand there, in this order.

    A row that is kept stays where it is as far as the order allows, with all that is around it.

    Raises:
        CannotRewrite: A value cannot be written, or a row is filled in from elsewhere.
    """
    numbers = {place: number for number, place in enumerate(slots.places())}
    kept = [numbers[row.old] for row in new if row.old is not None]
    free = iter(sorted(kept))
    texts: list[list[str]] = [[] for _ in numbers]
    before: list[str] = []
    current = before
    for row in new:
        if row.old is None:
            current.append(slots.fresh(row.values))
            continue
        number = numbers[row.old]
        if row.values:
            _refuse_variable(slots, number)
        current = texts[next(free)]
        current.append(slots.changed(number, row.values) if row.values else slots.text_of(number))
    for number in set(numbers.values()) - set(kept):
        _refuse_variable(slots, number)
    texts[0] = before + texts[0]
    return slots.filled(texts)


def joined(
    spans: Sequence[tuple[int, int]], old: Sequence[str], texts: Sequence[Sequence[str]], joint: str
) -> list[Edit]:
    """The edits in a list whose items are separated by a comma; what stands between them stays."""
    edits = []
    last = max(number for number, rows in enumerate(texts) if rows)
    for number, ((start, end), rows) in enumerate(zip(spans, texts, strict=True)):
        if not rows:
            gone = (start, spans[number + 1][0]) if number < last else (spans[number - 1][1], end)
            edits.append(Edit(*gone, ""))
        elif list(rows) != [old[number]]:
            edits.append(Edit(start, end, joint.join(rows)))
    return edits


def _refuse_variable(slots: Slots, number: int) -> None:
    if _VARIABLE.search(slots.text_of(number)):
        fact = "this row is filled in from `examples`: one text stands for several results"
        raise CannotRewrite(fact, hint="edit it by hand", location=slots.places()[number])
