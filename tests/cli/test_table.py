from __future__ import annotations

import pytest

from harness.cli.table import amount, counted, show_table, span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1m"),
        (185, "3m 5s"),
        (600, "10m"),
        (3600, "1h"),
        (7800, "2h 10m"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1 << 10, "1.0 kB"), (650 << 20, "650 MB"), (3 << 29, "1.5 GB")],
)
def test_an_amount_has_the_largest_unit(size: int, text: str) -> None:
    assert amount(size) == text


def test_one_is_one() -> None:
    assert [counted(1, "lease"), counted(2, "lease"), counted(2, "process")] == [
        "1 lease",
        "2 leases",
        "2 processes",
    ]


def test_columns_are_as_wide_as_their_widest_cell(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("A", "B", "C"), [("long cell", "", "x"), ("", "y", "")])

    assert capsys.readouterr().out == "A          B  C\nlong cell     x\n           y\n"
