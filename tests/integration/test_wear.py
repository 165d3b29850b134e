"""A JVM that is worn is replaced by another one, and no scenario waits for it or sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import platform
from harness.clock import Deadline, poll
from harness.events import Event, Progress
from harness.keeper.address import KeeperAddress
from harness.keeper.client import LazyKeeper
from harness.report import failure_text
from harness.result import Status
from harness.scenario.load import load_scenarios
from harness.services.wear import VARIABLE
from harness.session import Session

pytestmark = pytest.mark.integration

PIPELINE = """\
pipeline: numbers
job: {sql: numbers.sql}
sinks:
  printed: {print: stdout, columns: {n: int}}
"""
SQL = """\
CREATE TABLE numbers (n INT) WITH (
    'connector' = 'datagen', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '3'
);
CREATE TABLE printed (n INT) WITH ('connector' = 'print');
INSERT INTO printed SELECT n FROM numbers;
"""
SCENARIO = """\
scenario: three numbers
pipeline: numbers
when: [settle]
then: [{expect: printed, rows: [{n: 1}, {n: 2}, {n: 3}]}]
"""
MOST_RUNS = 60
"""Another JVM is there after some seconds, and a scenario takes a fraction of one."""


def test_a_worn_jvm_serves_until_another_one_is_ready_and_ends(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numbers.pipeline.yaml").write_text(PIPELINE)
    (tmp_path / "numbers.sql").write_text(SQL)
    (tmp_path / "numbers.scenario.yaml").write_text(SCENARIO)
    scenarios, problems = load_scenarios([tmp_path], tmp_path)
    assert problems == ()
    # Every JVM has more than one thread, so its first lease wears it out.
    monkeypatch.setenv(VARIABLE, "threads=1")
    own = LazyKeeper(KeeperAddress.new(), tmp_path, {})
    used = Session(session.settings, own)
    seen: list[Event] = []

    def process() -> int:
        """Runs the scenario; returns the process of the JVM that the next one would be given."""
        result = used.run(used.plans(scenarios)[0], seen.append)
        assert result.status is Status.PASSED, failure_text(result, colour=False)
        ready = [i for i in own.client().status()["instances"] if i["service"] == "flink" and i["ready"]]
        return int(ready[0]["pids"][0])

    try:
        first = process()
        seen.clear()
        assert any(process() != first for _ in range(MOST_RUNS))
        assert [event for event in seen if isinstance(event, Progress) and event.subject == "flink"] == []
        assert poll(lambda: not platform.alive(first), Deadline(10))
    finally:
        own.stop()
