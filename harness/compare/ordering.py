"""Which rows are out of their place."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


def in_order(places: Sequence[int]) -> set[int]:
    """The indices of a longest strictly rising subsequence: the rows that need not move."""
    tails: list[int] = []
    tail_index: list[int] = []
    before: list[int] = []
    for index, place in enumerate(places):
        position = bisect_left(tails, place)
        before.append(tail_index[position - 1] if position else -1)
        if position == len(tails):
            tails.append(place)
            tail_index.append(index)
        else:
            tails[position] = place
            tail_index[position] = index
    kept = set()
    current = tail_index[-1] if tail_index else -1
    while current >= 0:
        kept.add(current)
        current = before[current]
    return kept
