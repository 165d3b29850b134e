"""What stands in the way of a job, the most telling thing first; real jobs are in test_exactly_done.py."""

from __future__ import annotations

from dataclasses import replace

from harness.flink.gauges import LiveOperator, LiveTask, Watermark
from harness.flink.live import plain
from harness.flink.why_not import LastLook, Vertex, lines, moment, obstacles

SOURCE = Vertex(id="a", name="Source: words[1]", parallelism=2, states={"RUNNING": 2})
WINDOW = Vertex(id="b", name="window[2]", parallelism=1, states={"RUNNING": 1}, inputs=("a",))
NOON = 1_767_268_800_000


def source(subtask: int, splits: int, *, idle: bool = False) -> LiveTask:
    operator = LiveOperator(id="s", name="words", subtask=subtask, splits=splits, idle=idle)
    return LiveTask(vertex="a", subtask=subtask, operators=(operator,))


def given(subtask: int, millis: int | None) -> Watermark:
    return Watermark(operator="words", subtask=subtask, is_input=False, millis=millis, id="s")


LOOK = LastLook(
    state="RUNNING",
    restarts=0,
    vertices=(SOURCE, WINDOW),
    tasks=[source(0, 1), source(1, 0)],
    watermarks=[
        given(0, NOON),
        given(1, None),
        Watermark(operator="window", subtask=0, is_input=True, millis=None, id="w"),
    ],
    time_target=NOON,
)


def test_a_subtask_without_a_partition_that_holds_event_time_back_comes_first() -> None:
    found = obstacles(LOOK)

    assert found[0].text == (
        "subtask 1 of words reads no partition, gives no watermark, and holds back all that is behind it"
    )
    assert [obstacle.text for obstacle in found[1:]] == [
        "words, subtask 1: none yet",
        "window, subtask 0: none yet",
    ]


def test_one_that_is_idle_holds_back_nobody() -> None:
    found = obstacles(replace(LOOK, tasks=[source(0, 1), source(1, 0, idle=True)]))

    assert "held back" not in {obstacle.kind for obstacle in found}
    assert "words, subtask 1, reads no partition" in [obstacle.text for obstacle in found]


def test_a_source_that_is_behind_is_named_with_how_far_it_has_come() -> None:
    found = obstacles(replace(LOOK, watermarks=[given(0, NOON - 1000), given(1, NOON)]))

    assert found[0].text == "subtask 0 of words has come to 2026-01-01T11:59:59.000Z only"


def test_watermarks_are_no_matter_where_a_job_has_none() -> None:
    found = obstacles(replace(LOOK, time_target=None))

    assert found == ()


def test_a_job_that_waits_for_slots_says_how_many() -> None:
    waiting = replace(SOURCE, states={"SCHEDULED": 2})

    found = obstacles(LastLook(state="RUNNING", restarts=0, vertices=(waiting,), slots=(4, 1)))

    assert [obstacle.text for obstacle in found] == ["no free slot: the job wants 2, and 1 of 4 are free"]
    assert found[0].values == {"wanted": 2, "free": 1, "total": 4}


def test_a_record_that_was_not_read_is_held_against_where_the_source_stands() -> None:
    look = LastLook(
        state="RUNNING", restarts=0, targets={("t", 0): 9, ("t", 1): 4}, positions={("t", 0): 3, ("t", 1): 4}
    )

    assert [(o.text, o.values) for o in obstacles(look)] == [
        ("t[0]: record 3 is the last that was read, and 9 is the last that was sent", {"at": 3, "target": 9})
    ]


def test_an_operator_in_a_checkpoint_has_its_name() -> None:
    task = LiveTask(vertex="a", subtask=0, operators=(LiveOperator(id="f00", name="enrich", subtask=0),))
    look = LastLook(
        state="RUNNING",
        restarts=0,
        tasks=[task],
        in_flight=("3 records in an asynchronous call (operator f00)", "a.json is not found yet"),
    )

    assert [o.text for o in obstacles(look)] == [
        "3 records in an asynchronous call (operator enrich)",
        "a.json is not found yet",
    ]


def test_a_task_that_waits_for_its_python_worker_says_so() -> None:
    stack = (
        "java.lang.Object.wait(Object.java:-2)",
        "org.apache.flink.streaming.api.runners.python.beam.BeamPythonFunctionRunner.flush(Beam.java:9)",
    )
    task = LiveTask(vertex="b", subtask=0, stack=stack)

    (obstacle,) = obstacles(LastLook(state="RUNNING", restarts=0, vertices=(WINDOW,), tasks=[task]))

    assert obstacle.text == "`window`, subtask 0, waits for its Python worker"


def test_lines_stand_below_their_kind() -> None:
    assert lines(obstacles(LOOK)).splitlines()[:4] == [
        "held back:",
        "  subtask 1 of words reads no partition, gives no watermark, and holds back all that is behind it",
        "watermark:",
        "  words, subtask 1: none yet",
    ]


def test_names_lose_what_flink_adds() -> None:
    assert plain("Source: words[4] -> Calc[5]") == "words -> Calc"
    assert plain("copies[10]-_Writer") == "copies: Writer"
    assert moment(2**62) == "the end of time"
