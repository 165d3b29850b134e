"""Why a job is not done: what stands in its way, from a last look at it, the most telling thing first."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from harness.diagnosis import Figure, Obstacle
from harness.flink.cause import Cause
from harness.flink.contents import Partition
from harness.flink.gauges import LiveTask, Watermark
from harness.flink.live import plain
from harness.flink.stack_trace import java_frame

_WAITING = frozenset({"CREATED", "SCHEDULED"})
_STARTING = frozenset({"DEPLOYING", "INITIALIZING"})
_PYTHON = re.compile(r"\.(?:Beam\w*PythonFunctionRunner|AbstractPythonFunctionOperator)\.")
_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vertex:
    """A vertex of the job's graph.

    Attributes:
        states: How many of its subtasks are in each state.
        inputs: The ids of the vertices before it.
    """

    id: str
    name: str
    parallelism: int
    states: Mapping[str, int]
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LastLook:
    """All that was seen of a job when the time was over.

    Attributes:
        targets: Last data offset per partition.
        positions: Offset of the last record handed over, as the metrics have it.
        time_target: The moment that event time was to pass, in milliseconds since 1970; None if none was.
        vertices: Those of its graph, sources first.
        slots: How many slots the cluster has, and how many are free.
        cause: Of the newest failure.
        checkpoints: Of the checkpoints since the last that was completed: what one waits for, how one failed.
        in_flight: What the newest checkpoint holds that is not through yet, by operator id.
    """

    state: str
    restarts: int
    targets: Mapping[Partition, int] = field(default_factory=dict)
    positions: Mapping[Partition, int] = field(default_factory=dict)
    time_target: int | None = None
    vertices: tuple[Vertex, ...] = ()
    tasks: Sequence[LiveTask] = ()
    watermarks: Sequence[Watermark] = ()
    slots: tuple[int, int] = (0, 0)
    cause: Cause | None = None
    checkpoints: tuple[str, ...] = ()
    in_flight: tuple[str, ...] = ()


def obstacles(look: LastLook) -> tuple[Obstacle, ...]:
    """What stands in a job's way, the most telling thing first."""
    found = [*_life(look), *_checkpoints(look), *_positions(look)]
    where = [*_pressure(look), *_busy(look)]
    time = [*_watermarks(look)]
    # Where event time is waited for, who holds it back is the answer.
    order = [*time, *found, *where] if look.time_target is not None else [*found, *where, *time]
    return (*order, *_timers(look), *_idle(look))


def lines(found: Sequence[Obstacle]) -> str:
    """The obstacles as text: one per line, below the word for their kind."""
    groups = itertools.groupby(found, key=lambda obstacle: obstacle.kind)
    return "\n".join(f"{kind}:\n" + "\n".join(_indented(o.text) for o in group) for kind, group in groups)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _obstacle(kind: str, subject: str, text: str, **values: Figure) -> Obstacle:
    return Obstacle(kind=kind, subject=subject, text=text, values=values)


def _life(look: LastLook) -> Iterator[Obstacle]:
    total, free = look.slots
    wanted = max((vertex.parallelism for vertex in look.vertices), default=0)
    if any(set(vertex.states) & _WAITING for vertex in look.vertices) and wanted > free:
        text = f"no free slot: the job wants {wanted}, and {free} of {total} are free"
        yield _obstacle("slots", "cluster", text, wanted=wanted, free=free, total=total)
    for vertex in look.vertices:
        starting = sum(count for state, count in vertex.states.items() if state in _STARTING)
        if starting:
            text = f"{starting} of {vertex.parallelism} subtasks of {_shown(vertex)} have not started yet"
            yield _obstacle("starting", plain(vertex.name), text, subtasks=starting)
    if look.cause is not None and (look.restarts or look.state != "RUNNING"):
        times = f"{look.restarts} time{'' if look.restarts == 1 else 's'}"
        yield _obstacle(
            "restarts",
            "job",
            f"the job has restarted {times}; its last failure: {look.cause.text()}",
            restarts=look.restarts,
            cause=look.cause.fact,
        )


def _checkpoints(look: LastLook) -> Iterator[Obstacle]:
    for text in look.checkpoints:
        yield _obstacle("checkpoint", "job", text)
    names = {operator.id: operator.name for task in look.tasks for operator in task.operators}
    for text in look.in_flight:
        operator = next((id_ for id_ in names if id_ in text), None)
        told = text.replace(f"operator {operator}", f"operator {names[operator]}") if operator else text
        first = text.partition(" ")[0]
        count = int(first) if first.isdigit() else None
        yield _obstacle("in flight", names.get(operator or "", ""), told, count=count)


def _positions(look: LastLook) -> Iterator[Obstacle]:
    for (topic, partition), target in sorted(look.targets.items()):
        at = look.positions.get((topic, partition), -1)
        if at < target:
            place = f"{topic}[{partition}]"
            read = f"record {at} is the last that was read" if at >= 0 else "nothing was read"
            text = f"{place}: {read}, and {target} is the last that was sent"
            yield _obstacle("not read yet", place, text, at=at if at >= 0 else None, target=target)


# Who is slow


def _pressure(look: LastLook) -> Iterator[Obstacle]:
    pressed = {task.vertex for task in look.tasks if task.pressed}
    for vertex in look.vertices:
        slow = vertex.id not in pressed and pressed & set(vertex.inputs)
        for before in (other for other in look.vertices if slow and other.id in vertex.inputs):
            text = f"{_shown(before)} waits, because {_shown(vertex)} takes no more records"
            yield _obstacle("back-pressure", plain(vertex.name), text, waits=plain(before.name))


