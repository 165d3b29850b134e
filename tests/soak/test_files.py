"""Many runs of a job between folders, with random files and twin readers: no verdict may be wrong."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from harness.result import Status
from harness.scenario.load import load_scenarios
from harness.session import Session
from tests.soak.busy import busy_processors
from tests.soak.test_verdicts import counted

pytestmark = [pytest.mark.soak, pytest.mark.integration]

RUNS = 150
JOB = """
CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '${NUMBERS}', 'format' = 'json',
    'source.monitor-interval' = '${EVERY_MS} ms');
CREATE TABLE copied (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '${COPIED}', 'format' = 'csv');
CREATE TABLE doubled (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '${DOUBLED}', 'format' = 'csv');
BEGIN STATEMENT SET;
INSERT INTO copied SELECT n FROM numbers;
INSERT INTO doubled SELECT n * 2 FROM numbers /*+ OPTIONS('source.monitor-interval' = '${LATER_MS} ms') */;
END;
"""
"""Two sources read the folder, each at its own pace."""


def pipeline(chance: random.Random) -> dict[str, object]:
    folder = {"folder": "<fresh>", "format": "csv", "columns": {"n": "bigint"}}
    places = {"NUMBERS": "${sources.numbers.name}", "COPIED": "${sinks.copied.name}"}
    pace = {"EVERY_MS": str(chance.choice([1, 20, 150])), "LATER_MS": str(chance.choice([1, 50, 300]))}
    return {
        "pipeline": "numbers",
        "job": {
            "sql": "numbers.sql",
            "parallelism": chance.choice([1, 2, 3]),
            "env": {**places, "DOUBLED": "${sinks.doubled.name}", **pace},
        },
        "sources": {"numbers": {**folder, "format": "json"}},
        "sinks": {"copied": folder, "doubled": folder},
    }


def scenario(chance: random.Random) -> dict[str, object]:
    steps: list[object] = []
    numbers: list[int] = []
    for _ in range(chance.randint(1, 3)):
        for _ in range(chance.randint(1, 3)):
            sent = list(range(len(numbers), len(numbers) + chance.choice([1, 7, 400])))
            numbers += sent
            steps.append({"send": "numbers", "rows": [{"n": n} for n in sent]})
        if chance.random() < 0.2:
            steps.append({"fail": "job"})
        for sink, factor in (("copied", 1), ("doubled", 2)):
            steps.append({"expect": sink, "rows": [{"n": n * factor} for n in numbers]})
    return {"scenario": "numbers", "pipeline": "numbers", "when": steps[:-1], "then": steps[-1:]}


def test_every_row_of_every_file_is_there_once(session: Session, tmp_path: Path) -> None:
    results = []
    (tmp_path / "numbers.sql").write_text(JOB)
    with busy_processors():
        for seed in range(RUNS):
            chance = random.Random(seed)
            # JSON is YAML.
            (tmp_path / "numbers.pipeline.yaml").write_text(json.dumps(pipeline(chance)))
            (tmp_path / "numbers.scenario.yaml").write_text(json.dumps(scenario(chance)))
            scenarios, problems = load_scenarios([tmp_path], tmp_path)
            assert [problem.render() for problem in problems] == []
            (plan,) = session.plans(scenarios)
            results.append(session.run(plan, lambda _event: None))

    assert counted(results) == {Status.PASSED: RUNS}
