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
from dataclasses import dataclass
from functools import partial
from operator import le, ne

from harness.clock import Deadline, pause
from harness.flink.checkpoint import CheckpointRequest
from harness.flink.gauges import Watermark
from harness.flink.last_look import timed_out
from harness.flink.rest import RestError
from harness.flink.watch import JobFinished, Watch
from harness.flink.why_not import telling

LOOK_S = 0.02
QUIET_S = 1.0
"""A watermark that does not rise for so long is the last one: Flink's interval between two is 0.2 s."""

SendHeartbeats = Callable[[int], None]
"""Sends a heartbeat of that event time (milliseconds since 1970) to every partition of what is to pass it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The watermarks that are waited for.

    Attributes:
        watches: The jobs; time has passed when it has in all of them.
        operators: The ids of the operators that count; None: all.
    """

    watches: Sequence[Watch]
    operators: Collection[str] | None = None

    def look(self) -> list[Watermark]:
        """Those of the jobs that run.

        Raises:
            JobFailed: One of them failed.
        """
        found: list[Watermark] = []
        for watch in self.watches:
            if not watch.finished:
                found += self._of(watch)
        return found

    def _of(self, watch: Watch) -> list[Watermark]:
        cluster, job = watch.watched.cluster, watch.watched.job
        positions = cluster.positions(job)
        try:
            watch.look(positions.offsets, positions.restarts)
        except JobFinished:
            # All time has passed in it.
            return []
        return [m for m in cluster.watermarks(job) if self.operators is None or m.id in self.operators]

    @property
    def running(self) -> bool:
        """Whether there is a job in which time can pass."""
        return not all(watch.finished for watch in self.watches)

    def behind(self, target: int) -> Watch:
        """A job in which a moment has not passed yet."""
        found = (watch for watch in self.watches if not watch.finished)
        return next((w for w in found if not _has_passed(_lowest(self._of(w)), target)), self.watches[0])


def pass_moment(
    clocks: Clocks, send: SendHeartbeats, target: int, deadline: Deadline, sent: Collection[int] = ()
) -> int:
    """Let watermarks reach a moment; returns how many milliseconds they stay behind event time.

    Args:
        clocks: The watermarks.
        send: Sends heartbeats.
        target: The moment, in milliseconds since 1970.
        deadline: When to give up.
        sent: The newest event time of every partition, in milliseconds since 1970.

    Raises:
        JobFailed: The job failed meanwhile.
        SettleTimeout: The watermark did not get there in time, with what holds it back.
    """
    before = _lowest(clocks.look())
    if _has_passed(before, target) or not clocks.running:
        return 0
    passage = _Passage(clocks, send, target, deadline)
    step = _unlike(sent)
    # A heartbeat that is older than the rows of every partition would move no watermark.
    ahead = min(sent, default=target) if before is not None else target
    passage.send(max(target, ahead) + 1)
    reached = passage.wait(partial(ne, before))
    while reached < target:
        # What is seen may still come from older rows; one more step tells.
        passage.send(passage.newest + step)
        moved = passage.wait(partial(ne, reached))
        if moved == reached + step:
            passage.send(target + passage.newest - moved)
            moved = passage.wait(partial(le, target))
        reached = moved
    return passage.newest - reached


class _Passage:
    """Heartbeats on their way to a moment, and what the watermarks make of them.

    Attributes:
        newest: The event time of the last heartbeats.
    """

    def __init__(self, clocks: Clocks, send: SendHeartbeats, target: int, deadline: Deadline) -> None:
        self.newest = target
        self._clocks = clocks
        self._commits = _Commits(clocks.watches)
        self._send = send
        self._target = target
        self._deadline = deadline

    def send(self, millis: int) -> None:
        """Send heartbeats of that time."""
        self.newest = millis
        self._send(millis)

    def wait(self, done: Callable[[int], bool]) -> int:
        """Look until the lowest watermark is as it should be; returns it."""
        while True:
            self._commits.go_on()
            now = _lowest(self._clocks.look())
            if now is not None and done(now):
                return now
            if not self._clocks.running:
                return self._target
            if self._deadline.passed:
                raise timed_out(
                    self._clocks.behind(self._target).watched,
                    "event time did not pass",
                    self._deadline,
                    time_target=self._target,
                    operators=self._clocks.operators,
                )
            pause(LOOK_S)


class _Commits:
    """Checkpoints of several jobs, each after the one before, while event time passes.

    A transactional sink hands a heartbeat on to the next job when it commits, and the job's own interval
    between two checkpoints may be minutes.
    """

    def __init__(self, watches: Sequence[Watch]) -> None:
        self._watches = watches if len(watches) > 1 else ()
        self._requests: dict[str, CheckpointRequest] = {}

    def go_on(self) -> None:
        """Ask for the next checkpoint of every job whose last one is over."""
        for watch in self._watches:
            cluster, job = watch.watched.cluster, watch.watched.job
            with contextlib.suppress(RestError):  # `look` tells what is wrong with the job
                request = self._requests.get(job)
                if request is None or request.answer() is not None:
                    self._requests.pop(job, None)
                    self._requests[job] = CheckpointRequest(cluster, job)


def come_to_rest(clocks: Clocks, deadline: Deadline) -> None:
    """Wait until the watermarks rise no more.

    Raises:
        JobFailed: The job failed meanwhile.
    """
    reached(clocks, lambda _: False, rises=False, deadline=deadline)


def reached(
    clocks: Clocks, expected: Callable[[int | None], bool], *, rises: bool, deadline: Deadline
) -> int | None:
    """The lowest watermark of settled jobs, once it is what is expected, or none rises any more.

    A job gives its watermarks out some time after the rows that they follow from, and nothing in Flink
    says that it has given the last one.

    Args:
        clocks: The watermarks.
        expected: Whether a watermark (milliseconds since 1970) is the expected one.
        rises: One that was as expected remains so however far it rises.
        deadline: When to give up waiting.

    Raises:
        JobFailed: The job failed meanwhile.
    """
    now = clocks.look()
    quiet = Deadline(QUIET_S)
    while not (rises and expected(_lowest(now))) and not quiet.passed and not deadline.passed:
        pause(LOOK_S)
        before, now = now, clocks.look()
        if set(now) != set(before):
            quiet = Deadline(QUIET_S)
    return _lowest(now)


def _unlike(sent: Collection[int]) -> int:
    """The shortest span that no two of the times have between them."""
    spans = {abs(one - other) for one in sent for other in sent}
    return next(span for span in itertools.count(1) if span not in spans)


def _lowest(found: list[Watermark]) -> int | None:
    """The watermark that every operator has reached; None: one of them has none yet."""
    # What a sink gives on is nothing, and what a source is given neither.
    marks = [mark.millis for mark in telling(found)]
    return min(marks) if marks and None not in marks else None  # type: ignore[type-var]


def _has_passed(mark: int | None, target: int) -> bool:
    return mark is not None and mark >= target
