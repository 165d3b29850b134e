"""What is new is what no expectation of the sink has seen."""

from __future__ import annotations

from harness.expectation.seen import Seen
from harness.sinks.record import Record
from tests.unit.expectation.conftest import LINE


def at(partition: int, offset: int) -> Record:
    return Record(values={"id": offset}, origin=f"a@b[{partition}]@{offset}")


def row(name: str) -> Record:
    return Record(values={"id": name})


def test_everything_is_new_at_first() -> None:
    assert Seen().new("out", [at(0, 0), at(1, 0)]) == (at(0, 0), at(1, 0))


def test_new_is_what_came_behind_in_each_partition() -> None:
    seen = Seen()
    seen.mark("out", [at(0, 0), at(0, 1), at(1, 5)], LINE)

    assert seen.new("out", [at(0, 1), at(0, 2), at(1, 5), at(2, 0), at(1, 7)]) == (
        at(0, 2),
        at(2, 0),
        at(1, 7),
    )


def test_looking_alone_marks_nothing_and_other_sinks_are_not_touched() -> None:
    seen = Seen()
    seen.new("out", [at(0, 0)])
    seen.mark("other", [at(0, 9)], LINE)

    assert seen.new("out", [at(0, 0)]) == (at(0, 0),)
    assert (seen.since("out"), seen.since("other")) == (None, LINE)


def test_where_records_have_no_place_equal_rows_stand_for_each_other() -> None:
    seen = Seen()
    seen.mark("table", [row("a"), row("b")], LINE)

    assert seen.new("table", [row("b"), row("a"), row("a"), row("c")]) == (row("a"), row("c"))
