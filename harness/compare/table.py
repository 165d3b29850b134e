"""The rows of a comparison, column by column: values to show, and hashable codes to compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from harness.codecs.paths import ABSENT, pick, split_path
from harness.compare.captures import hold, names_in, ways_of
from harness.compare.equality import PLAIN, canonical
from harness.compare.matchers import Capture, Matcher, is_matcher
from harness.location import Location

Code: TypeAlias = "tuple[object, ...]"
"""Stands for the compared columns of a row; rows are equal exactly if their codes are."""


@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """A row as it was expected.

    Attributes:
        values: Values and matchers, keyed by column; an absent field is a missing key.
        location: The line it was written on.
    """

    values: Mapping[str, object | Matcher]
    location: Location


@dataclass(frozen=True, slots=True)
class ActualRow:
    """A row that is there.

    Attributes:
        values: The typed record as it is, nested records nested; what is about the record is keyed
            `$at`, `$headers.x` and so on. An absent field is a missing key.
        origin: Where the record stands (`card.rejected[0]@3`), or None.
    """

    values: Mapping[str, object]
    origin: str | None = None


class Table:
    """Both sides of a comparison, by index.

    Attributes:
        columns: The columns that are compared.
        wanted: Per expected row, per column: a code or a matcher.
        exact: Per expected row, its code; None where it has matchers.
        codes: Per actual row, its code; where all columns count, it ends with the names of all others.
        there: Per actual row, its values.
        named: The expected rows with names that have taken no value yet.
    """

    def __init__(
        self,
        expected: Sequence[ExpectedRow],
        actual: Sequence[ActualRow],
        columns: Sequence[str],
        *,
        all_columns: bool,
    ) -> None:
        self.expected, self.actual, self.columns = list(expected), actual, tuple(columns)
        self.all_columns = all_columns
        tail: Code = ((),) if all_columns else ()
        simple = all(split_path(name) == (name,) for name in columns)
        self.there = [
            tuple(row.values.get(n, ABSENT) for n in columns)
            if simple
            else tuple(pick(row.values, n) for n in columns)
            for row in actual
        ]
        self.codes: list[Code] = [_code(values) for values in self.there]
        if all_columns:
            self.codes = [(*c, self.extras(j)) for j, c in enumerate(self.codes)]
        self.wanted: list[Code] = []
        self.exact: list[Code | None] = []
        for row in expected:
            wanted, exact = _wanted(row.values, columns)
            self.wanted.append(wanted)
            self.exact.append(None if not exact else (*wanted, *tail) if tail else wanted)
        self.named = {i for i, code in enumerate(self.exact) if code is None and any(self.names(i))}

    def names(self, i: int) -> Iterator[str]:
        """The names in an expected row that have taken no value yet."""
        for want in self.wanted[i]:
            yield from names_in(want)

    def hold(self, captures: Mapping[str, Capture]) -> None:
        """Give names the values that they have taken, in every row that has them."""
        for i in self.named:
            row = self.expected[i]
            values = {name: hold(value, captures) for name, value in row.values.items()}
            self.expected[i] = ExpectedRow(values, row.location)
            self.wanted[i], _ = _wanted(values, self.columns)
        self.named = {i for i in self.named if any(self.names(i))}

    def parts(self, i: int, j: int) -> Iterator[tuple[object, object, bool]]:
        """What is expected of an actual row where names are, what is there, and whether it is."""
        for want, value in zip(self.wanted[i], self.there[j], strict=True):
            if is_matcher(want) and any(names_in(want)):
                yield want, value, value is not ABSENT

    def extras(self, j: int) -> tuple[str, ...]:
        """The fields of an actual row that no column names; empty unless all columns count."""
        return uncovered(self.actual[j].values, self.columns) if self.all_columns else ()

    def differing(self, i: int, j: int) -> list[int]:
        """The columns in which an actual row is not what was expected."""
        return [c for c in range(len(self.columns)) if not self.agrees(i, j, c)]

    def agrees(self, i: int, j: int, column: int) -> bool:
        """Whether an actual row has what was expected in one column."""
        want = self.wanted[i][column]
        if is_matcher(want):
            value = self.there[j][column]
            present = value is not ABSENT
            if i in self.named and any(names_in(want)):
                return bool(ways_of([(want, value, present)]))
            return want.matches(value if present else None, present)
        return bool(want == self.codes[j][column])

    def same(self, i: int, j: int) -> bool:
        """Whether an actual row is what was expected, in all that counts."""
        code = self.exact[i]
        if code is not None:
            return code == self.codes[j]
        if self.all_columns and self.codes[j][-1] != ():
            return False
        agrees = all(self.agrees(i, j, column) for column in range(len(self.columns)))
        return agrees and (i not in self.named or bool(ways_of(self.parts(i, j))))

    def evidence(self, i: int, j: int) -> int:
        """In how many columns the rows share a value that says something: no matcher, null or absence."""
        found = 0
        for want, code in zip(self.wanted[i], self.codes[j], strict=False):
            if want is not None and want is not ABSENT and not is_matcher(want) and want == code:
                found += 1
        return found


def _code(values: tuple[object, ...]) -> Code:
    return tuple([v if type(v) in PLAIN else canonical(v) for v in values])


def _wanted(values: Mapping[str, object], columns: Sequence[str]) -> tuple[Code, bool]:
    """Codes and matchers of an expected row, and whether there are no matchers."""
    wanted, exact = [], True
    for name in columns:
        value = values.get(name, ABSENT)
        if type(value) in PLAIN:
            wanted.append(value)
        elif is_matcher(value):
            wanted.append(value)
            exact = False
        else:
            wanted.append(canonical(value))
    return tuple(wanted), exact


def uncovered(record: Mapping[str, object], columns: Sequence[str]) -> tuple[str, ...]:
    """The fields of a record that no column names; what is about the record is no field."""
    paths = {split_path(name) for name in columns}
    return tuple(sorted(_below(record, paths, ())))


def _below(record: Mapping[str, object], paths: set[tuple[str, ...]], prefix: tuple[str, ...]) -> list[str]:
    found = []
    for name, value in record.items():
        path = (*prefix, name)
        if path in paths or (not prefix and name.startswith("$")):
            continue
        if isinstance(value, Mapping) and any(p[: len(path)] == path for p in paths):
            found += _below(value, paths, path)
        else:
            found.append(".".join(f'"{part}"' if "." in part else part for part in path))
    return found
