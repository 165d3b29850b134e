"""What differs, as results: values become text here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.codecs.paths import ABSENT, pick
from harness.compare.show import show, show_apart
from harness.compare.table import Table
from harness.result import FieldDifference, Kind, RowDifference

POSITION = "$position"
"""The field under which a row that is out of order tells its places, counted from 1."""


class Differences:
    """Makes the differences of one comparison."""

    def __init__(self, table: Table, key: Sequence[str]) -> None:
        self._table = table
        self._key = tuple(key) or table.columns

    def missing(self, i: int) -> RowDifference:
        """An expected row that is not there."""
        row = self._table.expected[i]
        shown = {name: show(row.values.get(name, ABSENT)) for name in self._table.columns}
        return RowDifference(
            kind=Kind.MISSING, key=self._named(shown), row=shown, location=row.location, expected=i
        )

    def unexpected(self, j: int, kind: Kind = Kind.UNEXPECTED) -> RowDifference:
        """A row that is there and should not be, or once too often."""
        shown = self._shown(j)
        return RowDifference(
            kind=kind, key=self._named(shown), row=shown, origin=self._table.actual[j].origin, actual=j
        )

    def changed(self, i: int, j: int) -> RowDifference:
        """A row that is there with other values."""
        fields = [self._field(*change) for change in self.changes(i, j)]
        return self._pair(Kind.CHANGED, i, j, fields)

    def changes(self, i: int, j: int) -> list[tuple[str, object, object]]:
        """The fields in which a pair differs: name, what was expected, what is there."""
        table, row = self._table, self._table.expected[i]
        named = ((c, table.columns[c]) for c in table.differing(i, j))
        found = [(name, row.values.get(name, ABSENT), table.there[j][c]) for c, name in named]
        return found + [(n, ABSENT, pick(table.actual[j].values, n)) for n in table.extras(j)]

    def misplaced(self, i: int, j: int, expected_place: int, actual_place: int) -> RowDifference:
        """A row that is there, but not in its place; both places count from 1."""
        place = FieldDifference(field=POSITION, expected=str(expected_place), actual=str(actual_place))
        return self._pair(Kind.ORDER, i, j, [place])

    def _pair(self, kind: Kind, i: int, j: int, fields: Sequence[FieldDifference]) -> RowDifference:
        shown = self._shown(j)
        return RowDifference(
            kind=kind,
            key=self._named(shown),
            fields=tuple(fields),
            row=shown,
            location=self._table.expected[i].location,
            origin=self._table.actual[j].origin,
            expected=i,
            actual=j,
        )

    def _shown(self, j: int) -> dict[str, str]:
        """The whole actual row: the compared columns first, then what else it has."""
        table = self._table
        shown = {n: show(v) for n, v in zip(table.columns, table.there[j], strict=True)}
        parents = {name.split(".")[0].strip('"') for name in table.columns}
        others = (n for n in table.actual[j].values if n not in shown and n not in parents)
        return shown | {name: show(table.actual[j].values[name]) for name in others}

    def _named(self, shown: Mapping[str, str]) -> dict[str, str]:
        return {name: shown[name] for name in self._key if name in shown}

    @staticmethod
    def _field(name: str, expected: object, actual: object) -> FieldDifference:
        one, other = show_apart(expected, actual)
        return FieldDifference(field=name, expected=one, actual=other)
