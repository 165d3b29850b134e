"""What an expectation asks of its rows, beside the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from harness.compare.captures import hold, names_in
from harness.compare.matchers import Capture
from harness.compare.table import ExpectedRow
from harness.compare.tolerance import Tolerance
from harness.scenario.model import Match, Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How rows are held against each other.

    Attributes:
        columns: What is compared.
        key: What identifies a row; once settled, empty where the columns lack a part of it.
        tolerance: What numbers may be off by.
        captures: The values that names have taken so far.
        changes: The rows are changes, told key by key in their order.
    """

    columns: tuple[str, ...]
    key: tuple[str, ...]
    mode: Mode
    match: Match
    all_columns: bool
    tolerance: Tolerance
    captures: Mapping[str, Capture]
    changes: bool = False

    @property
    def changes_rows(self) -> bool:
        """Whether `ready` may make another row."""
        return bool(self.tolerance or self.captures)

    def ready(self, row: ExpectedRow) -> ExpectedRow:
        """The row with its tolerances, and with the values of names that have taken one."""
        values = self.tolerance.loosened(row.values) if self.tolerance else row.values
        if self.captures and any(n in self.captures for want in values.values() for n in names_in(want)):
            values = {name: hold(want, self.captures) for name, want in values.items()}
        return row if values is row.values else ExpectedRow(values, row.location)

    def settled(self, named: Iterable[str]) -> Terms:
        """The terms when all names of fields are known; a field that a row names is compared, too.

        Whatever the head says: else it would pass unseen.
        """
        columns = tuple(dict.fromkeys((*self.columns, *named)))
        key = self.key if self.key and set(self.key) <= set(columns) else ()
        by_key = self.match is Match.ORDERED_BY_KEY
        return replace(
            self,
            columns=columns,
            key=key,
            match=Match.ORDERED if by_key and not key else self.match,
            tolerance=Tolerance(self.tolerance.by, key),
        )

    def having(self, captures: Mapping[str, Capture]) -> Terms:
        """The terms after more names have taken a value."""
        return replace(self, captures={**self.captures, **captures}) if captures else self
