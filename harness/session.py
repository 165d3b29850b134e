"""One run of many scenarios: their plans, the environment they share, and where their results go."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from harness.engine import run
from harness.environment import Environment
from harness.events import Emit
from harness.launch.flink_python import python_for
from harness.plan import Plan, make_plan
from harness.result import ScenarioResult
from harness.scenario.model import Scenario
from harness.settings import Settings


class Session:
    """Plans and runs scenarios with one set of settings in one environment."""

    def __init__(self, settings: Settings, environment: Environment) -> None:
        self.settings = settings
        self.environment = environment
        self._jars: dict[str, tuple[str, ...]] = {}

    def plans(self, scenarios: Iterable[Scenario]) -> list[Plan]:
        """A plan for every scenario and every Flink version of its pipeline, in this order."""
        return [
            plan_of(scenario, version, self.settings)
            for scenario in scenarios
            for version in scenario.pipeline.flink
        ]

    def run(self, plan: Plan, emit: Emit) -> ScenarioResult:
        """Run one plan; see `engine.run`."""
        return run(
            plan,
            self.environment,
            emit,
            evidence=self.settings.evidence,
            cache=self.settings.cache,
            jars=self._jars,
        )


def plan_of(scenario: Scenario, version: str, settings: Settings) -> Plan:
    """The plan of one scenario; its fresh names are new at every call."""
    return make_plan(
        scenario,
        token=secrets.token_hex(4),
        flink=version,
        python=str(python_for(version, settings)),
        timeout_s=settings.timeout,
        where=settings.layout,
    )
