"""The chain and the user's frames of stack traces as Flink gives them."""

from __future__ import annotations

from pathlib import Path

from harness.flink.stack_trace import java_frame, python_stack, read_stack_trace

TRACE = """\
org.apache.flink.runtime.JobException: Recovery is suppressed
\tat org.apache.flink.runtime.executiongraph.failover.ExecutionFailureHandler.handle(X.java:219)
Caused by: org.apache.flink.util.SerializedThrowable: java.io.IOException: of two
lines
\tat com.example.Job$Map.map(Job.java:12)
\tat org.apache.flink.streaming.api.operators.StreamMap.processElement(StreamMap.java:38)
\tSuppressed: java.lang.RuntimeException: closing
\t\tat com.example.Other.close(Other.java:3)
\tCaused by: java.lang.RuntimeException: not of this chain
\t... 12 more
Caused by: java.lang.IllegalStateException: the root
\tat app//com.example.Deep.run(Deep.java:7)
\tat com.example.Job$Map.map(Job.java:11)
\t... 13 more
"""


def test_the_chain_goes_from_the_outermost_to_the_root() -> None:
    assert read_stack_trace(TRACE, Path("/p")).chain == (
        "org.apache.flink.runtime.JobException: Recovery is suppressed",
        "java.io.IOException: of two\nlines",
        "java.lang.IllegalStateException: the root",
    )


def test_frames_are_the_users_own_of_the_root_the_innermost_last() -> None:
    frames = read_stack_trace(TRACE, Path("/p")).frames

    assert [str(frame) for frame in frames] == [
        "Job.java:11 in com.example.Job$Map.map",
        "Deep.java:7 in com.example.Deep.run",
    ]


def test_a_root_without_frames_of_the_user_has_those_of_what_is_around_it() -> None:
    trace = TRACE.replace("app//com.example.Deep", "java.base/java.util.List").replace(
        "com.example.Job$Map.map(Job.java:11)", "org.apache.flink.X.y(X.java:1)"
    )

    assert [frame.line for frame in read_stack_trace(trace, Path("/p")).frames] == [12]


def test_nobody_writes_frames_of_libraries() -> None:
    assert java_frame("\tat java.base/java.lang.Thread.sleep(Thread.java:1)") is None
    assert java_frame("\tat org.codehaus.janino.IClass.get(IClass.java:1)") is None
    assert java_frame("no frame") is None


def test_where_a_script_stands_is_told_by_its_own_lines(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text("import threading\nthreading.Event().wait()\n")
    text = (
        "Stack (most recent call first):\n"
        '  File "/usr/lib/python3.11/threading.py", line 327 in wait\n'
        f'  File "{script}", line 2 in <module>\n'
        '  File "<frozen runpy>", line 88 in _run_code\n'
    )

    (frame,) = python_stack(text, tmp_path)

    assert (frame.line, frame.function, frame.source) == (2, "<module>", "threading.Event().wait()")
