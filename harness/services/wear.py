"""How worn a JVM is that has run one job after the other, as its own beans tell, and how worn is too worn."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Self

VARIABLE = "HARNESS_TEST_WEAR"
"""`off`, or other limits than ours, as in `threads=300,metaspace=200`; for measurements and tests."""
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """What a JVM holds.

    Attributes:
        metaspace: Megabytes of classes; those that nobody uses any more count until they are collected.
        threads: How many run.
        heap: Megabytes of objects that outlived the last full collection; -1 where nobody counts them.
        descriptors: How many files and connections are open; -1 where nobody counts them.
    """

    metaspace: int
    threads: int
    heap: int = -1
    descriptors: int = -1

    @classmethod
    def of(cls, told: str) -> Self:
        """What the JVM tells of itself: see `guest/java/Wear.java`."""
        found = json.loads(told)
        return cls(
            metaspace=found["metaspace"] // MEGABYTE,
            heap=found["live"] // MEGABYTE,
            threads=found["threads"],
            descriptors=found["descriptors"],
        )

    def beyond(self, limits: Wear) -> str:
        """What is over the limits, in words; "" where nothing is."""
        over = [
            f"{field.name} {getattr(self, field.name)} of {getattr(limits, field.name)}"
            for field in fields(self)
            if getattr(self, field.name) > getattr(limits, field.name)
        ]
        return ", ".join(over)


LIMITS = Wear(metaspace=400, heap=500, threads=1000, descriptors=2000)
"""More than 32 jobs at a time need, and far less than it takes to fail; why: docs/decisions/0024."""


def limits(environ: Mapping[str, str] = os.environ) -> Wear | None:
    """At which wear a JVM is replaced; None: never."""
    text = environ.get(VARIABLE, "")
    if text == "off":
        return None
    pairs = (pair.partition("=") for pair in text.split(",") if pair)
    return replace(LIMITS, **{name.strip(): int(value) for name, _, value in pairs})


def worn(tell: Callable[[bool], str], others: Callable[[], list[Wear]], most: Wear | None = None) -> str:
    """What is worn out, in words; "" where nothing is.

    Args:
        tell: Asks a JVM what it holds, after a collection if that is wanted: one stops whatever runs there.
        others: Asks the processes beside it.
        most: The limits; None for those that there are.
    """
    most = most or limits()
    if most is None:
        return ""
    found = Wear.of(tell(False))
    if found.beyond(most):
        found = Wear.of(tell(True))
    return "; ".join(filter(None, (each.beyond(most) for each in (found, *others()))))
