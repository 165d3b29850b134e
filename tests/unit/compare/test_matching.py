from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare.matching import assign

CLASSES = 5


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[int], list[int], list[list[int]]]:
    capacities = draw(st.lists(st.integers(0, 2), min_size=CLASSES, max_size=CLASSES))
    accepted = draw(
        st.lists(st.lists(st.integers(0, CLASSES - 1), unique=True, max_size=4), min_size=1, max_size=6)
    )
    groups = draw(st.lists(st.integers(0, len(accepted) - 1), max_size=6))
    return groups, capacities, accepted


def most(groups: list[int], capacities: list[int], accepted: list[list[int]]) -> int:
    """How many can be placed at best: after each pattern, all fillings that can be reached."""
    reached = {tuple(capacities)}
    for group in groups:
        reached |= {
            tuple(room - (n == class_) for n, room in enumerate(left))
            for left, class_ in product(reached, accepted[group])
            if left[class_]
        }
    return sum(capacities) - min(sum(left) for left in reached)


@settings(max_examples=600, deadline=None)
@given(problems())
def test_as_many_as_possible_get_a_class_that_they_accept(
    problem: tuple[list[int], list[int], list[list[int]]],
) -> None:
    groups, capacities, accepted = problem

    held = assign(groups, capacities, accepted.__getitem__)

    for class_, room in enumerate(capacities):
        assert held.count(class_) <= room
    assert all(c is None or c in accepted[group] for group, c in zip(groups, held, strict=True))
    assert len(held) - held.count(None) == most(groups, capacities, accepted)


def test_a_long_chain_is_moved_on() -> None:
    """Each pattern holds what the next one needs, down to the last free class."""
    size = 2000
    accepted = [[n, n + 1] for n in range(size)] + [[0]]

    held = assign(range(size + 1), [1] * (size + 1), accepted.__getitem__)

    assert held == [*range(1, size + 1), 0]


def test_many_alike_are_placed_without_trying_all_of_them() -> None:
    size = 20_000

    held = assign([0] * (size + 5), [1] * size, lambda _: range(size))

    assert held == [*range(size), *[None] * 5]
