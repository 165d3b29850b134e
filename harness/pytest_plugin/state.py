"""What the plugin keeps for one pytest process: settings, environment, pipelines that were read."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.clock import monotonic
from harness.keeper.client import LazyKeeper
from harness.result import Json
from harness.settings import Settings

if TYPE_CHECKING:
    from harness.scenario.discover import Pipelines
    from harness.session import Session

RESULT = "harness_result"
"""The attribute of a report that carries the result document from a worker to the controller, as text.

What carries it between processes knows neither all of JSON nor numbers below -2**31.
"""


@dataclass(kw_only=True)
class State:
    """One pytest process; what reads and runs scenarios is loaded with the first of them.

    Attributes:
        root: The folder of the project.
        owner: Whether the keeper is of this very process, and not of the one that has started it.
        results: The documents of scenarios that were run, here or by a worker.
    """

    settings: Settings
    keeper: LazyKeeper
    root: Path
    owner: bool
    began: float = field(default_factory=monotonic)
    results: list[Json] = field(default_factory=list)

    @cached_property
    def session(self) -> Session:
        """What runs scenarios."""
        from harness.session import Session

        return Session(self.settings, self.keeper)

    @cached_property
    def pipelines(self) -> Pipelines:
        """The pipelines of the project."""
        from harness.scenario.discover import Pipelines

        return Pipelines(self.root)


KEY = pytest.StashKey[State]()
