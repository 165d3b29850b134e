from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest

from harness.errors import ExpectationError
from harness.flink.cluster import Cluster
from harness.flink.gauges import Metrics
from harness.flink.metrics import python_counters, read_metrics
from harness.flink.watch import Watch, Watched


class Told:
    """Answers as Flink's JVM did."""

    def __init__(self, *values: tuple[str, str], stale: frozenset[str] = frozenset()) -> None:
        self.values = values
        self.stale = stale

    def metrics(self, job: str, names: Iterable[str]) -> Metrics:
        asked = set(names)
        return Metrics(
            values=[(name, text) for name, text in self.values if name in asked],
            known=sorted({name for name, _ in self.values}),
            stale=self.stale,
        )


def read(told: Told, *names: str, counters: frozenset[str] = frozenset()) -> dict[str, Decimal]:
    watched = Watched(job="job", cluster=cast("Cluster", told), folder=Path(), alive=lambda: None)
    return dict(read_metrics([Watch(watched)], names, counters))


def test_a_metric_is_summed_over_operators_and_subtasks() -> None:
    assert read(Told(("lost", "2"), ("lost", "3"), ("found", "7")), "lost", "found") == {
        "lost": Decimal(5),
        "found": Decimal(7),
    }


def test_an_unknown_metric_is_no_zero() -> None:
    with pytest.raises(ExpectationError) as caught:
        read(Told(("undecodable", "2")), "undecodeable")

    assert caught.value.hint == "did you mean `undecodable`?"


def test_a_counter_of_python_code_that_has_not_counted_is_zero() -> None:
    assert read(Told(), "lost", counters=frozenset({"lost"})) == {"lost": Decimal(0)}


def test_only_what_is_registered_at_the_start_of_a_task_can_be_told_after_a_restart() -> None:
    told = Told(("numRecordsIn", "2"), ("lost", "1"), stale=frozenset({"numRecordsIn", "lost"}))

    assert read(told, "numRecordsIn", counters=frozenset({"lost"})) == {"numRecordsIn": Decimal(2)}
    with pytest.raises(ExpectationError, match="the counter `lost` cannot be told"):
        read(told, "lost", counters=frozenset({"lost"}))


def test_what_is_no_number_cannot_be_compared() -> None:
    with pytest.raises(ExpectationError, match="no number"):
        read(Told(("state", "fine")), "state")


def test_counters_are_found_in_python_sources(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(
        "self.a = c.get_metric_group().counter('lost')\n"
        'self.b = c.get_metric_group().add_group("x").counter(\n    "late rows"\n)\n'
        'other = "found"\n'
    )

    assert python_counters(tmp_path.glob("*.py")) == {"lost", "late rows"}
