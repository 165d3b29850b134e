"""JobManager and TaskManagers as processes of their own, and SIGKILL for each of them."""

from __future__ import annotations

from dataclasses import replace

import psutil
import pytest

from harness.events import Event, StepFinished
from harness.result import Kind, Status
from tests.integration.counted import assert_counted
from tests.integration.stage import Stage
from tests.integration.test_own_time import MATCHED, NOTHING

pytestmark = pytest.mark.integration


@pytest.fixture
def apart(stage: Stage) -> Stage:
    """Scenarios run in the layout `two-process`, also those that need no other one."""
    settings = replace(stage.session.settings, layout="two-process")
    return replace(stage, session=type(stage.session)(settings, stage.session.environment))


def test_a_sink_that_takes_rows_twice_fails_with_the_fault_as_the_reason(stage: Stage) -> None:
    result = stage.run("""
        scenario: copies
        pipeline: copy
        when:
          - {send: words, rows: [{id: 1, word: again}, {id: 2, word: twice}]}
          - {kill: jobmanager}
        then:
          - {expect: copies, unique: [id], count: <at least 2>}
    """)

    assert result.status is Status.FAILED, result.trouble
    (failure,) = result.failures
    assert {row.kind for row in failure.rows} == {Kind.DUPLICATE}
    assert "since `kill: jobmanager` on line 6 the job has read again" in (failure.detail or "")


@pytest.mark.soak
def test_state_that_a_job_keeps_outside_flink_is_lost_and_named(stage: Stage) -> None:
    result = stage.run("""
        scenario: numbers
        pipeline: number
        when:
          - {send: words, rows: [{id: 0, word: first}]}
          - settle
          - {kill: jobmanager}
          - {send: words, rows: [{id: 0, word: second}]}
        then:
          - {expect: numbered, rows: [{id: 1, word: first}, {id: 2, word: second}]}
    """)

    assert result.status is Status.FAILED, result.trouble
    (failure,) = result.failures
    assert "what it keeps elsewhere was not taken back" in (failure.detail or "")


def test_a_task_manager_is_killed_in_its_own_process_and_replaced(apart: Stage) -> None:
    before = {pid for instance in apart.instances("flink") for pid in instance["pids"]}

    result = apart.run("""
        scenario: windows
        pipeline: order-windows
        T: 2026-03-01T12:00:00Z
        when:
          - send: orders
            rows: [{placed_at: T+1s, order_id: o1, country: DE, amount: 10.00}]
          - {kill: taskmanager}
          - send: orders
            rows: [{placed_at: T+2s, order_id: o2, country: DE, amount: 1.00}]
          - {advance: T+1m}
        then:
          - {expect: turnover, rows: [{country: DE, orders: 2, turnover: 11.00}]}
          - {expect: job, restarts: 1}
    """)

    assert result.status is Status.PASSED, (result.trouble, result.failures)
    killed = next(step.note for step in result.steps if step.name == "fault")
    assert killed.startswith("taskmanager-")
    after = {pid for instance in apart.instances("flink") for pid in instance["pids"]}
    assert all(psutil.pid_exists(pid) for pid in after)
    assert len(after - before) >= 1


def test_the_time_of_one_source_passes_alone(apart: Stage) -> None:
    result = apart.run(MATCHED.format(first="payments", second="orders", ordered=NOTHING))

    assert result.status is Status.PASSED, (result.trouble, result.failures)


def test_metrics_are_those_that_a_job_has_in_process(apart: Stage) -> None:
    assert_counted(apart)


@pytest.mark.soak
def test_what_python_code_counted_before_a_restart_is_not_taken_for_what_it_counts_now(apart: Stage) -> None:
    result = apart.run("""
        scenario: counted
        pipeline: count
        when:
          - {send: words, rows: [{id: 1, word: odd}, {id: 2, word: one}]}
          - settle
          - {kill: taskmanager}
          - {send: words, rows: [{id: 3, word: one}]}
        then:
          - {expect: job, metrics: {odd_words: 0}}
    """)

    assert result.trouble is not None
    assert result.trouble.message == (
        "the counter `odd_words` cannot be told, because the job was started again"
    )


def test_what_can_only_be_done_from_within_is_refused_before_anything_starts(apart: Stage) -> None:
    result = apart.run("""
        scenario: inside
        pipeline: order-windows
        when:
          - {kill: jobmanager}
          - {fail: job}
        then:
          - {expect: turnover, empty: true}
          - {expect: job, watermark: <any>}
    """)

    assert result.status is Status.ERROR
    assert result.trouble is not None
    told = result.trouble.detail or ""
    assert "the layout `two-process` of Flink cannot do `fail: job`" in told
    assert "only `in-process` can, and `kill: jobmanager` in line 5 needs `two-process`" in told
    assert "the layout `two-process` of Flink cannot do `watermark`" in told
    assert result.phases == {}


def test_every_process_listens_on_loopback_alone(apart: Stage) -> None:
    addresses: set[str] = set()

    def listen(event: Event) -> None:
        if isinstance(event, StepFinished):
            pids = [pid for instance in apart.instances("flink") for pid in instance["pids"]]
            for pid in pids:
                found = psutil.Process(pid).net_connections(kind="inet")
                addresses.update(c.laddr.ip for c in found if c.status == psutil.CONN_LISTEN)

    result = apart.run(
        """
        scenario: nothing
        pipeline: order-windows
        when:
          - settle
        then:
          - {expect: turnover, empty: true}
          - {expect: job, late: 0}
        """,
        listen,
    )

    assert result.status is Status.PASSED, (result.trouble, result.failures)
    assert {address.removeprefix("::ffff:") for address in addresses} == {"127.0.0.1"}
