"""Scenario files as pytest files, scenarios as items."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError, InvalidFiles
from harness.pytest_plugin.state import KEY, RESULT
from harness.report import failure_text
from harness.result import ScenarioResult, Status, to_json
from harness.scenario.load import load_file
from harness.scenario.model import Scenario
from harness.session import plan_of

ACTING = frozenset(
    {"filterwarnings", "parametrize", "skip", "skipif", "tryfirst", "trylast", "usefixtures", "xfail"}
)
"""Marks that pytest acts on: a tag of such a name must not skip a scenario."""
MARK = re.compile(r"[^\W_][\w.+/=-]*")
"""What pytest takes as the name of a mark."""


class ScenarioDidNotPass(Exception):
    """Carries the result of a scenario to pytest's report."""

    def __init__(self, result: ScenarioResult) -> None:
        super().__init__(result.name)
        self.result = result


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


class ScenarioFile(pytest.File):
    """A file of scenarios; with a problem in it none of them runs."""

    def collect(self) -> Iterator[ScenarioItem]:
        """One item per scenario and Flink version."""
        loaded = load_file(self.path, self.config.stash[KEY].pipelines)
        if loaded.problems:
            raise InvalidFiles(loaded.problems)
        for scenario in loaded.scenarios:
            versions = scenario.pipeline.flink
            for version in versions:
                # What stands between `::` is an item's name, also where pytest is told which one to run.
                name = scenario.name.replace("::", ":")
                name = name if len(versions) == 1 else f"{name}[{version}]"
                yield ScenarioItem.from_parent(self, name=name, scenario=scenario, version=version)

    def repr_failure(  # type: ignore[override]  # pytest's own collectors take no style either
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> Any:
        """Problems of the file without a traceback."""
        if isinstance(excinfo.value, HarnessError):
            return excinfo.value.render()
        return super().repr_failure(excinfo)


class ScenarioItem(pytest.Item):
    """One scenario on one Flink version."""

    def __init__(self, *, scenario: Scenario, version: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scenario = scenario
        self.version = version
        self.result: ScenarioResult | None = None
        for tag in scenario.tags:
            self._add_tag(tag)

    def _add_tag(self, tag: str) -> None:
        """Let -k select by the tag, and -m too where a mark of that name would be no more than a name."""
        self.extra_keyword_matches.add(tag)
        if tag in ACTING or not MARK.fullmatch(tag):
            return
        # Under --strict-markers a mark must be declared; a tag of a scenario is its own declaration.
        if not any(line.partition(":")[0].strip() == tag for line in self.config.getini("markers")):
            self.config.addinivalue_line("markers", f"{tag}: tag of a scenario")
        self.add_marker(tag)

    def runtest(self) -> None:
        """Run the scenario; what it says beside the verdict goes into report sections."""
        session = self.config.stash[KEY].session
        plan = plan_of(self.scenario, self.version, session.settings)
        self.result = session.run(plan, lambda _event: None)
        if self.result.status is Status.SKIPPED:
            reason = self.result.skipped_because or ""
            if self.result.known_failure is not None:
                pytest.xfail(self.result.known_failure)
            pytest.skip(reason)
        if self.result.status is not Status.PASSED:
            raise ScenarioDidNotPass(self.result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The explained verdict without a traceback."""
        if isinstance(excinfo.value, ScenarioDidNotPass):
            colour = self.config.get_terminal_writer().hasmarkup
            return failure_text(excinfo.value.result, colour)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """File, line counted from 0, name."""
        return self.path, self.scenario.location.line - 1, self.name
