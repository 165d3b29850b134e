"""A checkpoint that was asked for: whether it is done, and whether it ever can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.clock import Deadline
from harness.flink.cluster import Cluster
from harness.flink.rest import Rest, RestError

LOST_S = 0.25
"""Between two looks whether those whose answers are missing have ended."""


class CheckpointRequest:
    """A checkpoint that was asked for.

    Raises:
        RestError: The job cannot take one now.
    """

    def __init__(self, cluster: Cluster, job: str) -> None:
        self._cluster = cluster
        self._job = job
        self._id = cluster.trigger_checkpoint(job)
        self._look = Deadline(LOST_S)

    def answer(self) -> int | RestError | None:
        """The id of the checkpoint, why there is none, or None while it is under way.

        Raises:
            RestError: The job is gone.
        """
        done = self._cluster.checkpoint_done(self._job, self._id)
        if done is None and self._look.passed:
            if _overtakable(self._cluster.rest, self._job):
                return RestError(500, "those who have not acknowledged the checkpoint have ended")
            self._look = Deadline(LOST_S)
        return done


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A checkpoint under way.

    Attributes:
        owed: How many subtasks of each vertex have not acknowledged it yet, by the vertex's id.
        lost: Whether all of those have ended. Where a job takes no checkpoints by itself, a task that ends
            does not wait for the one that it is writing (SubtaskCheckpointCoordinatorImpl's
            waitForPendingCheckpoints), and it neither acknowledges nor declines it: the JobManager waits
            until the checkpoint's own timeout.
    """

    id: int
    owed: Mapping[str, int]
    lost: bool


def pending(rest: Rest, job: str, checkpoint: int) -> Pending:
    """Who has not acknowledged a checkpoint that is under way.

    Raises:
        RestError: The job or the checkpoint is gone.
    """
    path = f"/jobs/{job}/checkpoints/details/{checkpoint}"
    owed = {
        vertex: left
        for vertex, counts in rest.get(path)["tasks"].items()
        if (left := counts["num_subtasks"] - counts["num_acknowledged_subtasks"])
    }
    lost = bool(owed) and all(
        state == "FINISHED"
        for vertex in owed
        for state in _debtors(rest, job, vertex, rest.get(f"{path}/subtasks/{vertex}"))
    )
    return Pending(id=checkpoint, owed=owed, lost=lost)


def _overtakable(rest: Rest, job: str) -> bool:
    """Whether the newest checkpoint is lost, and the job takes another one nonetheless."""
    history = rest.get(f"/jobs/{job}/checkpoints")["history"]
    under_way = [int(known["id"]) for known in history if known["status"] == "IN_PROGRESS"]
    most = int(rest.get(f"/jobs/{job}/checkpoints/config")["max_concurrent"])
    return 0 < len(under_way) < most and pending(rest, job, max(under_way)).lost


def _debtors(rest: Rest, job: str, vertex: str, answers: Mapping[str, Any]) -> Iterator[str]:
    """The states of the subtasks that have not acknowledged a checkpoint."""
    tasks = rest.get(f"/jobs/{job}/vertices/{vertex}")["subtasks"]
    states = {task["subtask"]: task["status"] for task in tasks}
    for answer in answers["subtasks"]:
        if answer["status"] != "completed":
            yield states.get(answer["index"], "")
