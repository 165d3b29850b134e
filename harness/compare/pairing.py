"""Which of the rows that do not agree are meant for each other, such that they differ least."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence

from harness.compare.matchers import is_matcher
from harness.compare.table import Table

_MOST_STEPS = 400_000
"""Above this, the least-cost pairing takes longer than its explanation is worth."""
_MOST_ALIKE = 40
"""A value that more rows have says little about which row is meant."""
_MOST_TRIED = 300
"""How many rows are tried where there are too many to try all."""

Pairs = list[tuple[int, int]]


def pair_rows(table: Table, expected: Sequence[int], actual: Sequence[int], key: Sequence[int]) -> Pairs:
    """Pairs of an expected and an actual row, each used once at most.

    With a key, only rows with one key are paired. Without, rows that agree in at least half of
    their columns; what has less in common is clearer as one row missing and another unexpected.
    """
    if not expected or not actual:
        return []
    if not key:
        return _pair_alike(table, expected, actual)
    groups: dict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    loose = []
    for i in expected:
        wanted = tuple(table.wanted[i][c] for c in key)
        if any(is_matcher(want) for want in wanted):
            loose.append(i)
        else:
            groups[wanted][0].append(i)
    for j in actual:
        groups[tuple(table.codes[j][c] for c in key)][1].append(j)
    pairs: Pairs = []
    for ours, theirs in groups.values():
        if ours and theirs:
            pairs += _pair_least(table, ours, theirs)
    if loose:
        taken = {j for _, j in pairs}
        rest = [j for j in actual if j not in taken]
        pairs += _pair_if(table, loose, rest, lambda i, j: all(table.agrees(i, j, c) for c in key))
    return pairs


def _pair_alike(table: Table, expected: Sequence[int], actual: Sequence[int]) -> Pairs:
    columns = len(table.columns)

    def alike(i: int, j: int) -> bool:
        return table.evidence(i, j) > 0 and 2 * len(table.differing(i, j)) <= columns

    if _steps(len(expected), len(actual)) <= _MOST_STEPS:
        return _pair_if(table, expected, actual, alike)
    return _pair_by_rare_values(table, expected, actual, alike)


def _pair_if(
    table: Table, expected: Sequence[int], actual: Sequence[int], may: Callable[[int, int], bool]
) -> Pairs:
    if _steps(len(expected), len(actual)) > _MOST_STEPS:
        return _greedy(table, expected, dict.fromkeys(expected, actual[:_MOST_TRIED]), may)
    # Forbidden pairs cost more than any number of allowed ones, and are dropped afterwards.
    forbidden = (len(table.columns) + 2) * (len(expected) + 1)
    costs = [[_cost(table, i, j) if may(i, j) else forbidden for j in actual] for i in expected]
    chosen = [(a, b) for a, b in least_cost(costs) if costs[a][b] < forbidden]
    return [(expected[a], actual[b]) for a, b in chosen]


def _pair_least(table: Table, expected: Sequence[int], actual: Sequence[int]) -> Pairs:
    if len(expected) == len(actual) == 1:
        return [(expected[0], actual[0])]
    if _steps(len(expected), len(actual)) > _MOST_STEPS:
        pairs = _pair_by_rare_values(table, expected, actual, lambda _, __: True)
        ours, theirs = {i for i, _ in pairs}, {j for _, j in pairs}
        left = ([i for i in expected if i not in ours], [j for j in actual if j not in theirs])
        return pairs + list(zip(*left, strict=False))
    costs = [[_cost(table, i, j) for j in actual] for i in expected]
    return [(expected[a], actual[b]) for a, b in least_cost(costs)]


def _pair_by_rare_values(
    table: Table, expected: Sequence[int], actual: Sequence[int], may: Callable[[int, int], bool]
) -> Pairs:
    columns = range(len(table.columns))
    having: list[dict[Hashable, list[int]]] = [defaultdict(list) for _ in columns]
    for j in actual:
        for c in columns:
            having[c][table.codes[j][c]].append(j)
    candidates = {}
    for i in expected:
        found: dict[int, None] = {}
        for c in columns:
            want = table.wanted[i][c]
            like = [] if is_matcher(want) else having[c].get(want, [])
            if len(like) <= _MOST_ALIKE:
                found |= dict.fromkeys(like)
        candidates[i] = list(found)
    return _greedy(table, expected, candidates, may)


def _greedy(
    table: Table,
    expected: Sequence[int],
    candidates: Mapping[int, Sequence[int]],
    may: Callable[[int, int], bool],
) -> Pairs:
    pairs: Pairs = []
    taken: set[int] = set()
    for i in expected:
        free = [j for j in candidates[i] if j not in taken and may(i, j)]
        if free:
            best = min(free, key=lambda j: _cost(table, i, j))
            taken.add(best)
            pairs.append((i, best))
    return pairs


def _cost(table: Table, i: int, j: int) -> int:
    return len(table.differing(i, j)) + (len(table.codes[j][-1]) if table.all_columns else 0)  # type: ignore[arg-type]


def _steps(rows: int, columns: int) -> int:
    return rows * columns * min(rows, columns)


def least_cost(costs: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """The cheapest pairing of rows with columns that uses up the shorter side (the Hungarian method)."""
    if not costs or not costs[0]:
        return []
    if len(costs) > len(costs[0]):
        turned = [list(column) for column in zip(*costs, strict=True)]
        return sorted((a, b) for b, a in least_cost(turned))
    return _hungarian(costs)


def _hungarian(costs: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    # Rows and columns count from 1; column 0 is where a new row waits for its place.
    rows, columns = len(costs), len(costs[0])
    far = float("inf")
    row_price, column_price = [0.0] * (rows + 1), [0.0] * (columns + 1)
    row_of, came_from = [0] * (columns + 1), [0] * (columns + 1)
    for row in range(1, rows + 1):
        row_of[0] = row
        column = 0
        slack = [far] * (columns + 1)
        used = [False] * (columns + 1)
        while row_of[column]:
            used[column] = True
            current, nearest, delta = row_of[column], 0, far
            line, price = costs[current - 1], row_price[current]
            for c in range(1, columns + 1):
                if used[c]:
                    continue
                reduced = line[c - 1] - price - column_price[c]
                if reduced < slack[c]:
                    slack[c], came_from[c] = reduced, column
                if slack[c] < delta:
                    delta, nearest = slack[c], c
            for c in range(columns + 1):
                if used[c]:
                    row_price[row_of[c]] += delta
                    column_price[c] -= delta
                else:
                    slack[c] -= delta
            column = nearest
        while column:
            row_of[column] = row_of[came_from[column]]
            column = came_from[column]
    return sorted((row_of[c] - 1, c - 1) for c in range(1, columns + 1) if row_of[c])
