"""Runs scenarios that tests write, on the warm services of this run."""

from __future__ import annotations

import itertools
import os
import signal
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from harness.events import Emit, Event
from harness.keeper.client import LazyKeeper
from harness.keeper.protocol import Message
from harness.plan import Plan
from harness.result import ScenarioResult
from harness.scenario.load import load_scenarios
from harness.session import Session

JOBS = Path(__file__).parent / "jobs"
FIXTURES = Path(__file__).parent.parent.parent / "fixtures" / "pipelines"
CARD = FIXTURES / "card_transactions"
CARD_SYSTEM = FIXTURES / "card_system"
WINDOWS = FIXTURES / "order_windows"


Once = Callable[[Callable[[], None]], Emit]
"""Makes a listener that does something exactly once: when the first step of a scenario is over."""


def ignore(_event: Event) -> None:
    """A listener that has nothing to say."""


@dataclass(kw_only=True)
class Stage:
    """Runs scenarios that a test writes, on the warm services of this run.

    Attributes:
        file: The scenario file that was written last.
    """

    session: Session
    folder: Path
    file: Path = field(default_factory=Path)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def plans(self, text: str) -> list[Plan]:
        """The plans of a file's scenarios."""
        self.file = self.folder / f"number-{next(self._numbers)}.scenario.yaml"
        self.file.write_text(textwrap.dedent(text))
        homes = {"card-transactions": CARD, "card-p": CARD_SYSTEM, "order-windows": WINDOWS}
        root = next((home for name, home in homes.items() if f"pipeline: {name}" in text), JOBS)
        scenarios, problems = load_scenarios([self.file], root)
        assert not problems, "\n".join(problem.render() for problem in problems)
        return self.session.plans(scenarios)

    def run(self, text: str, emit: Emit = ignore) -> ScenarioResult:
        """The result of a file with one scenario."""
        (plan,) = self.plans(text)
        return self.session.run(plan, emit)

    @property
    def keeper(self) -> LazyKeeper:
        """The keeper of the services."""
        assert isinstance(self.session.environment, LazyKeeper)
        return self.session.environment

    def instances(self, service: str) -> list[Message]:
        """The instances of a service, as the keeper tells of them."""
        answer = self.keeper.client().status()
        return [instance for instance in answer["instances"] if instance["service"] == service]

    def pid_of(self, scenario: str, service: str) -> int:
        """The process of the instance that the lease of a running scenario holds."""
        (lease,) = (
            lease["id"]
            for lease in self.keeper.client().status()["leases"]
            if lease["label"].endswith(scenario)
        )
        (instance,) = (i for i in self.instances(service) if lease in i["leases"])
        return int(instance["pids"][0])


def kill(pid: int) -> None:
    """SIGKILL, as the kernel sends it when memory is short."""
    os.kill(pid, signal.SIGKILL)
