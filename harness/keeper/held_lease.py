"""A lease as the keeper holds it, and the client that it is held for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from harness.clock import now
from harness.environment import Needs
from harness.keeper.leases import Instance, Want
from harness.keeper.protocol import Message, encode
from harness.launch.process import Process


@dataclass(eq=False, kw_only=True)
class HeldLease:
    """A lease from its request to the end of its clean-up.

    Attributes:
        children: Submissions that were forked, by their request's id.
        processes: Submissions that were started plainly.
        making: It is still being made: whoever makes it cleans up, once nothing more is added to it.
        ended: Nobody wants it any more.
        since: When it was asked for, in seconds since 1970.
        behind: While it waits: the leases that hold what it wants.
    """

    id: str
    client: Client
    label: str
    needs: Needs
    wants: list[Want]
    instances: dict[str, Instance[Any]] = field(default_factory=dict)
    database: str | None = None
    topics: list[str] = field(default_factory=list)
    children: set[str] = field(default_factory=set)
    processes: list[Process] = field(default_factory=list)
    making: bool = True
    ended: bool = False
    since: float = field(default_factory=lambda: now().timestamp())
    behind: tuple[str, ...] = ()


class Client:
    """One connected process: its leases end with its connection or with itself, whichever is first.

    Attributes:
        pid: Its process, once it has said hello.
    """

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.pid = 0
        self.leases: dict[str, HeldLease] = {}

    def send(self, message: Message) -> None:
        """Send one message, or nothing if the client is gone."""
        if not self.writer.is_closing():
            self.writer.write(encode(message))
