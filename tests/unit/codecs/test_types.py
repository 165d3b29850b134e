from __future__ import annotations

import pytest

from harness.codecs import types
from harness.codecs.types import (
    TimeEncoding,
    Type,
    TypeKind,
    TypeNameError,
    parse_type,
    postgres_type,
    with_times,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("text", types.TEXT),
        ("STRING", types.TEXT),
        ("varchar(20)", types.TEXT),
        ("boolean", types.BOOLEAN),
        ("bigint", types.INTEGER),
        ("smallint", types.INTEGER),
        ("decimal(8, 2)", Type(TypeKind.DECIMAL, precision=8, scale=2)),
        ("decimal(8,2)", Type(TypeKind.DECIMAL, precision=8, scale=2)),
        ("decimal(8)", Type(TypeKind.DECIMAL, precision=8, scale=0)),
        ("numeric", types.DECIMAL),
        ("double precision", types.FLOAT),
        ("float", types.FLOAT),
        ("timestamptz", types.INSTANT),
        ("timestamp(3)", types.LOCAL_TIMESTAMP),
        ("timestamp_ltz(3)", types.INSTANT),
        ("timestamp", types.LOCAL_TIMESTAMP),
        ("date", types.DATE),
        ("time", types.TIME),
        ("bytes", types.BYTES),
        ("uuid", types.UUID),
        ("json", types.JSON),
        ("array<string>", Type(TypeKind.ARRAY, of=types.TEXT)),
        ("array<array<decimal(3, 1)>>", None),
    ],
)
def test_the_names_of_columns(name: str, expected: Type | None) -> None:
    parsed = parse_type(name)

    assert expected is None or parsed == expected
    assert str(parsed)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("int2", types.INTEGER),
        ("int8", types.INTEGER),
        ("numeric", types.DECIMAL),
        ("numeric(8,2)", Type(TypeKind.DECIMAL, precision=8, scale=2)),
        ("float4", types.SINGLE),
        ("float8", types.FLOAT),
        ("bool", types.BOOLEAN),
        ("bpchar", types.TEXT),
        ("character varying(20)", types.TEXT),
        ("timestamptz", types.INSTANT),
        ("timestamp", types.LOCAL_TIMESTAMP),
        ("timestamp(3) without time zone", types.LOCAL_TIMESTAMP),
        ("timestamp(3) with time zone", types.INSTANT),
        ("date", types.DATE),
        ("time", types.TIME),
        ("uuid", types.UUID),
        ("bytea", types.BYTES),
        ("jsonb", types.JSON),
        ("_int4", Type(TypeKind.ARRAY, of=types.INTEGER)),
        ("text[]", Type(TypeKind.ARRAY, of=types.TEXT)),
        ("mood", types.TEXT),
        ("interval", types.TEXT),
    ],
)
def test_the_names_of_postgres(name: str, expected: Type) -> None:
    assert postgres_type(name) == expected


def test_an_unknown_type_names_the_nearest() -> None:
    with pytest.raises(TypeNameError) as caught:
        parse_type("bigintt")

    assert caught.value.message == "`bigintt` is no type"
    assert caught.value.hint == "did you mean `bigint`?"


def test_times_make_an_instant_of_any_type() -> None:
    assert with_times(types.INTEGER, "epoch_ms") == Type(TypeKind.INSTANT, encoding=TimeEncoding.EPOCH_MS)
    assert with_times(types.TEXT, "epoch_s").as_text
    assert with_times(types.LOCAL_TIMESTAMP, "iso").kind is TypeKind.LOCAL_TIMESTAMP


def test_an_unknown_encoding_names_the_nearest() -> None:
    with pytest.raises(TypeNameError) as caught:
        with_times(None, "epoch_millis")

    assert caught.value.hint is not None
    assert "`epoch_ms`" in caught.value.hint
