"""`conserves`: each row that was sent to a source is in exactly one of some sinks, exactly once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.expectation import shown_rows, typed_rows
from harness.expectation.delivery import distinct
from harness.expectation.ledger import Sent, SentRow
from harness.expectation.wording import counted
from harness.result import Failure, Kind, RowDifference
from harness.scenario.model import ExpectConserved, Mode, Place, Scope
from harness.sinks.record import Read, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one of the sinks holds.

    Attributes:
        repeats: Whether equal rows may be there more than once.
    """

    place: Place
    read: Read
    repeats: bool = False


@dataclass(slots=True)
class _Found:
    """The rows of all sinks that one sent row may have become."""

    rows: list[tuple[Holding, Record]] = field(default_factory=list)

    def fits(self, sent: int) -> bool:
        """Whether these are what so many equal rows become.

        Where rows add up, each is there; a sink with one row per key holds one for however many.
        """
        per_sink: defaultdict[str, list[Record]] = defaultdict(list)
        holdings = {}
        for holding, row in self.rows:
            per_sink[holding.place.name].append(row)
            holdings[holding.place.name] = holding
        least = most = by_key = 0
        for name, rows in per_sink.items():
            if holdings[name].place.mode is not Mode.APPEND:
                by_key += len(rows)
                continue
            least += distinct(rows) if holdings[name].repeats else len(rows)
            most += len(rows)
        return least + by_key <= sent if by_key else least <= sent <= most


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
    lost, repeated, foreign = [], [], []
    matched = 0
    for code, row in sent.rows.items():
        there = found.pop(code, _Found())
        if there.fits(len(row.locations)):
            matched += len(row.locations)
        elif len(there.rows) < len(row.locations):
            matched += len(there.rows)
            lost += [_lost(row, n) for n in range(len(there.rows), len(row.locations))]
        else:
            repeated += [_there(Kind.DUPLICATE, sent, place) for place in there.rows]
    for there in (*found.values(), _Found(nameless[sent.payloads :])):
        foreign += [_there(Kind.UNEXPECTED, sent, place) for place in there.rows]
    if not (lost or repeated or foreign):
        return None
    sinks = " or ".join(expected.sinks)
    facts = [
        (len(lost), f"in none of them: {sinks}" if len(expected.sinks) > 1 else f"not in {sinks}"),
        (len(repeated), "there more often than sent"),
        (len(foreign), "there and never sent"),
    ]
    told = ", ".join(f"{count} {'is' if count == 1 else 'are'} {fact}" for count, fact in facts if count)
    return Failure(
        message=f"of {counted(sent.count, 'row')} sent to {expected.source}, {told}",
        location=expected.location,
        subject=", ".join(expected.sinks),
        rows=tuple((*lost, *repeated, *foreign)[: shown_rows.MOST]),
        matched=matched,
    )


def note(sent: Sent, holdings: Sequence[Holding]) -> str:
    """What a reader must know to believe the verdict."""
    if not sent.payloads:
        return ""
    there = len(_sorted(sent, holdings)[1])
    return f"{counted(sent.payloads, 'payload')} without fields left out, {counted(there, 'row')} likewise"


def _sorted(
    sent: Sent, holdings: Sequence[Holding]
) -> tuple[dict[Hashable, _Found], list[tuple[Holding, Record]]]:
    """The rows of all sinks by what they were when they were sent, and those that do not tell."""
    found: defaultdict[Hashable, _Found] = defaultdict(_Found)
    nameless: list[tuple[Holding, Record]] = []
    for holding in holdings:
        for row in holding.read.records:
            if row.undecodable is not None:
                continue
            code = sent.code(row.values)
            if code not in sent.rows and not sent.names(row.values):
                nameless.append((holding, row))
            else:
                found[code].rows.append((holding, row))
    return dict(found), nameless


def _lost(row: SentRow, number: int) -> RowDifference:
    shown = row.shown or {"row": "of so many that only their lines are kept"}
    return RowDifference(kind=Kind.MISSING, key=shown, row=shown, location=row.locations[number])


def _there(kind: Kind, sent: Sent, place: tuple[Holding, Record]) -> RowDifference:
    holding, record = place
    shown: Mapping[str, str] = shown_rows.by_fields(record, sent.by)
    origin = f"in {holding.place.name}" if not record.origin else f"in {holding.place.name}: {record.origin}"
    difference = RowDifference(kind=kind, key=shown, row=shown, origin=origin)
    return replace(difference, row=shown_rows.whole(record)) if kind is Kind.UNEXPECTED else difference
