"""Starts and watches processes on the keeper's one main thread, for services that start in others."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from harness import platform
from harness.launch.process import Command, Process, start

POLL_SECONDS = 0.1
"""How often a process is looked at where the system cannot tell of its end."""


class Spawner:
    """A death signal fires when the starting *thread* ends, so only the main thread starts anything."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, command: Command) -> Process:
        """Start a command; to be called from any thread but the main one.

        Raises:
            ServiceError: The program cannot be executed.
        """
        return asyncio.run_coroutine_threadsafe(self.start(command), self._loop).result()

    async def start(self, command: Command) -> Process:
        """Start a command; to be called on the main thread."""
        return start(command)

    def watch(self, process: Process, on_end: Callable[[Process], None]) -> None:
        """Call `on_end` once, on the main thread, as soon as the process has ended."""
        pidfd = platform.open_pidfd(process.pid)
        if pidfd is not None:
            waiting = self._loop.create_task(self._readable(pidfd, process, on_end))
        else:
            waiting = self._loop.create_task(self._poll(process, on_end))
        self._tasks.add(waiting)
        waiting.add_done_callback(self._tasks.discard)

    async def _readable(self, pidfd: int, process: Process, on_end: Callable[[Process], None]) -> None:
        ended = asyncio.Event()
        self._loop.add_reader(pidfd, ended.set)
        try:
            await ended.wait()
        finally:
            self._loop.remove_reader(pidfd)
            os.close(pidfd)
        process.popen.wait()
        on_end(process)

    async def _poll(self, process: Process, on_end: Callable[[Process], None]) -> None:
        while process.status is None:  # noqa: ASYNC110 - here nothing tells of its end
            await asyncio.sleep(POLL_SECONDS)
        on_end(process)
