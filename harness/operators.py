"""What goes into one operator under test and what comes out: the words of the fixture `flink_operator`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Record:
    """A record that arrives.

    Attributes:
        value: Any value.
        timestamp: Its event time in milliseconds.
        input: 1, or 2 for the second input of a function that has two.
    """

    value: Any
    timestamp: int = 0
    input: int = 1


@dataclass(frozen=True, slots=True)
class Watermark:
    """Event time has come so far, on all inputs: timers up to here fire now."""

    timestamp: int


@dataclass(frozen=True, slots=True)
class ProcessingTime:
    """The clock shows so many milliseconds: processing-time timers up to here fire now."""

    timestamp: int


Step: TypeAlias = Record | Watermark | ProcessingTime | tuple[Any, int]
"""One thing that happens to the operator; a pair is a record: (value, timestamp)."""


@dataclass(frozen=True, slots=True)
class Output:
    """A value that the function emitted, with the event time that it has downstream."""

    value: Any
    timestamp: int


@dataclass(slots=True, kw_only=True)
class Timer:
    """A timer that the function registered.

    Attributes:
        domain: `event` or `processing`.
        state: `pending`, `fired` or `deleted`.
    """

    key: Any
    timestamp: int
    domain: str
    state: str = "pending"


@dataclass(slots=True)
class OperatorResult:
    """What became of the steps.

    Attributes:
        outputs: What was emitted, in this order.
        side: The same for each side output, by the id of its tag.
        timers: Every timer, in the order of registration.
    """

    outputs: list[Output] = field(default_factory=list)
    side: dict[str, list[Output]] = field(default_factory=dict)
    timers: list[Timer] = field(default_factory=list)

    @property
    def values(self) -> list[Any]:
        """The emitted values alone."""
        return [output.value for output in self.outputs]

    def side_values(self, tag: Any) -> list[Any]:
        """The values alone that went to a side output; the tag itself or its id."""
        return [output.value for output in self.side.get(getattr(tag, "tag_id", tag), [])]

    def pending(self, domain: str = "event") -> list[int]:
        """When the timers that are still registered will fire."""
        return sorted(t.timestamp for t in self.timers if t.domain == domain and t.state == "pending")


def as_step(written: object) -> Record | Watermark | ProcessingTime:
    """A step as it was written.

    Raises:
        TypeError: It is none.
    """
    if isinstance(written, Record | Watermark | ProcessingTime):
        return written
    if isinstance(written, tuple) and len(written) == 2 and isinstance(written[1], int):
        return Record(written[0], written[1])
    raise TypeError(
        f"{written!r} is no step: a record is (value, timestamp), "
        "or it is a Record, Watermark or ProcessingTime of harness.operators"
    )


def as_steps(written: Sequence[object]) -> list[Record | Watermark | ProcessingTime]:
    """All steps."""
    return [as_step(step) for step in written]
