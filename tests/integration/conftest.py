from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.events import Emit, Event, StepFinished
from harness.session import Session
from tests.integration.stage import Once, Stage


@pytest.fixture
def stage(session: Session, tmp_path: Path) -> Stage:
    return Stage(session=session, folder=tmp_path)


@pytest.fixture
def after_first_step() -> Once:
    """Makes a listener that does something exactly once: when the first step is over."""

    def make(action: Callable[[], None]) -> Emit:
        left = [action]

        def listen(event: Event) -> None:
            if isinstance(event, StepFinished) and left:
                left.pop()()

        return listen

    return make
