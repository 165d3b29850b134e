"""Runs inside of Flink's worker, which is a thread of the tests: the function under test and what it does.

Flink works with a copy of the function, as it always does; what happens is recorded here, in the
process that both share.
"""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from pyflink.datastream import KeyedProcessFunction, OutputTag, ProcessFunction, TimeDomain

from harness.operators import OperatorResult, Output, Timer

RECORD, WATERMARK, CLOCK = 0, 1, 2
"""The first field of a row; the second one is its timestamp, the third its pickled (key, value, input)."""
LAST_WATERMARK = 2**63 - 1

_numbers = itertools.count(1)
_runs: dict[int, Run] = {}


@dataclass(kw_only=True)
class Run:
    """One run of one operator.

    Attributes:
        ends: The input ends, and so the watermark goes past every timer.
        clock: The processing time.
        error: What the function raised, as it was raised.
    """

    ends: bool
    number: int = field(default_factory=lambda: next(_numbers))
    clock: int = 0
    result: OperatorResult = field(default_factory=OperatorResult)
    error: BaseException | None = None

    def __enter__(self) -> Self:
        _runs[self.number] = self
        return self

    def __exit__(self, *_: object) -> None:
        del _runs[self.number]

    def record(self, results: Iterable[Any] | None, timestamp: int) -> Iterator[Any]:
        """Take what the function emits, and hand on what goes to the main output."""
        try:
            for value in results or ():
                if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], OutputTag):
                    self.result.side.setdefault(value[0].tag_id, []).append(Output(value[1], timestamp))
                else:
                    self.result.outputs.append(Output(value, timestamp))
                    yield value
        except Exception as error:
            self.error = error
            raise

    def pending(self, key: Any, timestamp: int, domain: str) -> Timer | None:
        """The timer that is registered so, if there is one."""
        wanted = Timer(key=key, timestamp=timestamp, domain=domain)
        return next((timer for timer in self.result.timers if timer == wanted), None)


class TimerService:
    """Flink's own for event time, and a clock that is set by hand for processing time."""

    def __init__(self, run: Run, service: Any, key: Any) -> None:
        self._run = run
        self._service = service
        self._key = key

    def current_processing_time(self) -> int:
        """What the last ProcessingTime said."""
        return self._run.clock

    def current_watermark(self) -> int:
        """What the last Watermark said."""
        return int(self._service.current_watermark())

    def register_event_time_timer(self, timestamp: int) -> None:
        """Register a timer with Flink."""
        self._add(timestamp, "event")
        self._service.register_event_time_timer(timestamp)

    def delete_event_time_timer(self, timestamp: int) -> None:
        """Delete one."""
        self._delete(timestamp, "event")
        self._service.delete_event_time_timer(timestamp)

    def register_processing_time_timer(self, timestamp: int) -> None:
        """Register a timer that fires with a later ProcessingTime."""
        self._add(timestamp, "processing")

    def delete_processing_time_timer(self, timestamp: int) -> None:
        """Delete one."""
        self._delete(timestamp, "processing")

    def _add(self, timestamp: int, domain: str) -> None:
        # A timer that is registered twice fires once.
        if self._run.pending(self._key, timestamp, domain) is None:
            self._run.result.timers.append(Timer(key=self._key, timestamp=timestamp, domain=domain))

    def _delete(self, timestamp: int, domain: str) -> None:
        timer = self._run.pending(self._key, timestamp, domain)
        if timer is not None:
            timer.state = "deleted"


class Context:
    """What the function is given with a record or a timer."""

    def __init__(self, run: Run, context: Any, *, key: Any, timestamp: int, domain: Any = None) -> None:
        self._key = key
        self._timestamp = timestamp
        self._domain = domain
        self._service = TimerService(run, context.timer_service(), key)

    def timestamp(self) -> int:
        """Of the record or the timer."""
        return self._timestamp

    def timer_service(self) -> TimerService:
        """Timers of the current key."""
        return self._service

    def get_current_key(self) -> Any:
        """The current key."""
        return self._key

    def time_domain(self) -> Any:
        """Of the timer."""
        return self._domain


class Operator:
    """The function under test, called as PyFlink's own operators call it."""

    def __init__(self, function: Any, call: str, run: int) -> None:
        self._function = function
        self._call = call
        self._number = run

    @property
    def run(self) -> Run:
        """The run that this is the operator of."""
        return _runs[self._number]

    def open(self, context: Any) -> None:
        """Open the function; a plain one has nothing to open."""
        self._guarded("open", context)

    def close(self) -> None:
        """Close it."""
        self._guarded("close")

    def _guarded(self, name: str, *arguments: Any) -> None:
        method = getattr(self._function, name, None)
        if method is None:
            return
        try:
            method(*arguments)
        except Exception as error:
            self.run.error = error
            raise

    def process_element(self, row: Any, context: Any) -> Iterator[Any]:
        """A record, or the clock as one key sees it."""
        key, value, which = pickle.loads(row[2])  # noqa: S301 - our own bytes
        if row[0] == CLOCK:
            yield from self._advance(key, row[1], context)
            return
        about = Context(self.run, context, key=key, timestamp=row[1])
        yield from self.run.record(self._results(value, which, about), row[1])

    def _results(self, value: Any, which: int, context: Context) -> Iterator[Any]:
        function = self._function
        match self._call:
            case "process":
                yield from function.process_element(value, context) or ()
            case "co_process":
                name = "process_element1" if which == 1 else "process_element2"
                yield from getattr(function, name)(value, context) or ()
            case "flat_map":
                yield from function.flat_map(value) or ()
            case "map":
                yield function.map(value)
            case "filter":
                if function.filter(value):
                    yield value
            case _:
                yield function(value)

    def _advance(self, key: Any, clock: int, context: Any) -> Iterator[Any]:
        run = self.run
        run.clock = max(run.clock, clock)
        while True:
            timers = [
                t for t in run.result.timers if (t.key, t.domain, t.state) == (key, "processing", "pending")
            ]
            due = min((t for t in timers if t.timestamp <= clock), key=lambda t: t.timestamp, default=None)
            if due is None:
                return
            yield from self._fire(due, context, TimeDomain.PROCESSING_TIME)

    def on_timer(self, timestamp: int, context: Any) -> Iterator[Any]:
        """An event-time timer of Flink's own."""
        run = self.run
        timer = run.pending(context.get_current_key(), timestamp, "event")
        at_the_end = context.timer_service().current_watermark() >= LAST_WATERMARK
        if timer is not None and (run.ends or not at_the_end):
            yield from self._fire(timer, context, TimeDomain.EVENT_TIME)

    def _fire(self, timer: Timer, context: Any, domain: Any) -> Iterator[Any]:
        timer.state = "fired"
        about = Context(self.run, context, key=timer.key, timestamp=timer.timestamp, domain=domain)
        yield from self.run.record(self._function.on_timer(timer.timestamp, about), timer.timestamp)


class Plain(Operator, ProcessFunction):  # type: ignore[misc]  # PyFlink has no types
    """Without keys."""


class Keyed(Operator, KeyedProcessFunction):  # type: ignore[misc]  # PyFlink has no types
    """With keys."""
