"""Faults on purpose: a task that fails, a TaskManager or a Python worker that dies."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import psutil

from harness.environment import Lease
from harness.errors import JobError
from harness.flink.watch import Watch, Watched
from harness.location import Location
from harness.scenario.model import Fault, Victim

JOB_MANAGER = "jobmanager"


def strike(fault: Fault, watches: Sequence[Watch], lease: Lease) -> str:
    """Do what a scenario asks for; returns what was hit.

    Args:
        fault: What is hit.
        watches: The jobs that it may hit.
        lease: Whose processes they are.

    Raises:
        JobError: There is nothing to hit.
    """
    jobs = [watch.watched for watch in watches]
    if fault.victim is Victim.JOB:
        message = f"failed on purpose, as {fault.location} says"
        tasks = (job.cluster.fail(job.job, message) for job in jobs)
        return next(filter(None, tasks), "") or _nothing("no task of the job runs", fault.location)
    if fault.victim is Victim.TASKMANAGER:
        return _kill_task_manager(jobs, lease) or _nothing(
            "no TaskManager runs a task of the job", fault.location
        )
    if fault.victim is Victim.JOBMANAGER:
        if not jobs:
            _nothing("no job runs that would miss the JobManager", fault.location)
        lease.kill(JOB_MANAGER)
        return ""
    for worker in _workers(Path(lease.grant.folder)):
        with contextlib.suppress(psutil.NoSuchProcess):
            worker.kill()
            return f"worker {worker.pid}"
    return _nothing("the job has no Python worker of its own", fault.location)


def _kill_task_manager(jobs: Sequence[Watched], lease: Lease) -> str:
    """End a TaskManager that runs tasks of a job; returns which, or "" where none does."""
    assert lease.grant.flink is not None
    if lease.grant.flink.layout == "in-process":
        count = next(filter(None, (job.cluster.replace_task_manager(job.job) for job in jobs)), 0)
        return f"{count} tasks" if count else ""
    found = next(filter(None, (job.cluster.task_managers(job.job) for job in jobs)), [])
    for task_manager in found[:1]:
        lease.kill(task_manager)
    return found[0] if found else ""


def _nothing(fact: str, location: Location) -> str:
    raise JobError(fact, location=location, hint="what does the job do at this step?")


def _workers(folder: Path) -> list[psutil.Process]:
    """The Python workers of a lease: each was started through the interpreter in the lease's folder."""
    interpreter = str(folder / "python")
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()[:4]
            if any(word.startswith(interpreter) for word in words) and "-c" not in words:
                found.append(process)
    return sorted(found, key=lambda process: process.pid)
