"""Which rows belong together at most: maximum matching between patterns and classes of equal rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence


def assign(
    groups: Sequence[int], capacities: Sequence[int], candidates: Callable[[int], Sequence[int]]
) -> list[int | None]:
    """The class that each pattern gets, such that as many as possible get one.

    Greedy choice is not enough: of `<any>, t1` against two rows, `<any>` may have taken the only
    row that `t1` can have. Augmenting paths move it on.

    Args:
        groups: The group of each pattern; patterns of one group have the same candidates.
        capacities: How many patterns each class can take.
        candidates: The classes that the patterns of a group accept; asked once per group.
    """
    return _Assignment(groups, capacities, candidates).solve()


class _Assignment:
    def __init__(
        self, groups: Sequence[int], capacities: Sequence[int], candidates: Callable[[int], Sequence[int]]
    ) -> None:
        self.groups = groups
        self.free = list(capacities)
        self.accepted = {group: candidates(group) for group in sorted(set(groups))}
        self.next_free = dict.fromkeys(self.accepted, 0)
        self.owners: list[set[int]] = [set() for _ in capacities]
        self.holds: list[int | None] = [None] * len(groups)

    def solve(self) -> list[int | None]:
        hopeless: set[int] = set()
        for pattern, group in enumerate(self.groups):
            # What cannot be placed now never can be, nor can its like.
            if group not in hopeless and not self._take_free(pattern) and not self._augment(pattern):
                hopeless.add(group)
        return self.holds

    def _take_free(self, pattern: int) -> bool:
        group = self.groups[pattern]
        accepted, position = self.accepted[group], self.next_free[group]
        while position < len(accepted) and not self.free[accepted[position]]:
            position += 1  # room is never given back, so this never looks twice
        self.next_free[group] = position
        if position == len(accepted):
            return False
        self._give(accepted[position], pattern)
        self.free[accepted[position]] -= 1
        return True

    def _augment(self, start: int) -> bool:
        came: dict[int, int] = {}
        seen = {self.groups[start]}
        queue = deque([start])
        while queue:
            pattern = queue.popleft()
            for class_ in self.accepted[self.groups[pattern]]:
                if class_ in came:
                    continue
                came[class_] = pattern
                if self.free[class_]:
                    self.free[class_] -= 1
                    self._shift(class_, came)
                    return True
                for owner in self.owners[class_]:
                    if self.groups[owner] not in seen:
                        seen.add(self.groups[owner])
                        queue.append(owner)
        return False

    def _shift(self, class_: int, came: dict[int, int]) -> None:
        target: int | None = class_
        while target is not None:
            pattern = came[target]
            left = self.holds[pattern]
            if left is not None:
                self.owners[left].discard(pattern)
            self._give(target, pattern)
            target = left

    def _give(self, class_: int, pattern: int) -> None:
        self.owners[class_].add(pattern)
        self.holds[pattern] = class_
