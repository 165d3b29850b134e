"""A job that is never done is given up soon after it runs, however long Flink has taken to start it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest

from harness.clock import Deadline
from harness.engine.jobs import Jobs
from harness.flink import completion, event_time

SECONDS: ContextVar[float | None] = ContextVar("SECONDS", default=None)


@contextmanager
def waiting(seconds: float | None) -> Iterator[None]:
    """In this thread every wait for a running job is at most so long; None: as the scenario says."""
    token = SECONDS.set(seconds)
    try:
        yield
    finally:
        SECONDS.reset(token)


def install(patch: pytest.MonkeyPatch) -> None:
    """Let `waiting` be heard by all that waits for a running job."""
    for owner, name in ((Jobs, "settle"), (event_time, "pass_moment"), (completion, "wait_for_readers")):
        patch.setattr(owner, name, impatient(getattr(owner, name)))


def impatient(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with a shorter deadline among its arguments."""

    def call(*arguments: object) -> object:
        seconds = SECONDS.get()
        if seconds is None:
            return function(*arguments)
        shorter = (Deadline(seconds) if isinstance(one, Deadline) else one for one in arguments)
        return function(*shorter)

    return call
