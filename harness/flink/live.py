"""The running tasks and operators of a job, and their watermarks, as its JVM tells of them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

NO_WATERMARK = -(2**63)
_NUMBER = re.compile(r"\[\d+\]")
_SOURCE = re.compile(r"^Source[:-][ _]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """The watermark of one operator in one subtask.

    Attributes:
        operator: Its name.
        is_input: Whether it is what the operator was given; else what it gives on.
        millis: Milliseconds since 1970; None: none was seen yet.
        id: The operator's id.
    """

    operator: str
    subtask: int
    is_input: bool
    millis: int | None
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOperator:
    """One operator in one subtask, as it runs now.

    Attributes:
        processing_timers: Processing-time timers that are set.
        event_timers: Event-time timers that are set.
        idle: Whether it told those behind it that nothing comes.
        splits: How many partitions it reads; None where it is no source.
    """

    id: str
    name: str
    subtask: int
    processing_timers: int = 0
    event_timers: int = 0
    idle: bool = False
    splits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTask:
    """A chain of operators in one subtask.

    Attributes:
        vertex: The id of the job's vertex.
        pressed: Whether those behind it take nothing more from it.
        stack: What its thread does, the innermost call first.
        operators: The operators of the chain.
    """

    vertex: str
    subtask: int
    pressed: bool = False
    stack: tuple[str, ...] = ()
    operators: tuple[LiveOperator, ...] = ()


def read_tasks(text: str) -> list[LiveTask]:
    """The tasks, from what the JVM tells."""
    return [
        LiveTask(
            vertex=task["vertex"],
            subtask=task["subtask"],
            pressed=task["pressed"],
            stack=tuple(task["stack"]),
            operators=tuple(
                LiveOperator(
                    id=operator,
                    name=plain(name),
                    subtask=task["subtask"],
                    processing_timers=processing,
                    event_timers=event,
                    idle=idle,
                    splits=None if splits < 0 else splits,
                )
                for operator, name, processing, event, idle, splits in task["operators"]
            ),
        )
        for task in json.loads(text)
    ]


def read_watermarks(text: str) -> list[Watermark]:
    """The watermarks, from what the JVM tells."""
    return [
        Watermark(
            operator=plain(name),
            subtask=subtask,
            is_input=side == "in",
            millis=None if millis == NO_WATERMARK else millis,
            id=operator,
        )
        for side, operator, subtask, millis, name in json.loads(text)
    ]


def plain(name: str) -> str:
    """The name of an operator or vertex without what Flink adds to it, which is another each time."""
    parts = (_SOURCE.sub("", part) for part in _NUMBER.sub("", name).split(" -> "))
    return " -> ".join(part.replace("-_", ": ") for part in parts)
