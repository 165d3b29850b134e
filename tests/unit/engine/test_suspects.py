"""Which of the records that a job has not got past is the one; real jobs are in test_troubled_jobs.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.diagnosis import Suspect
from harness.engine import suspects as module
from harness.engine.suspects import suspects, told, without_secrets
from harness.flink.cause import root_cause
from harness.flink.watch import JobFailed
from harness.sinks.raw_record import RawRecord

WORDS = [
    b'{"id":1,"word":"one"}',
    b'{"id":2,"word":"xylophone"}',
    b'{"id":3,"word":"three"}',
    b"\xff\x00\xff",
]


@pytest.fixture(autouse=True)
def topic(monkeypatch: pytest.MonkeyPatch) -> None:
    """A topic of four records."""

    def read(_: str, name: str, __: str, starts: dict[int, int]) -> Iterator[RawRecord]:
        for partition, start in starts.items():
            for offset, value in list(enumerate(WORDS))[start:]:
                yield RawRecord(topic=name, partition=partition, offset=offset, key=b"k", value=value)

    monkeypatch.setattr(module, "raw_records", read)


def found(trace: str, resumes: int = 0, at: int = -1) -> list[tuple[int, bool]]:
    place = ("words", 0)
    failed = JobFailed("RESTARTING", root_cause(trace, Path("/p")), 3, {place: at}, {place: resumes})
    return [(suspect.offset, suspect.sure) for suspect in suspects("", failed)]


def test_a_record_that_flink_names_is_the_one() -> None:
    trace = (
        "java.io.IOException: Failed to deserialize consumer record "
        "ConsumerRecord(topic = words, partition = 0, "
        "leaderEpoch = 0, offset = 2, CreateTime = 1, key = [B@1, value = [B@2)."
    )

    assert found(trace) == [(2, True)]


def test_a_record_whose_whole_value_is_in_the_trace_is_the_one() -> None:
    assert found('java.io.IOException: Failed to deserialize JSON \'{"id":2,"word":"xylophone"}\'.') == [
        (1, True)
    ]


def test_the_only_record_behind_the_last_checkpoint_is_the_one() -> None:
    assert found("java.lang.IllegalStateException: no", resumes=3) == [(3, True)]


def test_a_record_with_a_value_of_the_message_is_most_likely_the_one() -> None:
    assert found("java.lang.IllegalStateException: cannot spell xylophone") == [(1, False)]


def test_else_all_that_were_read_since_are_candidates() -> None:
    assert found("java.lang.IllegalStateException: no", resumes=1, at=2) == [(1, False), (2, False)]


def test_without_a_position_all_are() -> None:
    assert [offset for offset, _ in found("java.lang.IllegalStateException: no")] == [0, 1, 2, 3]


def test_a_record_is_not_accused_of_what_no_record_does() -> None:
    assert found("java.lang.ClassNotFoundException: com.example.Job") == []


def test_many_candidates_are_told_in_short() -> None:
    many = [Suspect(topic="t", partition=0, offset=n, key=None, value=f"v{n}", sure=False) for n in range(9)]

    assert (told(many) or "").splitlines() == [
        "it fails on one of these 9 records, or on none of them:",
        *(f"  t[0]@{n}: v{n}" for n in range(5)),
        "  ... and 4 more",
    ]
    assert told([]) is None


def test_a_secret_in_a_record_is_not_shown() -> None:
    suspect = Suspect(topic="t", partition=0, offset=1, key="hunter2", value='{"pw": "hunter2"}', sure=True)

    shown = without_secrets(suspect, ("hunter2",))

    assert (shown.key, shown.value) == ("***", '{"pw": "***"}')
