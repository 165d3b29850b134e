"""Fixtures for new PyFlink tests; tests that exist need none of them."""

from __future__ import annotations

from typing import Any

import pytest

from harness.pytest_plugin.operator_job import OperatorTester
from harness.pytest_plugin.warm import NAME, WarmTests


@pytest.fixture
def flink_env() -> Any:
    """A StreamExecutionEnvironment with parallelism 1, so that records keep their order."""
    from pyflink.datastream import StreamExecutionEnvironment

    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    return env


@pytest.fixture
def flink_table_env(flink_env: Any) -> Any:
    """A StreamTableEnvironment on `flink_env`."""
    from pyflink.table import StreamTableEnvironment

    return StreamTableEnvironment.create(flink_env)


@pytest.fixture
def flink_operator(request: pytest.FixtureRequest) -> OperatorTester:
    """Feeds records, watermarks and the clock to one function; see `OperatorTester.__call__`."""
    warm = request.config.pluginmanager.get_plugin(NAME)
    if not isinstance(warm, WarmTests):
        raise pytest.UsageError("flink_operator needs the option --flink-warm")
    return OperatorTester(warm.cluster)
