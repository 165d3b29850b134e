"""`--flink-warm`: a user's own PyFlink tests, unmodified, on the keeper's Flink.

Nothing is started before a test touches PyFlink. Functions run in this very process, as they do
locally without us; only the cluster is another one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from importlib.util import find_spec
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.pytest_plugin.state import State
from harness.pytest_plugin.warm_cluster import WarmCluster
from harness.pytest_plugin.warm_sections import Tail, user_code, worth_showing

NAME = "harness-warm"
TAKEN = "PYFLINK_GATEWAY_PORT"
"""With this variable PyFlink has a gateway already, and it is not ours to replace."""


def add_options(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    """The switch, on the command line and in the settings of pytest."""
    text = "run PyFlink tests on a warm Flink"
    group.addoption("--flink-warm", action="store_true", default=False, help=text)
    parser.addini("flink_warm", type="bool", default=False, help=text)


def configure(config: pytest.Config, state: State) -> None:
    """Switch it on where it is asked for."""
    if not (config.getoption("flink_warm") or config.getini("flink_warm")) or TAKEN in os.environ:
        return
    if find_spec("pyflink") is None:
        raise pytest.UsageError("--flink-warm needs PyFlink in this Python: pip install apache-flink")
    cluster = WarmCluster(state.keeper, config.invocation_params.dir)
    cluster.install()
    config.pluginmanager.register(WarmTests(cluster), NAME)


class WarmTests:
    """Around each test: jobs end with the scope that submitted them, and failures are explained."""

    def __init__(self, cluster: WarmCluster) -> None:
        self.cluster = cluster
        self._kept: dict[Any, tuple[list[str], Any]] = {}
        self._log: Tail | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, object, object]:
        """Keep what a wider fixture submits and adds: it ends with the fixture."""
        if fixturedef.scope == "function":
            return (yield)
        before = set(self.cluster.jobs())
        try:
            return (yield)
        finally:
            jobs = [job for job in self.cluster.jobs() if job not in before]
            self._kept[fixturedef] = (jobs, self.cluster.class_loader())

    def pytest_fixture_post_finalizer(self, fixturedef: Any) -> None:
        """End what a wider fixture has left."""
        jobs, _ = self._kept.pop(fixturedef, ((), None))
        if jobs:
            running = set(self.cluster.jobs())
            self.cluster.cancel([job for job in jobs if job in running])

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Remember where the JVM's log stands before the test."""
        self._log = Tail(self.cluster.log) if self.cluster.used else None
        return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """What the test has the JVM print is the test's output: a local one would write there itself."""
        output = Tail(self.cluster.output) if self.cluster.used else None
        try:
            return (yield)
        finally:
            if self.cluster.used:
                output = output or Tail(self.cluster.output, whole=True)
                sys.stdout.write(output.text())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Cancel the jobs that the test has left, and take away its jars."""
        try:
            return (yield)
        finally:
            failure = self._end(item) if self.cluster.used else None
            if failure is not None:
                pytest.fail(failure.render(), pytrace=False)

    def _end(self, item: pytest.Item) -> HarnessError | None:
        """End what the test has left; why that was not possible."""
        kept = {job for jobs, _ in self._kept.values() for job in jobs}
        loaders = [loader for _, loader in self._kept.values() if loader is not None]
        try:
            left = [job for job in self.cluster.jobs() if job not in kept]
            stuck = self.cluster.cancel(left)
            self.cluster.restore(loaders[-1] if loaders else None)
        except HarnessError as failure:
            return failure
        if left:
            lines = [f"cancelled job {job}" for job in left if job not in stuck]
            lines += [f"job {job} does not end" for job in stuck]
            item.add_report_section("teardown", "Flink", "\n".join(lines))
        return None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A failure shows the user's own lines first, then what the JVM said during the test."""
        report = yield
        if not report.failed or call.excinfo is None:
            return report
        error = call.excinfo.value
        if isinstance(error, HarnessError):
            report.longrepr = error.render()
            return report
        if not self.cluster.used:
            return report
        found = user_code(error, item.config.rootpath)
        if found:
            report.sections.insert(0, ("Flink: user code", found))
        # Flink logs the trace of a failed function several times, and the error itself has it too.
        tail = self._log or Tail(self.cluster.log, whole=True)
        log = worth_showing(tail.text(), traces=not found)
        if log:
            report.sections.append(("Flink JVM output", log))
        return report

    def pytest_unconfigure(self) -> None:
        """Give the lease back, before the keeper of this run ends."""
        self.cluster.close()
