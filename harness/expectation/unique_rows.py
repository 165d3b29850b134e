"""`unique`: fields that no two rows of a sink share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

from harness.codecs.paths import pick
from harness.compare.equality import canonical
from harness.expectation import shown_rows, typed_rows
from harness.expectation.delivery import distinct
from harness.expectation.wording import counted
from harness.result import Failure, Kind
from harness.scenario.model import ExpectRows, Place
from harness.sinks.record import Read, Record


def hold(
    expected: ExpectRows, place: Place, read: Read, rows: Sequence[Record], *, repeats: bool
) -> Failure | None:
    """The rows that share what no two rows may share; null is a value like others.

    Args:
        expected: The expectation.
        place: The sink.
        read: All that it holds.
        rows: Those of its rows that are meant.
        repeats: Whether equal rows may be there more than once.

    Raises:
        ExpectationError: Columns that do not exist.
    """
    named = {text.value: text.location for text in expected.unique}
    problems = typed_rows.unknown_columns(named, place, read, expected.scope)
    if problems:
        raise typed_rows.invalid(problems)
    groups: defaultdict[Hashable, list[Record]] = defaultdict(list)
    for row in rows:
        groups[tuple(canonical(pick(row.values, name)) for name in named)].append(row)
    shared = [group for group in groups.values() if (distinct(group) if repeats else len(group)) > 1]
    if not shared:
        return None
    found = [row for group in shared for row in group]
    return Failure(
        message=f"{len(found)} of {counted(len(rows), 'row')} share {_listed(tuple(named))} with another",
        location=expected.location,
        subject=expected.sink,
        rows=tuple(shown_rows.difference(Kind.DUPLICATE, place, row) for row in found[: shown_rows.MOST]),
        matched=len(rows) - len(found),
    )


def _listed(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))
