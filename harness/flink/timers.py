"""Waiting for processing-time timers in real time: for those that are set now, and for no later ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from harness.clock import Deadline, now, pause
from harness.errors import SettleTimeout
from harness.flink.gauges import Timers
from harness.flink.watch import Watch

LOOK_S = 0.02
MOST_S = 0.5
"""Between two looks at jobs whose timers are far away."""
FAR_MS = 100 * 365 * 24 * 3600 * 1000
"""What is set so far ahead is meant never to fire."""


def wait_until_fired(watches: Sequence[Watch], deadline: Deadline) -> int:
    """Wait until the timers that are set now have fired; returns how many operators had any.

    Args:
        watches: The jobs that run.
        deadline: When to give up.

    Raises:
        JobFailed: A job failed meanwhile.
        SettleTimeout: A timer fires only after the deadline, or has not fired in time.
    """
    found = _timers(watches)
    end_ms = max((timers.last_ms for timers in found), default=0)
    if (end_ms - _now_ms()) / 1000 > deadline.left:
        raise _too_late(found, deadline)
    while waiting := [timers for timers in _timers(watches) if timers.first_ms <= end_ms]:
        if deadline.passed:
            raise _too_late(waiting, deadline)
        for watch in watches:
            watch.look({}, watch.watched.cluster.positions(watch.watched.job).restarts)
        pause(min(max((end_ms - _now_ms()) / 1000, LOOK_S), MOST_S, max(deadline.left, LOOK_S)))
    return len(found)


def _timers(watches: Sequence[Watch]) -> list[Timers]:
    return [timers for watch in watches for timers in watch.watched.cluster.timers(watch.watched.job)]


def _now_ms() -> int:
    return int(now().timestamp() * 1000)


def _too_late(waiting: Sequence[Timers], deadline: Deadline) -> SettleTimeout:
    lines = [
        f"{timers.operator}, subtask {timers.subtask}: {_shown(timers.last_ms)}"
        for timers in sorted(waiting, key=lambda timers: -timers.last_ms)
    ]
    seconds = (max(timers.last_ms for timers in waiting) - _now_ms()) / 1000
    return SettleTimeout(
        f"a processing-time timer fires in {seconds:.0f} s, and {deadline.left:.0f} s are left",
        detail="\n".join(["the last timer of:", *lines]),
        hint="`timeout: 5m` gives the scenario more time",
    )


def _shown(millis: int) -> str:
    if millis > FAR_MS:
        return "never"
    return datetime.fromtimestamp(millis / 1000, UTC).isoformat(sep=" ", timespec="milliseconds")
