"""What the plugin keeps for one pytest process: settings, environment, pipelines that were read."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from harness.clock import monotonic
from harness.keeper.client import LazyKeeper
from harness.result import Json
from harness.scenario.discover import Pipelines
from harness.session import Session


@dataclass(kw_only=True)
class State:
    """One pytest process.

    Attributes:
        results: The documents of scenarios that were run, here or by a worker.
    """

    session: Session
    keeper: LazyKeeper
    pipelines: Pipelines
    owner: bool
    began: float = field(default_factory=monotonic)
    results: list[Json] = field(default_factory=list)


KEY = pytest.StashKey[State]()