def _busy(look: LastLook) -> Iterator[Obstacle]:
    """Tasks whose thread is in code of the user's, or waits for that of a Python worker."""
    names = {vertex.id: _shown(vertex) for vertex in look.vertices}
    for task in look.tasks:
        frame = next((f for call in task.stack if (f := java_frame(f"\tat {call}")) is not None), None)
        if frame is not None:
            doing = f"is in {frame.function} ({frame.file}:{frame.line})"
        elif any(_PYTHON.search(call) for call in task.stack) and _waits(task):
            doing = "waits for its Python worker"
        else:
            continue
        name = names.get(task.vertex, task.vertex)
        yield _obstacle("busy", name, f"{name}, subtask {task.subtask}, {doing}", subtask=task.subtask)


def _waits(task: LiveTask) -> bool:
    return bool(task.stack) and ("wait" in task.stack[0].lower() or "park" in task.stack[0])


# Event time


def _watermarks(look: LastLook) -> Iterator[Obstacle]:
    marks = telling(look.watermarks)
    timers = sum(operator.event_timers for task in look.tasks for operator in task.operators)
    if look.time_target is None and not (timers and any(mark.millis is not None for mark in marks)):
        return
    yield from _holders(look, marks)
    lowest: dict[str, Watermark] = {}
    for mark in marks:
        key = mark.id or mark.operator
        if key not in lowest or _order(mark) < _order(lowest[key]):
            lowest[key] = mark
    places = _places(look)
    for mark in sorted(lowest.values(), key=lambda mark: places.get(mark.id, len(places))):
        if look.time_target is None or mark.millis is None or mark.millis < look.time_target:
            text = f"{mark.operator}, subtask {mark.subtask}: {moment(mark.millis)}"
            yield _obstacle("watermark", mark.operator, text, subtask=mark.subtask, millis=mark.millis)


def _places(look: LastLook) -> dict[str, int]:
    """Where each operator stands, from the sources to the sinks."""
    vertices = {vertex.id: place for place, vertex in enumerate(look.vertices)}
    tasks = sorted(look.tasks, key=lambda task: vertices.get(task.vertex, 0))
    operators = dict.fromkeys(operator.id for task in tasks for operator in task.operators)
    return {operator: place for place, operator in enumerate(operators)}


def _order(mark: Watermark) -> tuple[bool, int]:
    """None at all is the lowest."""
    return (mark.millis is not None, mark.millis or 0)


def _holders(look: LastLook, marks: Sequence[Watermark]) -> Iterator[Obstacle]:
    """The subtasks of sources that hold back the watermark of all that is behind them."""
    sources = {
        (operator.id, operator.subtask): operator
        for task in look.tasks
        for operator in task.operators
        if operator.splits is not None
    }
    for mark in sorted(marks, key=lambda mark: (mark.operator, mark.subtask)):
        source = sources.get((mark.id, mark.subtask))
        behind = mark.millis is None or (look.time_target is not None and mark.millis < look.time_target)
        if source is None or source.idle or not behind:
            continue
        name = f"subtask {mark.subtask} of {mark.operator}"
        if not source.splits:
            text = f"{name} reads no partition, gives no watermark, and holds back all that is behind it"
            yield _obstacle("held back", mark.operator, text, subtask=mark.subtask, splits=0)
        elif mark.millis is None:
            text = f"{name} has given no watermark yet, although it reads {_partitions(source.splits)}"
            yield _obstacle("held back", mark.operator, text, subtask=mark.subtask, splits=source.splits)
        else:
            text = f"{name} has come to {moment(mark.millis)} only"
            yield _obstacle("held back", mark.operator, text, subtask=mark.subtask, splits=source.splits)


def telling(found: Sequence[Watermark]) -> list[Watermark]:
    """What is given on by operators without an input, and what the others are given."""
    inner = {(mark.id, mark.operator, mark.subtask) for mark in found if mark.is_input}
    return [mark for mark in found if mark.is_input or (mark.id, mark.operator, mark.subtask) not in inner]


def moment(millis: int | None) -> str:
    """A watermark as a person reads it."""
    if millis is None:
        return "none yet"
    try:
        at = _EPOCH + timedelta(milliseconds=millis)
    except OverflowError:
        return "the end of time"
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# What cannot be hurried


def _timers(look: LastLook) -> Iterator[Obstacle]:
    counts: dict[str, int] = {}
    for operator in (operator for task in look.tasks for operator in task.operators):
        counts[operator.name] = counts.get(operator.name, 0) + operator.processing_timers
    for name, count in counts.items():
        if count:
            text = f"{count} processing-time timer{' is' if count == 1 else 's are'} set in {name}"
            yield _obstacle("timers", name, text, count=count)


def _idle(look: LastLook) -> Iterator[Obstacle]:
    for operator in (operator for task in look.tasks for operator in task.operators):
        if operator.idle and operator.splits is not None:
            why = f"reads {_partitions(operator.splits)}" if operator.splits else "reads no partition"
            text = f"{operator.name}, subtask {operator.subtask}, {why}"
            yield _obstacle("idle", operator.name, text, subtask=operator.subtask, splits=operator.splits)


def _partitions(count: int) -> str:
    return f"{count} partition{'' if count == 1 else 's'}"


def _shown(vertex: Vertex) -> str:
    name = plain(vertex.name)
    return f"`{name if len(name) <= 60 else name[:56] + ' ...'}`"
