"""Names that Flink writes otherwise in those of beans."""

from __future__ import annotations

import pytest

from harness.flink.bean import bean, owner


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("late rows", "late_rows"),
        ("kept: a,b=c", "kept-_a-b-c"),
        ("'x' <y> \"z\"?", "-x-_y_z-"),
        ("group.counter", "group.counter"),
    ],
)
def test_a_name_is_written_as_flink_does(name: str, written: str) -> None:
    assert bean(name) == written


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Source: words[1]", "words"),
        ("Source: words[1] -> Calc[2] -> counts[5]: Writer", "words -> Calc -> counts: Writer"),
    ],
)
def test_an_operator_has_its_own_name_again(name: str, shown: str) -> None:
    assert owner(bean(name)) == shown
