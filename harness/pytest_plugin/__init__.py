"""The pytest plugin: a scenario file is a test file, and each of its scenarios a test."""

from harness.pytest_plugin.hooks import (
    pytest_addoption,
    pytest_collect_file,
    pytest_configure,
    pytest_report_header,
    pytest_sessionfinish,
    pytest_unconfigure,
)
from harness.pytest_plugin.warm_fixtures import flink_env, flink_operator, flink_table_env

__all__ = [
    "flink_env",
    "flink_operator",
    "flink_table_env",
    "pytest_addoption",
    "pytest_collect_file",
    "pytest_configure",
    "pytest_report_header",
    "pytest_sessionfinish",
    "pytest_unconfigure",
]
