"""Savepoints: taken while a job goes on, or as its last act."""

from __future__ import annotations

import contextlib
from pathlib import Path

from harness.clock import Deadline, pause
from harness.errors import JobError, SettleTimeout
from harness.flink.rest import RestError
from harness.flink.watch import JobFinished, Watch

LOOK_S = 0.01
FLUSH_S = 5.0
"""A job that has not taken a savepoint by then is held up, and is struck as it is."""


def take(watch: Watch, folder: Path, deadline: Deadline) -> Path:
    """A savepoint while the job goes on; returns where it is.

    Raises:
        JobError: The job could not take it.
        JobFailed: The job failed meanwhile.
        SettleTimeout: It was not there in time.
    """
    cluster, job = watch.watched.cluster, watch.watched.job
    try:
        request = cluster.trigger_savepoint(job, folder)
    except RestError as error:
        raise _refused(error) from error
    return _wait(watch, request, deadline)


def flush(watch: Watch, folder: Path, deadline: Deadline) -> None:
    """Have a job finish with what it has read, and commit nothing of it.

    A savepoint makes functions end their bundles and sinks write their buffers, and since Flink 1.15
    one that is taken on the way commits nothing and is no point to go on from. A job that cannot take
    one is left as it is.

    Raises:
        JobFailed: The job failed meanwhile.
    """
    with contextlib.suppress(JobError, SettleTimeout, JobFinished):
        take(watch, folder, deadline)


def stop(watch: Watch, folder: Path, deadline: Deadline, *, drain: bool = False) -> Path:
    """Stop the job with a savepoint, wait until it has ended; returns where the savepoint is.

    Args:
        watch: The job.
        folder: Where savepoints go.
        deadline: When to give up.
        drain: Let event time come to its end first, so that every open window fires.

    Raises:
        JobError: The job could not be stopped.
        JobFailed: The job failed meanwhile.
        SettleTimeout: It did not stop in time.
    """
    cluster, job = watch.watched.cluster, watch.watched.job
    try:
        request = cluster.trigger_stop(job, folder, drain=drain)
    except RestError as error:
        raise _refused(error) from error
    path = _wait(watch, request, deadline, ends=True)
    while cluster.state(job) != "FINISHED":
        if deadline.passed:
            raise SettleTimeout(
                f"the job has not ended {deadline.elapsed:.0f} s after its savepoint",
                detail=f"it is {cluster.state(job)}",
            )
        watch.watched.alive()
        pause(LOOK_S)
    return path


def _wait(watch: Watch, request: str, deadline: Deadline, *, ends: bool = False) -> Path:
    cluster, job = watch.watched.cluster, watch.watched.job
    while True:
        done = cluster.savepoint_done(job, request)
        if isinstance(done, Path):
            return done
        if done is not None:
            raise _refused(done)
        if deadline.passed:
            raise SettleTimeout(f"no savepoint was there after {deadline.elapsed:.0f} s")
        if ends:
            # A job that is being stopped ends before its request says so.
            watch.watched.alive()
        else:
            positions = cluster.positions(job)
            watch.look(positions.offsets, positions.restarts)
        pause(LOOK_S)


def _refused(error: RestError) -> JobError:
    text = str(error)
    causes = [line.split("Caused by: ", 1)[-1] for line in text.splitlines() if "Caused by: " in line]
    return JobError(
        "the job could not take a savepoint",
        detail=causes[-1] if causes else text.splitlines()[0] if text else None,
    )
