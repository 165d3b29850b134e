"""Rows from types: every value is one of its field's type, and a seed makes the same rows everywhere."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from harness.codecs.cell_error import CellError
from harness.codecs.cells import read_cell
from harness.codecs.moments import Moment, read_date, read_duration, read_instant, read_local, write_time
from harness.codecs.numbers import as_single
from harness.codecs.paths import split_path
from harness.codecs.record_fields import field_at
from harness.codecs.types import TIMES, Type, TypeKind
from harness.location import Location
from harness.rows import Cell, Row, Word
from harness.scenario.rows.typed_cells import cell_of
from harness.scenario.rows.words import NUMBER, alternatives

MADE = (Word.ONE_OF, Word.BETWEEN, Word.NOT_NULL, Word.UUID)
"""The words that choose a value; all others only match one."""
_NULLS = 0.1
_DEEPEST = 4
_MOST_ITEMS = 3
_SPAN = 1_000_000
_MOST_STEPS = 10**15
"""Values to choose from: a float, which is what random() gives, tells no more apart."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_RELATIVE = re.compile(r"T(?:([+-])(.+))?")
_ZONED = re.compile(r"(?:Z|[+-]\d\d(?::?\d\d)?|\])$")
_SOME_TIME = Moment.from_text("2026-01-01T00:00:00Z")

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What rows are made from.

    Attributes:
        fields: The types of the fields, by column.
        fixed: Cells that are given; one with a word chooses anew for every row.
        key: Fields that differ from row to row as far as their type allows.
        event_time: The field that holds T and as many seconds as rows came before.
        nulls: Null is a value where a type has it; else none is made, because nothing says that it may be.
        location: Where the rows are written.
    """

    fields: Mapping[str, Type]
    fixed: Mapping[str, Cell]
    location: Location
    key: Sequence[str] = ()
    event_time: str | None = None
    nulls: bool = False

    def type_of(self, column: str) -> Type | None:
        """The type of a column, which may name a field inside of another one."""
        path = split_path(column)
        for name, type_ in self.fields.items():
            start = split_path(name)
            if path[: len(start)] == start:
                return field_at(type_, path[len(start) :])
        return None


def fault(cell: Cell, type_: Type | None) -> CellError | None:
    """What is wrong with a cell that is given: a word that makes no value, or one that the type has not."""
    if cell.word in (Word.NOT_NULL, Word.UUID) or "${" in cell.text:
        return None
    if cell.is_matcher and cell.word not in MADE:
        words = ", ".join(f"`<{word.value}>`" for word in MADE)
        return CellError(f"`<{cell.word.value if cell.word else ''}>` matches values and makes none", words)
    chooser = _maker(Template(fields={}, fixed={}, location=cell.location), 0)
    try:
        if cell.word is Word.ONE_OF:
            choices = [_plain(text, cell.location) for text in alternatives(cell.text)]
        elif cell.word is Word.BETWEEN:
            choices = [chooser.between(cell), *_ends(cell)]
        else:
            choices = [cell]
        if type_ is not None:
            for choice in choices:
                read_cell(choice, type_, _SOME_TIME)
    except CellError as error:
        return error
    return None


def rows(template: Template, seed: int, count: int) -> Iterator[Row]:
    """So many rows; the same for the same seed on every machine. `${n}` is still in them."""
    maker = _maker(template, seed)
    for n in range(1, count + 1):
        yield maker.row(n)


def _maker(template: Template, seed: int) -> _Maker:
    by_hand = template.event_time is None or "$at" in template.fixed
    event_time = None if by_hand else split_path(template.event_time or "")
    key = frozenset(split_path(name) for name in template.key)
    return _Maker(random.Random(seed), template, event_time, key)


@dataclass(slots=True)
class _Maker:
    """Makes one row after the other."""

    # Of all its methods only random() promises the same numbers in every version of Python.
    _random: random.Random
    _template: Template
    _event_time: tuple[str, ...] | None
    _key_fields: frozenset[tuple[str, ...]]
    _n: int = 0
    _fixed: dict[tuple[str, ...], Cell] = field(default_factory=dict)

    def row(self, n: int) -> Row:
        """The row of that number."""
        template = self._template
        self._n = n
        cells: dict[str, Cell] = {}
        self._fixed = {}
        for column, cell in template.fixed.items():
            type_ = template.type_of(column)
            made = self._chosen(cell, type_)
            if type_ is None:
                cells[column] = made
            else:
                self._fixed[split_path(column)] = made
        for column, type_ in template.fields.items():
            cells[column] = self._field(split_path(column), type_, 0)
        return Row(cells, template.location)

    # What is given

    def _chosen(self, cell: Cell, type_: Type | None) -> Cell:
        match cell.word:
            case Word.ONE_OF:
                return _plain(self._one_of(alternatives(cell.text)), cell.location)
            case Word.BETWEEN:
                return self.between(cell)
            case Word.UUID:
                return Cell(self._uuid(), cell.location)
            case Word.NOT_NULL:
                return self._value(type_, "value", 0) if type_ else Cell(self._word(), cell.location)
            case _:
                return cell

    def between(self, cell: Cell) -> Cell:
        """A number or a time in the range.

        Raises:
            CellError: Its ends are of two kinds.
        """
        least, _, most = (part.strip() for part in cell.text.partition(" and "))
        numbers = [end for end in (least, most) if NUMBER.fullmatch(end)]
        if len(numbers) == 1:
            raise CellError("the ends of `<between>` are a number and a time", None, cell.location)
        if not numbers:
            return Cell(self._time_between(least, most), cell.location)
        low, high = Decimal(least), Decimal(most)
        step = Decimal((0, (1,), min(int(low.as_tuple().exponent), int(high.as_tuple().exponent), 0)))
        try:
            steps = (high - low) / step
        except ArithmeticError:
            steps = Decimal("Infinity")
        if steps > _MOST_STEPS:
            raise CellError("the ends of `<between>` are too far apart for their digits", None, cell.location)
        value = low + step * self._below(int(steps) + 1)
        return Cell(format(value, "f"), cell.location)

    def _time_between(self, least: str, most: str) -> str:
        low, high = _RELATIVE.fullmatch(least), _RELATIVE.fullmatch(most)
        if low and high:
            start, end = _span(low), _span(high)
            seconds = int((start + self._share(end - start)).total_seconds())
            return f"T{'-' if seconds < 0 else '+'}{abs(seconds)}s"
        if not any(mark in least + most for mark in "T:"):
            day, last_day = read_date(least), read_date(most)
            return (day + self._share(last_day - day, timedelta(days=1))).isoformat()
        read = read_local if _has_no_zone(least) else read_instant
        first, last = read(least), read(most)
        return write_time(first + self._share(last - first))

    def _share(self, span: timedelta, step: timedelta = timedelta(seconds=1)) -> timedelta:
        """So many steps of a span, all of them included."""
        if span < timedelta():
            raise CellError("the ends of `<between>` are the wrong way round")
        return step * self._below(span // step + 1)

    # What is made

    def _field(self, path: tuple[str, ...], type_: Type, depth: int) -> Cell:
        given = self._fixed.get(path)
        if given is not None:
            return given
        if path == self._event_time:
            return self._cell(f"T+{self._n}s")
        if any(len(other) > len(path) and other[: len(path)] == path for other in self._fixed):
            return self._record(path, type_.resolved(), depth)
        if path in self._key_fields:
            return self._key(path[-1], type_.resolved(), depth)
        if self._is_null(type_, depth):
            return self._cell("null")
        return self._value(type_, path[-1], depth, path)

    def _record(self, path: tuple[str, ...], type_: Type, depth: int) -> Cell:
        if type_.kind is TypeKind.UNION:
            branches = [branch.resolved() for branch in type_.branches]
            type_ = next((branch for branch in branches if branch.kind is TypeKind.RECORD), type_)
        items = {name: self._field((*path, name), inner, depth + 1) for name, inner in type_.fields}
        for other, cell in self._fixed.items():
            if len(other) == len(path) + 1 and other[: len(path)] == path:
                items[other[-1]] = cell  # a map, or a field that an open record does not name
        return Cell("", self._template.location, items=items)

    def _key(self, name: str, type_: Type, depth: int) -> Cell:
        if type_.kind is TypeKind.TEXT:
            return self._cell(f"{name}-{self._n}", quoted=True)
        if type_.kind is TypeKind.INTEGER:
            low, high = type_.bounds or (0, 2**63 - 1)
            return self._cell(str(max(low, 0) + self._n % (high - max(low, 0) + 1)))
        return self._value(replace(type_, nullable=False), name, depth)

    def _value(  # noqa: C901, PLR0911, PLR0912  (one kind each)
        self, type_: Type | None, name: str, depth: int, path: tuple[str, ...] = ()
    ) -> Cell:
        type_ = type_.resolved() if type_ else Type(TypeKind.JSON)
        if type_.encoding is not None or type_.kind in TIMES:
            return self._time(type_)
        match type_.kind:
            case TypeKind.NULL:
                return self._cell("null")
            case TypeKind.BOOLEAN:
                return self._cell("true" if self._below(2) else "false")
            case TypeKind.INTEGER:
                return self._cell(str(self._integer(type_)))
            case TypeKind.DECIMAL:
                return self._cell(self._decimal(type_))
            case TypeKind.FLOAT:
                number = self._below(_SPAN) / 1000
                return cell_of(as_single(number) if type_.single else number, self._template.location)
            case TypeKind.UUID:
                return self._cell(self._uuid())
            case TypeKind.ENUM:
                return self._cell(self._one_of(type_.symbols), quoted=True)
            case TypeKind.BYTES:
                size = self._below(16) + 1 if type_.size is None else type_.size
                return cell_of(bytes(self._below(256) for _ in range(size)), self._template.location)
            case TypeKind.ARRAY:
                items = tuple(self._item(type_.of, name, depth) for _ in range(self._length(depth)))
                return Cell("", self._template.location, items=items)
            case TypeKind.MAP:
                entries = {
                    self._word(): self._item(type_.of, name, depth) for _ in range(self._length(depth))
                }
                return Cell("", self._template.location, items=entries)
            case TypeKind.RECORD if path:
                return self._record(path, type_, depth)
            case TypeKind.RECORD:
                inner = {key: self._item(of, key, depth) for key, of in type_.fields}
                return Cell("", self._template.location, items=inner)
            case TypeKind.UNION:
                return self._value(self._branch(type_, depth), name, depth, path)
            case TypeKind.JSON:
                return self._cell(str(self._below(1000)))
            case _:
                return self._cell(f"{name} {self._word()}", quoted=True)

    def _item(self, type_: Type | None, name: str, depth: int) -> Cell:
        if type_ is not None and self._is_null(type_, depth):
            return self._cell("null")
        return self._value(type_, name, depth + 1)

    def _is_null(self, type_: Type, depth: int) -> bool:
        if not (type_.nullable and self._template.nulls):
            return False
        # What refers to itself must end somewhere.
        return depth >= _DEEPEST or self._random.random() < _NULLS

    def _branch(self, type_: Type, depth: int) -> Type:
        plain = tuple(b for b in type_.branches if not b.resolved().fields)
        return self._one_of(plain if plain and depth >= _DEEPEST else type_.branches)

    def _time(self, type_: Type) -> Cell:
        span = f"{self._below(365)}d" if type_.kind is TypeKind.DATE else f"{self._below(86_400)}s"
        return self._cell(f"T+{span}")

    def _integer(self, type_: Type) -> int:
        low, high = type_.bounds or (-_SPAN, _SPAN)
        low, high = max(low, -_SPAN), min(high, _SPAN)
        if low > high:  # bounds far from zero
            return type_.bounds[0] if type_.bounds else 0
        return low + self._below(high - low + 1)

    def _decimal(self, type_: Type) -> str:
        scale = 2 if type_.precision is None else type_.scale or 0
        digits = min(9, type_.precision or 9)
        value = Decimal(self._below(10**digits)).scaleb(-scale)
        return format(-value if self._below(10) == 0 and value else value, "f")

    def _length(self, depth: int) -> int:
        return 0 if depth >= _DEEPEST else self._below(_MOST_ITEMS + 1)

    def _word(self) -> str:
        return "".join(_LETTERS[self._below(len(_LETTERS))] for _ in range(3 + self._below(6)))

    def _uuid(self) -> str:
        number = 0
        for _ in range(4):
            number = number << 32 | self._below(1 << 32)
        return str(uuid.UUID(int=number, version=4))

    def _one_of(self, choices: Sequence[ItemT]) -> ItemT:
        return choices[self._below(len(choices))]

    def _below(self, limit: int) -> int:
        return int(self._random.random() * limit)

    def _cell(self, text: str, *, quoted: bool = False) -> Cell:
        return Cell(text, self._template.location, quoted)


def _plain(text: str, where: Location) -> Cell:
    """One of the values of `<one of A or B>`, which may be in quotes."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return Cell(text[1:-1], where, quoted=True)
    return Cell(text, where)


def _ends(cell: Cell) -> Iterator[Cell]:
    for end in cell.text.split(" and "):
        yield Cell(end.strip(), cell.location)


def _has_no_zone(text: str) -> bool:
    return _ZONED.search(text) is None


def _span(relative: re.Match[str]) -> timedelta:
    span = read_duration(relative[2]) if relative[1] else timedelta()
    return -span if relative[1] == "-" else span
