"""What a reporter is, and how several of them listen without harming each other or the verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from harness.events import Event


class Reporter(Protocol):
    """Makes something out of what happens."""

    def handle(self, event: Event) -> None:
        """Take note of an event."""
        ...

    def close(self) -> None:
        """Nothing more will come, be the run complete or not."""
        ...


class Broadcast:
    """Passes events on to all reporters; its `handle` is the engine's `emit`.

    A reporter that crashes is told to the user once and hears nothing more. The others go on, and
    the verdict stays what it is.
    """

    def __init__(self, reporters: Iterable[Reporter], on_crash: Callable[[str], None]) -> None:
        self._reporters = list(reporters)
        self._on_crash = on_crash

    def handle(self, event: Event) -> None:
        """Pass an event on."""
        for reporter in list(self._reporters):
            self._isolated(reporter, lambda r: r.handle(event))

    def close(self) -> None:
        """Close all reporters that still work."""
        for reporter in list(self._reporters):
            self._isolated(reporter, lambda r: r.close())
        self._reporters.clear()

    def _isolated(self, reporter: Reporter, act: Callable[[Reporter], None]) -> None:
        try:
            act(reporter)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is the reporter's own)
            self._reporters.remove(reporter)
            name = type(reporter).__name__
            self._on_crash(f"the {name} report stopped working: {type(error).__name__}: {error}")
