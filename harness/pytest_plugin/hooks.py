"""Options, the keeper's life, and reports that tell FAILED from ERROR."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from harness import __version__, platform
from harness.clock import monotonic
from harness.errors import HarnessError
from harness.keeper.address import VARIABLE, KeeperAddress
from harness.keeper.choice import choose
from harness.pytest_plugin import warm
from harness.pytest_plugin.state import KEY, RESULT, State
from harness.result import FORMAT, Json, Status
from harness.scenario.file_names import SCENARIOS
from harness.settings import OPTIONS, load_settings


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
    state = State(settings=settings, keeper=keeper, root=config.rootpath, owner=owner)
    config.stash[KEY] = state
    config.pluginmanager.register(Gatherer(state.results))
    warm.configure(config, state)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect `*.scenario.yaml`; what reads them is loaded with the first."""
    if not file_path.name.endswith(SCENARIOS):
        return None
    from harness.pytest_plugin import collection

    manager = parent.config.pluginmanager
    if not manager.is_registered(collection):
        manager.register(collection)
    return collection.ScenarioFile.from_parent(parent, path=file_path)


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
