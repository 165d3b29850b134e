"""Nine pipelines and thirty scenarios of five real systems: the language was tried on them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.scenario.load import load_scenarios
from harness.scenario.runnable import hindrances
from tests.examples.build import HERE, build


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples with everything built that they name."""
    folder = tmp_path_factory.mktemp("examples") / "examples"
    shutil.copytree(HERE, folder)
    build(folder)
    return folder


def test_nothing_is_wrong_with_them(folder: Path) -> None:
    scenarios, problems = load_scenarios([folder], folder)

    assert [problem.render() for problem in problems] == []
    assert len(scenarios) >= 30


def test_those_of_cards_can_be_run(folder: Path) -> None:
    scenarios, _ = load_scenarios([folder / "01-05-card.scenario.yaml"], folder)

    assert len(scenarios) == 7
    assert [problem.message for scenario in scenarios for problem in hindrances(scenario)] == []
