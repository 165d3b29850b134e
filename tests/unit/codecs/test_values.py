"""Values of a function's rows survive the way to its job and back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codecs.types import TypeKind
from harness.codecs.values import decode, encode, type_of
from harness.guest import function_job

PLAIN = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.decimals(allow_nan=False) | st.datetimes() | st.datetimes(timezones=st.just(UTC)) | st.dates()
    | st.times() | st.uuids() | st.binary()
)  # fmt: skip
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: object) -> None:
    assert decode(json.loads(json.dumps(encode(value)))) == value


@given(VALUES)
def test_a_function_gets_and_gives_the_same_value(value: object) -> None:
    got = function_job.decoded(json.loads(json.dumps(encode(value))))

    assert got == value
    assert decode(json.loads(json.dumps(function_job.encoded(got)))) == value


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, TypeKind.BOOLEAN),
        (1, TypeKind.INTEGER),
        (1.5, TypeKind.FLOAT),
        ("", TypeKind.TEXT),
        (Decimal(1), TypeKind.DECIMAL),
        (datetime(2026, 1, 1), TypeKind.LOCAL_TIMESTAMP),  # noqa: DTZ001 - that is what it is
        (datetime(2026, 1, 1, tzinfo=UTC), TypeKind.INSTANT),
        (date(2026, 1, 1), TypeKind.DATE),
        (time(1), TypeKind.TIME),
        (UUID(int=1), TypeKind.UUID),
        (b"", TypeKind.BYTES),
    ],
)
def test_a_value_shows_its_type(value: object, kind: TypeKind) -> None:
    found = type_of(value)

    assert found is not None
    assert found.kind is kind


def test_a_nested_value_shows_none() -> None:
    assert type_of([1]) is None
    assert type_of({"a": 1}) is None
