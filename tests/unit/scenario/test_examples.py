"""Nine pipelines and thirty scenarios of five real systems: the language was tried on them."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from harness.scenario.load import load_scenarios
from harness.scenario.model import Scenario
from harness.scenario.runnable import hindrances
from tests.examples.build import HERE, build

NOT_READ_YET = {
    "reading .xlsx files is not available yet",
    "reading .parquet files is not available yet",
    "`repeat` is part of the language, but this version cannot run it yet",
    "`generate` is part of the language, but this version cannot run it yet",
    "`format: protobuf` is part of the language, but this version cannot run it yet",
}
"""What the examples say and the loader does not read; a word that it learns must leave this list."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples with everything built that they name."""
    folder = tmp_path_factory.mktemp("examples") / "examples"
    shutil.copytree(HERE, folder)
    build(folder)
    return folder


def test_nothing_is_wrong_with_them_but_what_is_not_read_yet(folder: Path) -> None:
    _, problems = load_scenarios([folder], folder)

    assert {problem.message for problem in problems} == NOT_READ_YET, [p.render() for p in problems]


def names(scenarios: tuple[Scenario, ...]) -> Counter[str]:
    return Counter(scenario.location.path.name for scenario in scenarios)


def test_every_other_scenario_is_read(folder: Path) -> None:
    scenarios, _ = load_scenarios([folder], folder)

    assert names(scenarios)["01-05-card.scenario.yaml"] == 7  # one of five has three lines of examples
    assert names(scenarios)["25-30-engagement-and-others.scenario.yaml"] == 6


def test_those_of_cards_can_be_run_but_for_metrics_and_savepoints(folder: Path) -> None:
    scenarios, _ = load_scenarios([folder / "01-05-card.scenario.yaml"], folder)

    hindered = {
        scenario.name: problem.message.split("`")[1]
        for scenario in scenarios
        for problem in hindrances(scenario)
    }
    assert hindered == {
        "bytes that are no Avro go to the rejected topic and the job lives on": "metrics",
        "a new optional field does not stop the old job": "start",
    }
