"""A last look at a job whose time is over; what Flink does not answer any more is left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from harness.clock import Deadline
from harness.diagnosis import Obstacle
from harness.errors import HarnessError, SettleTimeout
from harness.flink.checkpoint import Pending, pending
from harness.flink.cluster import Cluster
from harness.flink.contents import Partition
from harness.flink.gauges import Positions
from harness.flink.live import plain
from harness.flink.watch import Watched, newest_cause
from harness.flink.why_not import LastLook, Vertex, lines, obstacles

Answer = TypeVar("Answer")

_HINTS = {
    "slots": "lower `parallelism` in the pipeline, or what the job sets itself",
    "held back": "does every row have the time that the job's watermark follows?",
    "timers": "such timers fire by the real clock: raise the scenario's `timeout` above their time",
    "busy": "if the job only needs longer, raise the scenario's `timeout`",
}
_NO_PARTITION = (
    "lower the job's `parallelism`, raise the `partitions` of the source, or let its watermark strategy have "
    "an idleness"
)


def timed_out(
    watched: Watched,
    what: str,
    deadline: Deadline,
    *,
    targets: Mapping[Partition, int] | None = None,
    unproved: tuple[str, ...] = (),
    time_target: int | None = None,
    operators: Collection[str] | None = None,
) -> SettleTimeout:
    """The error of a job that was not done in time, with all that stands in its way.

    Args:
        watched: The job.
        what: What it has not done.
        deadline: That has passed.
        targets: Last data offset per partition that it was to pass.
        unproved: What the newest checkpoint that was read leaves unproved.
        time_target: The moment that event time was to pass, in milliseconds since 1970.
        operators: The ids of those in which it was to pass; None: all.
    """
    look = _look(watched, targets or {}, unproved, time_target)
    if operators is not None:
        look = replace(look, watermarks=[mark for mark in look.watermarks if mark.id in operators])
    found = obstacles(look)
    first = f": {found[0].text.splitlines()[0]}" if found else ""
    return SettleTimeout(
        f"{what} after {deadline.elapsed:.0f} s{first}",
        detail="\n".join(filter(None, [f"the job is {look.state}", lines(found)])),
        hint=_hint(found),
        obstacles=found,
    )


def _hint(found: tuple[Obstacle, ...]) -> str | None:
    if any(obstacle.kind == "held back" and obstacle.values["splits"] == 0 for obstacle in found[:1]):
        return _NO_PARTITION
    return next((_HINTS[obstacle.kind] for obstacle in found if obstacle.kind in _HINTS), None)


def _look(
    watched: Watched,
    targets: Mapping[Partition, int],
    unproved: tuple[str, ...],
    time_target: int | None,
) -> LastLook:
    cluster, job = watched.cluster, watched.job
    positions = _asked(lambda: cluster.positions(job), Positions(offsets={}, restarts=0))
    return LastLook(
        state=_asked(lambda: cluster.state(job), "gone"),
        restarts=positions.restarts,
        targets=targets,
        positions=positions.offsets,
        time_target=time_target,
        vertices=_asked(lambda: _vertices(cluster, job), ()),
        tasks=_asked(lambda: cluster.tasks(job), []),
        watermarks=_asked(lambda: cluster.watermarks(job), []),
        slots=_asked(lambda: _slots(cluster), (0, 0)),
        cause=_asked(lambda: newest_cause(watched), None),
        checkpoints=_asked(lambda: tuple(_checkpoints(cluster, job)), ()),
        in_flight=unproved,
    )


def _asked(ask: Callable[[], Answer], otherwise: Answer) -> Answer:
    try:
        return ask()
    except HarnessError:
        return otherwise


def _vertices(cluster: Cluster, job: str) -> tuple[Vertex, ...]:
    answer = cluster.rest.get(f"/jobs/{job}")
    inputs = {node["id"]: [i["id"] for i in node.get("inputs", ())] for node in answer["plan"]["nodes"]}
    return tuple(
        Vertex(
            id=vertex["id"],
            name=vertex["name"],
            parallelism=vertex["parallelism"],
            states={state: count for state, count in vertex["tasks"].items() if count},
            inputs=tuple(inputs.get(vertex["id"], ())),
        )
        for vertex in answer["vertices"]
    )


def _slots(cluster: Cluster) -> tuple[int, int]:
    answer = cluster.rest.get("/overview")
    return answer["slots-total"], answer["slots-available"]


def _checkpoints(cluster: Cluster, job: str) -> Iterator[str]:
    """Why the newest checkpoint is not there: what it waits for, and how the last that failed did so."""
    answer = cluster.rest.get(f"/jobs/{job}/checkpoints")
    completed = int((answer["latest"]["completed"] or {"id": 0})["id"])
    newest = max(answer["history"], key=lambda checkpoint: int(checkpoint["id"]), default=None)
    if newest is not None and newest["status"] == "IN_PROGRESS":
        yield _under_way(pending(cluster.rest, job, int(newest["id"])), _vertices(cluster, job))
    failed = answer["latest"]["failed"]
    if failed is not None and int(failed["id"]) > completed:
        why = (failed.get("failure_message") or "Flink does not say why").rstrip(".")
        yield f"checkpoint {failed['id']} failed: {why}"


def _under_way(checkpoint: Pending, vertices: Collection[Vertex]) -> str:
    missing = [
        f"{left} of {vertex.parallelism} subtasks of `{plain(vertex.name)}`"
        for vertex in vertices
        if (left := checkpoint.owed.get(vertex.id))
    ]
    told = f"checkpoint {checkpoint.id} waits for {', '.join(missing) or 'its end'}"
    if checkpoint.lost:
        return f"{told}, which ended as they were asked: only the checkpoint's own timeout ends it"
    return told
