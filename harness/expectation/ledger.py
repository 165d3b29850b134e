"""What a scenario has sent to the sources whose rows it expects to be conserved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.codecs.moments import Moment
from harness.codecs.paths import ABSENT, pick
from harness.compare import show
from harness.compare.equality import canonical
from harness.inputs.row_encoding import RowEncoder
from harness.location import Location
from harness.rows import Row
from harness.scenario.model import ExpectConserved, Scenario

MOST_SHOWN = 100_000
"""Of more rows than these, the ledger keeps a hash each instead of the fields."""


@dataclass(kw_only=True)
class SentRow:
    """A row, or several whose fields are equal.

    Attributes:
        shown: Its fields as text; empty where the ledger keeps hashes only.
        locations: Where it was written, once per time that it was sent.
    """

    shown: Mapping[str, str] = field(default_factory=dict)
    locations: list[Location] = field(default_factory=list)


class Sent:
    """The rows that were sent to one source, told apart by some of their fields.

    Attributes:
        by: These fields.
        rows: The rows, keyed by what `code` makes of their fields.
        count: How many rows there are.
        payloads: How many payloads were sent (`$value`), which have no fields.
    """

    def __init__(self, by: Sequence[str], most_shown: int = MOST_SHOWN) -> None:
        self.by = tuple(by)
        self.rows: defaultdict[Hashable, SentRow] = defaultdict(SentRow)
        self.count = 0
        self.payloads = 0
        self._most_shown = most_shown
        self._hashed = False

    def add(self, record: Mapping[str, object], location: Location) -> None:
        """A typed row was sent."""
        row = self.rows[self.code(record)]
        row.locations.append(location)
        self.count += 1
        if self._hashed:
            return
        row.shown = row.shown or {name: show(pick(record, name)) for name in self.by}
        if self.count > self._most_shown:
            self._hashed = True
            self.rows = defaultdict(
                SentRow, {hash(code): SentRow(locations=row.locations) for code, row in self.rows.items()}
            )

    def code(self, record: Mapping[str, object]) -> Hashable:
        """Stands for the fields of a row, on both sides."""
        code = tuple(canonical(pick(record, name)) for name in self.by)
        # A hash of 64 bits takes two of a million rows for one once in some ten million runs.
        return hash(code) if self._hashed else code

    def names(self, record: Mapping[str, object]) -> bool:
        """Whether the record has any of the fields: what became of a payload may have none."""
        return any(pick(record, name) not in (None, ABSENT) for name in self.by)


class Ledger:
    """What was sent, as far as an expectation asks for it."""

    def __init__(self, scenario: Scenario) -> None:
        self._sent = {
            (step.source, _by(step)): Sent(_by(step))
            for step in scenario.steps
            if isinstance(step, ExpectConserved)
        }

    def follows(self, source: str) -> bool:
        """Whether an expectation asks for what was sent to a source."""
        return any(name == source for name, _ in self._sent)

    def note(self, source: str, rows: Iterable[Row], encoder: RowEncoder, clock: Moment) -> None:
        """Rows were sent.

        Raises:
            CellError: A cell that its field's type cannot read; that would have kept it from being sent.
        """
        asking = [sent for (name, _), sent in self._sent.items() if name == source]
        for row in rows:
            if "$value" in row.cells:
                for sent in asking:
                    sent.payloads += 1
                continue
            record = encoder.record(row, clock)
            for sent in asking:
                sent.add(record, row.location)

    def of(self, expected: ExpectConserved) -> Sent:
        """What was sent to the source of an expectation."""
        return self._sent[expected.source, _by(expected)]


def _by(expected: ExpectConserved) -> tuple[str, ...]:
    return tuple(text.value for text in expected.by)
