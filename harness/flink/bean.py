"""Names as the beans of Flink's JVM have them, and the names that people know behind them."""

from __future__ import annotations

from harness.flink.live import plain

_INVALID = str.maketrans({" ": "_", **dict.fromkeys('<>"', ""), **dict.fromkeys(",=;:?'*", "-")})


def bean(name: str) -> str:
    """What Flink makes of a name in that of a bean."""
    return name.translate(_INVALID)


def owner(name: str) -> str:
    """The operator or task that a bean's name means, as results have it."""
    return plain(name.replace("_-_", " -> "))
