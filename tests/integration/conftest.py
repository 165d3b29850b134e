from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from harness.events import Emit, Event, StepFinished
from harness.launch.artefacts import ensure
from harness.launch.flink_distribution import find_distribution
from harness.launch.lock_file import load_lock
from harness.launch.repository import choose_repository
from harness.session import Session
from tests.integration.stage import Once, Stage


@pytest.fixture
def stage(session: Session, tmp_path: Path) -> Stage:
    return Stage(session=session, folder=tmp_path)


@pytest.fixture(scope="session")
def class_path(session: Session) -> list[Path]:
    """What jobs in Java are compiled with: Flink, and its connector for Kafka."""
    settings = session.settings
    found = find_distribution(settings.python, settings.cache)
    repository = partial(choose_repository, settings.maven)
    return [*found.jars, *ensure([load_lock("flink-1.20-kafka")], settings.cache, repository)]


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
