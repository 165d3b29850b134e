"""`delivery: at_least_once`: after a fault of the scenario, equal rows may be there more than once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from harness.compare.equality import canonical
from harness.result import Kind, RowDifference
from harness.scenario.model import Between, Fault, Link, LinkState, Place, Start, Step, Stop
from harness.sinks.record import Record

AT_LEAST_ONCE = "at_least_once"


def had_fault(steps: Iterable[Step]) -> bool:
    """Whether steps made a job do again what it had done.

    A job that goes on from where it was stopped does nothing again; from an earlier state it does.
    """
    stopped: dict[str | None, str] = {}
    for step in steps:
        match step:
            case Fault():
                return True
            case Link(state=state) if state is not LinkState.HEALED:
                return True
            case Stop():
                stopped[step.job] = step.savepoint
            case Start() if step.savepoint is None or stopped.get(step.job) != step.savepoint:
                return True
            case _:
                pass
    return False


def may_repeat(place: Place, *, had_fault: bool) -> bool:
    """Whether equal rows of a sink may be there more than once."""
    return had_fault and place.delivery == AT_LEAST_ONCE


def distinct(rows: Iterable[Record]) -> int:
    """How many different rows there are, whatever is about them (partition, time of writing)."""
    return len({code(row) for row in rows})


def holds(count: Between, rows: Sequence[Record], *, repeats: bool) -> bool:
    """Whether there are so many rows; where they may be repeated, some of them need not count."""
    if not repeats or count.holds(len(rows)):
        return count.holds(len(rows))
    least = distinct(rows)
    return (count.most is None or least <= count.most) and (count.least is None or count.least <= len(rows))


def without_repeats(
    differences: Sequence[RowDifference], rows: Sequence[Record]
) -> tuple[RowDifference, ...]:
    """The differences without surplus rows that repeat one which is right; rows are told by `origin`."""
    surplus = {d.origin for d in differences if _is_surplus(d)}
    if not surplus:
        return tuple(differences)
    codes = {row.origin: code(row) for row in rows if row.origin in surplus}
    meant = set(codes.values())
    left = Counter(found for row in rows if (found := code(row)) in meant)
    left.subtract(codes[d.origin] for d in differences if _is_surplus(d) and d.origin in codes)
    # One of the equal rows must have been expected: a row that nobody expected stays one, however often.
    return tuple(
        d for d in differences if not (_is_surplus(d) and d.origin in codes and left[codes[d.origin]] > 0)
    )


def code(row: Record) -> Hashable:
    """Stands for the fields of a row; rows are equal exactly if their codes are."""
    fields = {name: value for name, value in row.values.items() if not name.startswith("$")}
    return canonical(fields or {"$key": row.values.get("$key"), "$value": row.values.get("$value")})


def _is_surplus(difference: RowDifference) -> bool:
    return difference.kind in (Kind.DUPLICATE, Kind.UNEXPECTED)
