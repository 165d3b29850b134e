"""Instants and durations."""

from __future__ import annotations

import pytest

from harness.scenario.moments import duration_s, instant


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("3m", 180), ("1m30s", 90), ("500ms", 0.5), ("1.5h", 5400), ("2d", 172800)],
)
def test_durations_have_units(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "30", "s", "3 m", "-3s", "3min", "1..5s", "3s4"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        duration_s(text)


@pytest.mark.parametrize(
    "text",
    ["", "now", "T", "2026-03-01", "12:00:00Z", "2026-13-01T00:00:00Z", "2026-03-01T25:00:00Z",
     "2026-03-01T00:00:00+99:00", "2026-03-01T00:00:00Z[../etc/passwd]", "0000-01-01T00:00:00Z", "1.3.2026"],
)  # fmt: skip
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no (instant|time zone)"):
        instant(text)
