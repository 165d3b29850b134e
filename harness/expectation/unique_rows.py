"""`unique`: fields that no two rows of a sink share."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
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
    groups = _sharing(rows, tuple(named))
    if repeats:
        groups = [group for group in groups if distinct(rows[n] for n in group) > 1]
    if not groups:
        return None
    found = [n for group in groups for n in group]
    return Failure(
        message=f"{len(found)} of {counted(len(rows), 'row')} share {_listed(tuple(named))} with another",
        location=expected.location,
        subject=expected.sink,
        rows=tuple(shown_rows.difference(Kind.DUPLICATE, place, rows[n]) for n in found[: shown_rows.MOST]),
        matched=len(rows) - len(found),
    )


def _sharing(rows: Sequence[Record], names: Sequence[str]) -> list[list[int]]:
    """The numbers of rows that share the values of all these fields, in groups of two and more.

    Of a million rows only hashes are kept at first, and values of those alone whose hashes are equal.
    """

    def code(row: Record) -> Hashable:
        return tuple(canonical(pick(row.values, name)) for name in names)

    hashes = array("q", (hash(code(row)) for row in rows))
    if len(set(hashes)) == len(hashes):
        return []
    often = Counter(hashes)
    groups: defaultdict[Hashable, list[int]] = defaultdict(list)
    for n, hash_ in enumerate(hashes):
        if often[hash_] > 1:
            groups[code(rows[n])].append(n)
    return [group for group in groups.values() if len(group) > 1]


def _listed(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))
