"""Reading what a JVM tells of the running tasks and operators of a job, and of their watermarks."""

from __future__ import annotations

import json
import re

from harness.flink.gauges import LiveOperator, LiveTask, Watermark

NO_WATERMARK = -(2**63)
_NUMBER = re.compile(r"\[\d+\]")
_SOURCE = re.compile(r"^Source[:-][ _]")


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
