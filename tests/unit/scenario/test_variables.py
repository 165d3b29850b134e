"""`${...}` in texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import PlanError
from harness.location import Location
from harness.scenario.model import Text
from harness.scenario.variables import references, resolve


def names(text: str) -> list[tuple[str, int]]:
    found = references(Text(value=text, location=Location(Path("x"), 3, 10)))
    return [(name, location.column) for name, location in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("plain $5 {x}", []),
        ("${a.b}", [("a.b", 10)]),
        ("x${a}y${b}", [("a", 11), ("b", 16)]),
        ("$${a}", []),
        ("$${a}${b}", [("b", 15)]),
        ("$$${a}", []),
        ("${ a }", [("a", 10)]),
        ("${a", [("", 10)]),
        ("${}", [("", 10)]),
        ("${a${b}", [("", 10), ("b", 13)]),
    ],
)
def test_references_are_found_with_their_places(text: str, found: list[tuple[str, int]]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    ("text", "resolved"),
    [("${a}", "1"), ("x${a}${ b }", "x12"), ("$${a}", "${a}"), ("no", "no"), ("$ {a}", "$ {a}")],
)
def test_values_are_filled_in_once(text: str, resolved: str) -> None:
    assert resolve(text, {"a": "1", "b": "2"}) == resolved


def test_a_value_is_not_filled_in_again() -> None:
    assert resolve("${a}", {"a": "${b}", "b": "x"}) == "${b}"


def test_a_name_without_a_value_is_an_error_with_the_nearest() -> None:
    with pytest.raises(PlanError, match=r"`\$\{kafka.bootstrap\}` has no value here") as raised:
        resolve("${kafka.bootstrap}", {"kafka.bootstrap_servers": "x"})

    assert raised.value.hint == "did you mean `kafka.bootstrap_servers`?"
