"""The keeper's side of the janitor process: requests, and answers as they come."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

from harness.errors import ServiceError
from harness.keeper.protocol import RunFolder, decode, encode
from harness.keeper.spawn import Spawner
from harness.launch.process import Command, Process

ANSWER_SECONDS = 60


class JanitorProcess:
    """The process that makes and removes what leases name."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._next = 0

    async def start(self, spawner: Spawner, folder: RunFolder) -> None:
        """Start the process; it is ready when it has imported its clients."""
        self._process = await spawner.start(
            Command(
                name="janitor",
                argv=[sys.executable, "-P", "-m", "harness.keeper.janitor"],
                log=folder.path / "janitor.log",
                environ=dict(os.environ),
                cwd=folder.path,
                talks=True,
            )
        )
        loop = asyncio.get_running_loop()
        assert self._process.popen.stdout is not None
        reader = asyncio.StreamReader(limit=1 << 24)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), self._process.popen.stdout)
        self._reading = loop.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            message = decode(line)
            future = self._answers.pop(message["id"], None)
            if future is None or future.done():
                continue
            if "error" in message:
                future.set_exception(ServiceError(message["error"]))
            else:
                future.set_result(message["ok"])
        assert self._process is not None
        for future in self._answers.values():
            if not future.done():
                future.set_exception(self._process.failed("ended"))

    async def ask(self, verb: str, **arguments: object) -> Any:
        """Have one thing done.

        Raises:
            ServiceError: It could not be done.
        """
        assert self._process is not None
        self._next += 1
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[self._next] = future
        request = {"id": self._next, "verb": verb, "arguments": arguments}
        if self._process.status is not None:
            raise self._process.failed("ended")
        self._process.write_line(encode(request).decode().rstrip("\n"))
        try:
            return await asyncio.wait_for(future, ANSWER_SECONDS)
        except TimeoutError:
            raise ServiceError(f"`{verb}` was not done in {ANSWER_SECONDS} s") from None
