from __future__ import annotations

from pathlib import Path

from harness.flink.cause import root_cause

JAVA = """\
org.apache.flink.runtime.JobException: Recovery is suppressed by NoRestartBackoffTimeStrategy
\tat org.apache.flink.runtime.executiongraph.failover.ExecutionFailureHandler.handleFailure(X.java:219)
Caused by: java.io.IOException: Failed to deserialize consumer record due to
\tat org.apache.flink.connector.kafka.source.reader.KafkaRecordEmitter.emitRecord(X.java:56)
Caused by: java.lang.NumberFormatException: For input string: "x"
\tat java.base/java.lang.Integer.parseInt(Integer.java:652)
"""

PYTHON = """\
org.apache.flink.runtime.JobException: Recovery is suppressed
Caused by: java.lang.RuntimeException: Failed to close remote bundle
Caused by: java.lang.RuntimeException: Error from SDK harness for 1: Traceback (most recent call last):
  File "/venv/site-packages/apache_beam/runners/worker/sdk_worker.py", line 289, in _execute
    response = task()
  File "{folder}/job.py", line 3, in decode
    return int(text)
ValueError: invalid literal for int() with base 10: 'poison'

\tat org.apache.beam.runners.fnexecution.control.FnApiControlClient$ResponseStreamObserver.onNext(X.java:180)
"""


def test_the_innermost_java_cause_is_the_message() -> None:
    cause = root_cause(JAVA, Path("/project"))

    assert cause.message == 'java.lang.NumberFormatException: For input string: "x"'
    assert cause.frames == ()


def test_a_python_error_shows_the_line_of_the_user_first(tmp_path: Path) -> None:
    cause = root_cause(PYTHON.format(folder=tmp_path), tmp_path)

    assert cause.message == "ValueError: invalid literal for int() with base 10: 'poison'"
    assert cause.where().splitlines() == [f"{tmp_path}/job.py:3 in decode", "    return int(text)"]


def test_frames_of_libraries_are_not_the_users(tmp_path: Path) -> None:
    cause = root_cause(PYTHON.format(folder=tmp_path), tmp_path)

    assert [frame.file for frame in cause.frames] == [f"{tmp_path}/job.py"]


def test_text_without_a_cause_is_its_own_message() -> None:
    assert root_cause("something broke\n\tat X", Path("/p")).message == "something broke"


def test_nothing_is_unknown() -> None:
    assert root_cause("", Path("/p")).message == "unknown"
