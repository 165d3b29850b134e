from __future__ import annotations

import pytest

from harness.operators import OperatorResult, Output, ProcessingTime, Record, Timer, Watermark, as_steps


def test_a_pair_is_a_record() -> None:
    assert as_steps([("a", 1), Record("b", 2, input=2), Watermark(3), ProcessingTime(4)]) == [
        Record("a", 1),
        Record("b", 2, input=2),
        Watermark(3),
        ProcessingTime(4),
    ]


@pytest.mark.parametrize("written", ["a", ("a",), ("a", "b"), ("a", 1, 2), None])
def test_anything_else_is_refused(written: object) -> None:
    with pytest.raises(TypeError, match="is no step: a record is"):
        as_steps([written])


def test_a_result_names_side_outputs_and_pending_timers() -> None:
    result = OperatorResult(
        side={"late": [Output(7, 1)]},
        timers=[
            Timer(key="a", timestamp=9, domain="event"),
            Timer(key="a", timestamp=5, domain="event"),
            Timer(key="a", timestamp=3, domain="event", state="fired"),
            Timer(key="a", timestamp=4, domain="processing"),
        ],
    )

    assert result.side_values("late") == [7]
    assert result.side_values("other") == []
    assert result.pending() == [5, 9]
    assert result.pending("processing") == [4]
