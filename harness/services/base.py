"""What a service is: how it is configured, started, found ready, and what it offers while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.launch.loopback import LoopbackNames
from harness.launch.process import Command, Process
from harness.services.certificates import Authority
from harness.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where one instance of a service runs, and who starts its processes.

    Attributes:
        folder: Its logs and small files, on disk.
        data: Its data, in shared memory where there is room.
        spawn: Starts a process on the keeper's main thread, from any thread.
        progress: Says what the service is doing.
        authority: Signs its certificates, where it has some.
        names: Where host names that jobs have in their code are found.
    """

    settings: Settings
    folder: Path
    data: Path
    spawn: Callable[[Command], Process]
    progress: Callable[[str], None]
    authority: Authority
    names: LoopbackNames


class Running(Protocol):
    """A service that is ready."""

    @property
    def processes(self) -> list[Process]:
        """Its processes; the end of any of them is the end of the service."""

    @property
    def log(self) -> Path:
        """The log that tells why it died."""

    def leave(self) -> None:
        """End it at the end of a run, when there is time for what later runs profit from."""

    def stop(self) -> None:
        """End it and leave nothing behind; must not fail if it is dead already."""
