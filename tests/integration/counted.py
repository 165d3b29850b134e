"""A job of which metrics are asserted, its own included, and all of them stand in the result."""

from __future__ import annotations

from harness.result import ScenarioResult, Status
from tests.integration.stage import Stage

COUNTED = """
    scenario: counted
    pipeline: count
    when:
      - send: words
        rows: [{id: 1, word: one}, {id: 2, word: odd}, {id: 3, word: one}]
    then:
      - expect: job
        metrics:
          spelled_words: 3
          odd_words: 1
          long_words: 0
          KafkaSourceReader.topic.partition.currentOffset: 2
          numRecordsSend: 3
      - {expect: job, metrics: {spelled_words: 4}}
      - {expect: counts, rows: [{word: ONE, times: 2}, {word: ODD, times: 2}]}
"""


def assert_counted(stage: Stage) -> ScenarioResult:
    """Run it, and check what is told; the result."""
    result = stage.run(COUNTED)

    assert result.status is Status.FAILED, result.trouble
    assert [failure.message for failure in result.failures] == [
        "expected the metric `spelled_words` to be 4, and it is 3",
        "1 of 2 rows differs",
    ]
    (owners,) = result.metrics.values()
    assert set(owners) == {
        "words",
        "PythonCalc",
        "words -> PythonCalc",
        "GroupAggregate",
        "ConstraintEnforcer",
        "counts: Writer",
        "counts: Committer",
        "GroupAggregate -> ConstraintEnforcer -> counts: Writer -> counts: Committer",
        "job",
    }
    assert owners["PythonCalc"]["spelled_words"] == [3]
    assert owners["PythonCalc"]["odd_words"] == [1]
    assert owners["counts: Writer"]["numRecordsOut"] == [3]
    assert owners["words -> PythonCalc"]["isBackPressured"] == ["false"]
    assert len(owners["words -> PythonCalc"]["busyTimeMsPerSecond"]) == 1
    assert owners["job"]["numRestarts"] == [0]
    return result
