"""Letting event time pass: heartbeats go to every partition, and the watermarks tell when it has.

How far a watermark stays behind the newest event time is the job's own affair (out-of-orderness, an
interval in SQL). It is measured: two heartbeats a few milliseconds apart move the watermark by exactly
that much, and then the last heartbeat is sent so that the watermark lands where it is wanted. The few
milliseconds are a span that no two rows before have between them, so that their times are not taken for it.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Collection, Sequence

from harness.clock import Deadline, pause
from harness.flink.gauges import Watermark
from harness.flink.last_look import timed_out
from harness.flink.rest import RestError
from harness.flink.watch import Watch
from harness.flink.why_not import telling

LOOK_S = 0.005
QUIET_S = 1.0
"""A watermark that does not rise for so long is the last one: Flink's interval between two is 0.2 s."""

SendHeartbeats = Callable[[int], None]
"""Sends a heartbeat with an event time (milliseconds since 1970) to every partition of every source."""


def pass_moment(
    watches: Sequence[Watch],
    send: SendHeartbeats,
    target: int,
    deadline: Deadline,
    sent: Collection[int] = (),
) -> int:
    """Let the job's watermark reach a moment; returns how many milliseconds it stays behind event time.

    Args:
        watches: The jobs; time has passed when it has in all of them.
        send: Sends heartbeats.
        target: The moment, in milliseconds since 1970.
        deadline: When to give up.
        sent: The newest event time of every partition, in milliseconds since 1970.

    Raises:
        JobFailed: The job failed meanwhile.
        SettleTimeout: The watermark did not get there in time, with what holds it back.
    """
    commits = _Commits(watches)
    before = _lowest(_looked(watches))
    if before is not None and before >= target:
        return 0
    newest = target + 1
    step = _unlike(sent)
    send(newest)
    reached = _wait_for_change(watches, commits, before, target, deadline)
    while reached < target:
        # What is seen may still come from older rows; one more step tells.
        newest += step
        send(newest)
        moved = _wait_for_change(watches, commits, reached, target, deadline)
        if moved == reached + step:
            newest = target + (newest - moved)
            send(newest)
            moved = _wait_until(watches, commits, target, deadline)
        reached = moved
    return newest - reached


class _Commits:
    """Checkpoints of several jobs, each after the one before, while event time passes.

    A transactional sink hands a heartbeat on to the next job when it commits, and the job's own interval
    between two checkpoints may be minutes.
    """

    def __init__(self, watches: Sequence[Watch]) -> None:
        self._watches = watches if len(watches) > 1 else ()
        self._requests: dict[str, str] = {}

    def go_on(self) -> None:
        """Ask for the next checkpoint of every job whose last one is over."""
        for watch in self._watches:
            cluster, job = watch.watched.cluster, watch.watched.job
            with contextlib.suppress(RestError):  # `look` tells what is wrong with the job
                request = self._requests.get(job)
                if request is None or cluster.checkpoint_done(job, request) is not None:
                    self._requests.pop(job, None)
                    self._requests[job] = cluster.trigger_checkpoint(job)


def reached(
    watches: Sequence[Watch], expected: Callable[[int | None], bool], *, rises: bool, deadline: Deadline
) -> int | None:
    """The lowest watermark of settled jobs, once it is what is expected, or rises no more.

    A job gives its watermarks out some time after the rows that they follow from, and nothing in Flink
    says that it has given the last one.

    Args:
        watches: The jobs.
        expected: Whether a watermark (milliseconds since 1970) is the expected one.
        rises: One that was as expected remains so however far it rises.
        deadline: When to give up waiting.

    Raises:
        JobFailed: The job failed meanwhile.
    """
    now = _lowest(_looked(watches))
    quiet = Deadline(QUIET_S)
    while not (rises and expected(now)) and not quiet.passed and not deadline.passed:
        pause(LOOK_S)
        before, now = now, _lowest(_looked(watches))
        if now != before:
            quiet = Deadline(QUIET_S)
    return now


def _unlike(sent: Collection[int]) -> int:
    """The shortest span that no two of the times have between them."""
    spans = {abs(one - other) for one in sent for other in sent}
    return next(span for span in itertools.count(1) if span not in spans)


def _looked(watches: Sequence[Watch]) -> list[Watermark]:
    found = []
    for watch in watches:
        cluster, job = watch.watched.cluster, watch.watched.job
        positions = cluster.positions(job)
        watch.look(positions.offsets, positions.restarts)
        found += cluster.watermarks(job)
    return found


def _lowest(found: list[Watermark]) -> int | None:
    """The watermark that every operator has reached; None: one of them has none yet."""
    # What a sink gives on is nothing, and what a source is given neither.
    marks = [mark.millis for mark in telling(found)]
    return min(marks) if marks and None not in marks else None  # type: ignore[type-var]


def _wait_for_change(
    watches: Sequence[Watch], commits: _Commits, before: int | None, target: int, deadline: Deadline
) -> int:
    while True:
        commits.go_on()
        found = _looked(watches)
        now = _lowest(found)
        if now is not None and now != before:
            return now
        _check(watches, target, deadline)
        pause(LOOK_S)


def _wait_until(watches: Sequence[Watch], commits: _Commits, target: int, deadline: Deadline) -> int:
    while True:
        commits.go_on()
        found = _looked(watches)
        now = _lowest(found)
        if now is not None and now >= target:
            return now
        _check(watches, target, deadline)
        pause(LOOK_S)


def _check(watches: Sequence[Watch], target: int, deadline: Deadline) -> None:
    if not deadline.passed:
        return
    behind = [watch for watch in watches if not _has_passed(watch, target)]
    watched = (behind or list(watches))[0].watched
    raise timed_out(watched, "event time did not pass", deadline, time_target=target)


def _has_passed(watch: Watch, target: int) -> bool:
    reached = _lowest(watch.watched.cluster.watermarks(watch.watched.job))
    return reached is not None and reached >= target
