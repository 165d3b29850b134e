"""How many, in words."""

from __future__ import annotations


def are(count: int) -> str:
    """`is 1`, `are 2`, `are none`."""
    return f"is {count}" if count == 1 else f"are {count or 'none'}"


def were(count: int) -> str:
    """`was 1`, `were 2`, `were none`."""
    return f"was {count}" if count == 1 else f"were {count or 'none'}"


def times(count: int) -> str:
    """`once`, `3 times`."""
    return "once" if count == 1 else f"{count} times"


def counted(count: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
