"""`conserves`: each row that was sent to a source is in exactly one of some sinks, exactly once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from harness.expectation import shown_rows, typed_rows
from harness.expectation.delivery import distinct
from harness.expectation.ledger import Sent, SentRow
from harness.expectation.wording import counted
from harness.result import Failure, Kind, RowDifference
from harness.scenario.model import ExpectConserved, Mode, Place, Scope
from harness.sinks.record import Read


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one of the sinks holds.

    Attributes:
        repeats: Whether equal rows may be there more than once.
    """

    place: Place
    read: Read
    repeats: bool = False


_There: TypeAlias = "tuple[Holding, int]"
"""A row of a sink, by its number: of a million rows only those that are wrong are looked at again."""


@dataclass(slots=True)
class _Found:
    """The rows of all sinks that one sent row may have become."""

    rows: list[_There] = field(default_factory=list)

    def fits(self, sent: int) -> bool:
        """Whether these are what so many equal rows become.

        Where rows add up, each is there; a sink with one row per key holds one for however many.
        """
        if len(self.rows) == sent == 1:
            return True
        per_sink: defaultdict[str, list[int]] = defaultdict(list)
        holdings = {}
        for holding, number in self.rows:
            per_sink[holding.place.name].append(number)
            holdings[holding.place.name] = holding
        least = most = by_key = 0
        for name, numbers in per_sink.items():
            holding = holdings[name]
            if holding.place.mode is not Mode.APPEND:
                by_key += len(numbers)
                continue
            rows = (holding.read.records[number] for number in numbers)
            least += distinct(rows) if holding.repeats else len(numbers)
            most += len(numbers)
        return least + by_key <= sent if by_key else least <= sent <= most


@dataclass(slots=True)
class _Wrong:
    """Rows that are wrong in one way: all are counted, the first are told."""

    count: int = 0
    rows: list[RowDifference] = field(default_factory=list)

    def add(self, found: Iterable[Callable[[], RowDifference]]) -> None:
        for make in found:
            self.count += 1
            if self.count <= shown_rows.MOST:
                self.rows.append(make())


def hold(expected: ExpectConserved, sent: Sent, holdings: Sequence[Holding]) -> Failure | None:
    """The rows that are lost, there too often, or were never sent.

    Raises:
        ExpectationError: A sink does not have the fields that tell rows apart.
    """
    named = {text.value: text.location for text in expected.by}
    problems = [
        problem
        for holding in holdings
        for problem in typed_rows.unknown_columns(named, holding.place, holding.read, Scope.ALL)
    ]
    if problems:
        raise typed_rows.invalid(problems)
    found, nameless = _sorted(sent, holdings)
    lost, repeated, foreign = _Wrong(), _Wrong(), _Wrong()
    matched = 0
    for code, row in sent.rows.items():
        there = found.pop(code, _Found())
        if there.fits(len(row.locations)):
            matched += len(row.locations)
        elif len(there.rows) < len(row.locations):
            matched += len(there.rows)
            lost.add(partial(_lost, row, n) for n in range(len(there.rows), len(row.locations)))
        else:
            repeated.add(partial(_there, Kind.DUPLICATE, sent, place) for place in there.rows)
    for there in (*found.values(), _Found(nameless[sent.payloads :])):
        foreign.add(partial(_there, Kind.UNEXPECTED, sent, place) for place in there.rows)
    if not (lost.count or repeated.count or foreign.count):
        return None
    sinks = " or ".join(expected.sinks)
    facts = [
        (lost.count, f"in none of them: {sinks}" if len(expected.sinks) > 1 else f"not in {sinks}"),
        (repeated.count, "there more often than sent"),
        (foreign.count, "there and never sent"),
    ]
    told = ", ".join(f"{count} {'is' if count == 1 else 'are'} {fact}" for count, fact in facts if count)
    return Failure(
        message=f"of {counted(sent.count, 'row')} sent to {expected.source}, {told}",
        location=expected.location,
        subject=", ".join(expected.sinks),
        rows=tuple((*lost.rows, *repeated.rows, *foreign.rows)[: shown_rows.MOST]),
        matched=matched,
    )


def note(sent: Sent, holdings: Sequence[Holding]) -> str:
    """What a reader must know to believe the verdict."""
    if not sent.payloads:
        return ""
    there = len(_sorted(sent, holdings)[1])
    return f"{counted(sent.payloads, 'payload')} without fields left out, {counted(there, 'row')} likewise"


def _sorted(sent: Sent, holdings: Sequence[Holding]) -> tuple[dict[Hashable, _Found], list[_There]]:
    """The rows of all sinks by what they were when they were sent, and those that do not tell."""
    found: defaultdict[Hashable, _Found] = defaultdict(_Found)
    nameless: list[_There] = []
    for holding in holdings:
        for number, row in enumerate(holding.read.records):
            if row.undecodable is not None:
                continue
            code = sent.code(row.values)
            if code not in sent.rows and not sent.names(row.values):
                nameless.append((holding, number))
            else:
                found[code].rows.append((holding, number))
    return dict(found), nameless


def _lost(row: SentRow, number: int) -> RowDifference:
    shown = row.shown or {"row": "of so many that only their lines are kept"}
    return RowDifference(kind=Kind.MISSING, key=shown, row=shown, location=row.locations[number])


def _there(kind: Kind, sent: Sent, place: _There) -> RowDifference:
    holding, number = place
    record = holding.read.records[number]
    shown: Mapping[str, str] = shown_rows.by_fields(record, sent.by)
    origin = f"in {holding.place.name}" if not record.origin else f"in {holding.place.name}: {record.origin}"
    difference = RowDifference(kind=kind, key=shown, row=shown, origin=origin)
    return replace(difference, row=shown_rows.whole(record)) if kind is Kind.UNEXPECTED else difference
