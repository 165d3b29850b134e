"""Two sequences laid side by side such that the fewest steps differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest

GAP = 2.0
"""What a row costs that stands alone; a pair that costs more than two of these is no pair."""
_MOST_STEPS = 400_000
"""Above this, laying side by side takes longer than its explanation is worth."""

Step = tuple[int | None, int | None]


def align(
    one: Sequence[int], other: Sequence[int], cost: Callable[[int, int], float], *, free: bool = False
) -> list[Step]:
    """The cheapest pairs in order; a row that stands alone is paired with None.

    Args:
        one: The rows of one side.
        other: The rows of the other side.
        cost: What a pair costs; 0 if both are the same.
        free: Rows of the other side may stand alone at no cost.
    """
    start = 0
    while not free and start < min(len(one), len(other)) and not cost(one[start], other[start]):
        start += 1
    end = 0
    shorter = min(len(one), len(other)) - start
    while not free and end < shorter and not cost(one[-1 - end], other[-1 - end]):
        end += 1
    before = [*zip(one[:start], other[:start], strict=True)]
    after = [*zip(one[len(one) - end :], other[len(other) - end :], strict=True)]
    middle = _middle(one[start : len(one) - end], other[start : len(other) - end], cost, 0.0 if free else GAP)
    return [*before, *middle, *after]


def _middle(
    one: Sequence[int], other: Sequence[int], cost: Callable[[int, int], float], surplus: float
) -> list[Step]:
    rows, columns = len(one), len(other)
    if rows * columns > _MOST_STEPS:
        return list(zip_longest(one, other))
    # best[a][b]: the cost of what is behind the first `a` rows and the first `b` of the other side.
    costs = [[cost(i, j) for j in other] for i in one]
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for b in range(columns - 1, -1, -1):
        best[rows][b] = best[rows][b + 1] + surplus
    for a in range(rows - 1, -1, -1):
        best[a][columns] = best[a + 1][columns] + GAP
        for b in range(columns - 1, -1, -1):
            pair = best[a + 1][b + 1] + costs[a][b]
            best[a][b] = min(pair, best[a + 1][b] + GAP, best[a][b + 1] + surplus)
    steps: list[Step] = []
    a = b = 0
    while a < rows or b < columns:
        if a < rows and b < columns and best[a][b] == best[a + 1][b + 1] + costs[a][b]:
            steps.append((one[a], other[b]))
            a, b = a + 1, b + 1
        elif a < rows and best[a][b] == best[a + 1][b] + GAP:
            steps.append((one[a], None))
            a += 1
        else:
            steps.append((None, other[b]))
            b += 1
    return steps
