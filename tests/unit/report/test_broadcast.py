from __future__ import annotations

from harness.events import Event, RunStarted
from harness.report import Broadcast


class Listener:
    def __init__(self) -> None:
        self.heard: list[Event] = []
        self.closed = 0

    def handle(self, event: Event) -> None:
        self.heard.append(event)

    def close(self) -> None:
        self.closed += 1


class Crashing(Listener):
    def handle(self, event: Event) -> None:
        super().handle(event)
        raise ValueError("no disk")


class CrashingAtTheEnd(Listener):
    def close(self) -> None:
        super().close()
        raise OSError("no disk")


def test_a_crash_is_told_once_and_harms_nobody_else() -> None:
    said: list[str] = []
    first, crashing, last = Listener(), Crashing(), Listener()
    broadcast = Broadcast([first, crashing, last], said.append)

    for _ in range(3):
        broadcast.handle(RunStarted(1))
    broadcast.close()

    assert said == ["the Crashing report stopped working: ValueError: no disk"]
    assert len(first.heard) == len(last.heard) == 3
    assert len(crashing.heard) == 1
    assert (first.closed, crashing.closed, last.closed) == (1, 0, 1)


def test_a_crash_while_closing_harms_nobody_else() -> None:
    said: list[str] = []
    crashing, last = CrashingAtTheEnd(), Listener()
    broadcast = Broadcast([crashing, last], said.append)

    broadcast.close()
    broadcast.close()

    assert said == ["the CrashingAtTheEnd report stopped working: OSError: no disk"]
    assert last.closed == 1
