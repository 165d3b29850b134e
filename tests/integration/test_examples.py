"""The examples of the language whose parts exist run, with the job that their scenarios tell about."""

from __future__ import annotations

import shutil

import pytest

from harness.report import failure_text
from harness.result import Status
from harness.scenario.load import load_scenarios
from harness.scenario.model import Scenario
from harness.scenario.runnable import hindrances
from harness.session import Session
from tests.examples.build import BUILT, HERE, build

CARD = "01-05-card.scenario.yaml"


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scenario]:
    assert BUILT.exists(), "make fixtures"
    folder = tmp_path_factory.mktemp("examples") / "examples"
    shutil.copytree(HERE, folder)
    build(folder)
    found, problems = load_scenarios([folder / CARD], folder)
    assert [problem.render() for problem in problems] == []
    return {scenario.name: scenario for scenario in found}


@pytest.mark.integration
@pytest.mark.parametrize(
    "name",
    [
        "a card's declined transactions never reach Aurora",
        "a limit that is raised in the middle counts from then on",
        "approved is stored",
        "approved is rejected",
        "declined is rejected",
    ],
)
def test_a_scenario_of_cards_passes(name: str, scenarios: dict[str, Scenario], session: Session) -> None:
    scenario = scenarios[name]
    assert hindrances(scenario) == ()

    result = session.run(session.plans([scenario])[0], lambda _event: None)

    assert result.status is Status.PASSED, failure_text(result, colour=False)
