"""What the keeper does beside answering: tasks on its loop, and threads for what blocks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

log = logging.getLogger("harness.keeper")


class Background:
    """Tasks and threads of the running loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._pool = ThreadPoolExecutor(16)
        self._tasks: set[asyncio.Task[Any]] = set()

    def task(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something beside everything else; what it raises is logged."""
        task = self.loop.create_task(coroutine)
        self._tasks.add(task)

        def done(task: asyncio.Task[Any]) -> None:
            self._tasks.discard(task)
            if not task.cancelled() and task.exception() is not None:
                log.error("in the background", exc_info=task.exception())

        task.add_done_callback(done)
        return task

    async def in_thread(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Run something that blocks beside the loop."""
        return await self.loop.run_in_executor(self._pool, function, *arguments)


async def in_full(*parts: Awaitable[Any]) -> list[Any]:
    """Wait for all parts, also if one fails: nothing may still be made while what was made is taken back.

    Raises:
        BaseException: What the first of the failed parts raised.
    """
    results = await asyncio.gather(*parts, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return list(results)
