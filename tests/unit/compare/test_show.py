from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from harness.codecs.paths import ABSENT
from harness.compare.matchers import Anything
from harness.compare.show import show


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (ABSENT, "(absent)"),
        (True, "true"),
        (1, "1"),
        ("1", '"1"'),
        ("", '""'),
        ("Café | Bar", '"Café | Bar"'),
        ('a"b\\', '"a\\"b\\\\"'),
        ("a\nb\t", '"a\\nb\\t"'),
        ("a\u00a0b", '"a\\u00a0b"'),
        ("\u202eevil\x1b[31m", '"\\u202eevil\\u001b[31m"'),
        ("\ud800", '"\\ud800"'),
        ("\U000e0001", '"\\U000e0001"'),
        (Decimal("12.50"), "12.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E+999999"), "1E+999999"),
        (Decimal("NaN"), "NaN"),
        (12.5, "12.5"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2))), "2026-03-01T12:00:00Z"),
        (datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC), "2026-03-01T12:00:00.500Z"),
        (datetime(2026, 3, 1, 12), "2026-03-01T12:00:00"),  # noqa: DTZ001
        (date(2026, 3, 1), "2026-03-01"),
        (time(12, 30), "12:30:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (b"\x00\xff", "<hex 00ff>"),
        ([1, "a", None], '[1, "a", null]'),
        ({"k": {"n": 1}}, '{"k": {"n": 1}}'),
        (Anything(), "<any>"),
    ],
)
def test_values_as_text(value: object, text: str) -> None:
    assert show(value) == text
