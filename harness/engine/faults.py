"""Faults on purpose: a task that fails, a TaskManager or a Python worker that dies."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import psutil

from harness.errors import JobError
from harness.flink.completion import Watch
from harness.location import Location
from harness.scenario.model import Fault, Victim


def strike(fault: Fault, watches: Sequence[Watch], folder: Path) -> str:
    """Do what a scenario asks for; returns what was hit.

    Args:
        fault: What is hit.
        watches: The jobs that it may hit.
        folder: The lease's own, from which its Python workers were started.

    Raises:
        JobError: There is nothing to hit.
    """
    jobs = [watch.watched for watch in watches]
    if fault.victim is Victim.JOB:
        message = f"failed on purpose, as {fault.location} says"
        tasks = (job.cluster.fail(job.job, message) for job in jobs)
        return next(filter(None, tasks), "") or _nothing("no task of the job runs", fault.location)
    if fault.victim is Victim.TASKMANAGER:
        count = next(filter(None, (job.cluster.replace_task_manager(job.job) for job in jobs)), 0)
        if count:
            return f"{count} tasks"
        return _nothing("no TaskManager runs a task of the job", fault.location)
    for worker in _workers(folder):
        with contextlib.suppress(psutil.NoSuchProcess):
            worker.kill()
            return f"worker {worker.pid}"
    return _nothing("the job has no Python worker of its own", fault.location)


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
