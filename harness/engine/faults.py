"""Faults on purpose: a task that fails, a TaskManager or a Python worker that dies."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil

from harness.errors import JobError
from harness.flink.completion import Watch
from harness.location import Location
from harness.scenario.model import Fault, Victim


def strike(fault: Fault, watch: Watch, folder: Path) -> str:
    """Do what a scenario asks for, at once; returns what was hit.

    Args:
        fault: What is hit.
        watch: The job.
        folder: The lease's own, from which its Python workers were started.

    Raises:
        JobError: There is nothing to hit.
    """
    cluster, job = watch.watched.cluster, watch.watched.job
    if fault.victim is Victim.JOB:
        task = cluster.fail(job, f"failed on purpose, as {fault.location} says")
        return task or _nothing("no task of the job runs", fault.location)
    if fault.victim is Victim.TASKMANAGER:
        count = cluster.replace_task_manager(job)
        return (
            f"{count} tasks" if count else _nothing("no TaskManager runs a task of the job", fault.location)
        )
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
            if interpreter in process.cmdline()[:3] and "-c" not in process.cmdline()[:4]:
                found.append(process)
    return sorted(found, key=lambda process: process.pid)
