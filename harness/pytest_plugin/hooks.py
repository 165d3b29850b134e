"""Options, the keeper's life, and reports that tell FAILED from ERROR."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from pathlib import Path

import pytest

from harness import __version__, platform
from harness.clock import monotonic
from harness.errors import HarnessError
from harness.keeper.address import VARIABLE, KeeperAddress
from harness.keeper.choice import choose
from harness.pytest_plugin import warm
from harness.pytest_plugin.collection import ScenarioDidNotPass, ScenarioItem
from harness.pytest_plugin.state import KEY, State
from harness.result import FORMAT, Json, Status, to_json
from harness.scenario.discover import Pipelines
from harness.session import Session
from harness.settings import OPTIONS, load_settings

RESULT = "harness_result"
"""The attribute of a report that carries the result document from a worker to the controller, as text.

What carries it between processes knows neither all of JSON nor numbers below -2**31.
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """One option per setting, and one for the result document."""
    group = parser.getgroup("harness", "flink-harness")
    for name, option in OPTIONS.items():
        flag = f"--harness-{name.replace('_', '-')}"
        group.addoption(flag, dest=f"harness_{name}", metavar="VALUE", help=str(option["help"]))
    group.addoption("--harness-json", metavar="FILE", help="write the result document of all scenarios")
    warm.add_options(parser, group)


def pytest_configure(config: pytest.Config) -> None:
    """Read the settings and choose the keeper; nothing is started before a scenario needs it."""
    flags = {name: config.getoption(f"harness_{name}") for name in OPTIONS}
    given = {name: str(text) for name, text in flags.items() if text is not None}
    try:
        settings = load_settings(config.rootpath, given)
    except HarnessError as error:
        raise pytest.UsageError(error.render()) from None
    if settings.portable:
        platform.be_portable()
    owner = KeeperAddress.from_environment() is None
    keeper = choose(settings, config.rootpath, given)
    if owner:
        # xdist starts its workers as children: they find the keeper of this run by the variable.
        os.environ[VARIABLE] = keeper.address.to_json()
    state = State(
        session=Session(settings, keeper), keeper=keeper, pipelines=Pipelines(config.rootpath), owner=owner
    )
    config.stash[KEY] = state
    config.pluginmanager.register(Gatherer(state.results))
    warm.configure(config, state)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """The harness' version, and why its services are not those that one would expect."""
    note = config.stash[KEY].keeper.note
    return [f"flink-harness: {__version__}", *(note.splitlines() if note else ())]


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the keeper of this run and everything below it."""
    state = config.stash.get(KEY, None)
    if state is None:
        return
    state.keeper.stop()
    if state.owner:
        os.environ.pop(VARIABLE, None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """An ERROR is reported as what pytest calls one: trouble before the test could tell anything."""
    report = yield
    if not isinstance(item, ScenarioItem) or call.when != "call":
        return report
    if item.result is not None:
        setattr(report, RESULT, json.dumps(to_json(item.result)))
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, ScenarioDidNotPass) and error.result.status is Status.ERROR:
        report.when = "setup"
    return report


class Gatherer:
    """Gathers the result documents, wherever the scenarios were run."""

    def __init__(self, results: list[Json]) -> None:
        self._results = results

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the document that a report carries."""
        document: str | None = getattr(report, RESULT, None)
        if document is not None:
            self._results.append(json.loads(document))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the result document, in the controller alone."""
    path = session.config.getoption("--harness-json")
    if not path or hasattr(session.config, "workerinput"):
        return
    state = session.config.stash[KEY]
    statuses = [Status(document["status"]) for document in state.results if isinstance(document, dict)]
    order = list(Status)
    worst = max(statuses, key=order.index, default=Status.PASSED)
    whole = {
        "format": FORMAT,
        "status": worst.value,
        "scenarios": state.results,
        "seconds": round(monotonic() - state.began, 6),
        "harness": __version__,
    }
    Path(path).write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
