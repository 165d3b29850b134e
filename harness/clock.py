"""The one place where time is read and waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

monotonic = time.monotonic
"""Seconds on a clock that never goes back; for durations and deadlines only."""


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


def pause(seconds: float) -> None:
    """Give the processor away between two looks at something that cannot notify us."""
    time.sleep(seconds)


class Deadline:
    """A point in monotonic time by which something must have happened."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.started = monotonic()

    @property
    def left(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.started + self.seconds - monotonic())

    @property
    def elapsed(self) -> float:
        """Seconds since the deadline was set."""
        return monotonic() - self.started

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        return self.left <= 0.0


class Pace:
    """Pauses between looks, which grow: each look takes time from what is looked at.

    Args:
        first: Seconds of the first pause.
        most: Seconds of the longest.
    """

    def __init__(self, first: float = 0.001, most: float = 0.02) -> None:
        self._step = first
        self._most = most

    def wait(self, left: float = float("inf")) -> None:
        """The next pause; no longer than `left` seconds."""
        pause(min(self._step, left))
        self._step = min(self._step * 1.5, self._most)


def poll(
    condition: Callable[[], bool], deadline: Deadline, *, first: float = 0.001, most: float = 0.02
) -> bool:
    """Look until `condition` holds or the deadline passes; the pauses grow from `first` to `most` seconds."""
    pace = Pace(first, most)
    while not condition():
        if deadline.passed:
            return False
        pace.wait(deadline.left)
    return True
