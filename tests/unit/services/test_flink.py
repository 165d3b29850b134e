"""Which needs share a JVM of Flink."""

from __future__ import annotations

from dataclasses import replace

from harness.environment import FlinkNeed
from harness.services.flink import key

SQL = FlinkNeed(version="1.20", python="python", scripts=False)
SCRIPT = replace(SQL, scripts=True)


def test_a_script_shares_the_jvm_of_a_sql_file() -> None:
    assert key(SCRIPT) == key(SQL)


def test_it_has_its_own_where_the_jar_of_python_functions_is_sent_along_with_each_job() -> None:
    assert key(replace(SCRIPT, layout="attached")) != key(replace(SQL, layout="attached"))
