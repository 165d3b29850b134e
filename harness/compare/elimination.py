"""Which exact row is which actual one, by fingerprints alone."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from harness.compare.stream import Prints

_MOST_AT_ONCE = 1_000_000
"""Fingerprints in one table: some 150 MB. More are matched in several passes."""
_NONE = -1


@dataclass(frozen=True, slots=True)
class Matches:
    """What exact rows leave to others.

    Attributes:
        partner: Per expected row, the actual one, or -1.
        lost: The expected rows without one, in order.
        spare: The actual rows that are left, in order.
        repeated: Those of them that are one more of a row that was found.
    """

    partner: array[int]
    lost: list[int]
    spare: list[int]
    repeated: frozenset[int]


def eliminate(expected: Prints, actual: Prints) -> Matches:
    """Give each exact row an equal one, in their order; the first of equal rows go first."""
    partner = array("q", [_NONE]) * len(expected.rows)
    taken = bytearray(len(actual.rows))
    passes = 1 + max(len(expected.rows), len(actual.rows)) // _MOST_AT_ONCE
    following = array("q", [_NONE]) * len(actual.rows)
    for number in range(passes):
        first: dict[int, int] = {}
        for j in _numbers(actual, number, passes, backwards=True):
            fingerprint = actual.rows[j]
            following[j] = first.get(fingerprint, _NONE)
            first[fingerprint] = j
        for i in _numbers(expected, number, passes):
            fingerprint = expected.rows[i]
            j = first.get(fingerprint, _NONE)
            if j != _NONE:
                partner[i] = j
                taken[j] = 1
                first[fingerprint] = following[j]
    lost = [i for i, j in enumerate(partner) if j == _NONE]
    spare = [j for j, used in enumerate(taken) if not used]
    return Matches(partner, lost, spare, _repeated(expected, actual, partner, spare))


def _numbers(prints: Prints, number: int, passes: int, *, backwards: bool = False) -> Iterator[int]:
    order = range(len(prints.rows) - 1, -1, -1) if backwards else range(len(prints.rows))
    rows, opaque = prints.rows, prints.opaque
    if passes == 1:
        return iter(order) if prints.all_clear else (n for n in order if not opaque[n])
    return (n for n in order if rows[n] % passes == number and not opaque[n])


def _repeated(expected: Prints, actual: Prints, partner: array[int], spare: list[int]) -> frozenset[int]:
    candidates = {actual.rows[j] for j in spare if not actual.opaque[j]}
    if not candidates:
        return frozenset()
    found = {expected.rows[i] for i, j in enumerate(partner) if j != _NONE and expected.rows[i] in candidates}
    return frozenset(j for j in spare if actual.rows[j] in found and not actual.opaque[j])
