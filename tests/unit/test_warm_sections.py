from __future__ import annotations

from pathlib import Path

from harness.pytest_plugin.warm_sections import MOST, Tail, user_code, worth_showing

LOG = """\
16:34:04.740 INFO  Task - switched from RUNNING to FINISHED
16:34:04.766 WARN  Task - switched to FAILED
java.lang.RuntimeException: no
\tat org.apache.flink.Task
16:34:04.800 INFO  Task - again
"""


def test_the_log_shows_warnings_with_their_traces() -> None:
    assert worth_showing(LOG).splitlines() == [
        "16:34:04.766 WARN  Task - switched to FAILED",
        "java.lang.RuntimeException: no",
        "\tat org.apache.flink.Task",
    ]


def test_traces_can_be_left_out() -> None:
    assert worth_showing(LOG, traces=False) == "16:34:04.766 WARN  Task - switched to FAILED"


def test_a_long_log_shows_its_end() -> None:
    shown = worth_showing("16:34:04.766 WARN  " + "x" * MOST + "the end")

    assert shown.startswith("... 26 characters before\n")
    assert shown.endswith("the end")


def test_a_tail_begins_where_the_file_ended(tmp_path: Path) -> None:
    path = tmp_path / "flink.log"
    early = Tail(path)
    path.write_text("before\n")
    tail = Tail(path)
    with path.open("a") as file:
        file.write("after\n")

    assert tail.text() == "after\n"
    assert early.text() == Tail(path, whole=True).text() == "before\nafter\n"


def test_user_code_is_found_in_the_cause_of_the_error(tmp_path: Path) -> None:
    code = tmp_path / "functions.py"
    code.write_text("def invert(n):\n    return 1 / n\n")
    java = f"""\
Traceback (most recent call last):
  File "/usr/lib/python3/site-packages/apache_beam/worker.py", line 1, in run
  File "{code}", line 2, in invert
ZeroDivisionError: division by zero
"""
    error = RuntimeError("the job failed")
    error.__cause__ = ValueError(java)

    assert user_code(error, tmp_path) == (
        f"{code}:2 in invert\n    return 1 / n\nZeroDivisionError: division by zero"
    )


def test_without_frames_of_the_user_there_is_no_section(tmp_path: Path) -> None:
    assert user_code(ValueError("Caused by: java.lang.OutOfMemoryError"), tmp_path) == ""
