"""Expectations of a sink whose records are in a file say what they say of one in memory."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from harness.errors import ExpectationError
from harness.expectation import always, conservation, sides, typed_rows
from harness.expectation.conservation import Holding
from harness.expectation.ledger import Sent
from harness.expectation.reads import without_ignored
from harness.expectation.seen import Seen
from harness.expectation.sink_rows import SinkRows
from harness.expectation.typed_file import TypedFile
from harness.result import Failure
from harness.rows import Cell, LazyRows
from harness.scenario.model import ExpectConserved, ExpectRows, Place
from harness.sinks import stored_records
from harness.sinks.raw_record import RawRecord
from harness.sinks.record import Read
from harness.sinks.record_reader import RecordReader
from harness.sinks.stored_records import LongRecords, rows_of
from tests.unit.expectation.conftest import CLOCK, LINE, Load

Payloads = Sequence[Mapping[str, object] | bytes]
Reading = Callable[..., Read]
Verdicts = Callable[..., list[Failure]]

ROWS: Payloads = [
    *({"id": f"r{n}", "amount": n} for n in range(20)),
    b"{broken",
    {"id": "r3", "amount": 3},
    {"id": "r4", "amount": 99},
]
EXPECTED = ", ".join(f"{{id: r{n}, amount: {n}}}" for n in range(20))


def raw_records(payloads: Payloads) -> Iterator[RawRecord]:
    for offset, payload in enumerate(payloads):
        value = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        yield RawRecord(topic="out", partition=offset % 2, offset=offset // 2, key=None, value=value)


@pytest.fixture
def read() -> Iterator[Reading]:
    """Reads payloads as a sink, whose records are in memory or in a file."""
    with contextlib.ExitStack() as stack:

        def read(place: Place, payloads: Payloads, *, long: bool) -> Read:
            reader = RecordReader(place, None)
            records = rows_of(raw_records(payloads), reader, most=1 if long else 1000)
            assert isinstance(records, LongRecords) is long
            stack.callback(stored_records.close, records)
            return Read(records=records, types=reader.types, closed=False, changes=records)

        yield read


@pytest.fixture
def verdicts(load: Load, read: Reading) -> Verdicts:
    """Holds an expectation against payloads."""

    def verdicts(text: str, payloads: Payloads, *, long: bool, repeats: bool = False) -> list[Failure]:
        scenario = load(f"  - {{{text}}}")
        (step,) = scenario.steps
        assert isinstance(step, ExpectRows)
        place = scenario.pipeline.sinks[step.sink]
        found = read(place, payloads, long=long)
        rows = SinkRows(place=place, read=found, rows=found.records, clock=CLOCK, repeats=repeats)
        return [*rows.hold(step)]

    return verdicts


@pytest.mark.parametrize("repeats", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        f"rows: [{EXPECTED}]",
        f"rows: [{EXPECTED}], match: contains",
        f"rows: [{EXPECTED}], match: ordered",
        f"rows: [{EXPECTED}, {{id: r3, amount: 3}}, {{id: r4, amount: 99}}]",
        "rows: [{id: r1}]",
        "count: 22",
        "count: 23",
        "each: {amount: <at most 98>}",
        "each: {amount: <at most 99>}",
        "unique: [id]",
        "unique: [id, amount]",
    ],
)
def test_a_long_sink_fails_and_passes_as_a_short_one(verdicts: Verdicts, text: str, *, repeats: bool) -> None:
    short, long = (
        verdicts(f"expect: repeated, {text}", ROWS, long=long, repeats=repeats) for long in (False, True)
    )

    assert long == short


def test_a_column_that_no_record_has_is_an_error_at_any_length(verdicts: Verdicts) -> None:
    for long in (False, True):
        with pytest.raises(ExpectationError, match="no record of repeated has a field `idd`"):
            verdicts("expect: repeated, rows: [{idd: r1}]", ROWS, long=long)


def test_records_that_cannot_be_decoded_are_told(load: Load, read: Reading) -> None:
    scenario = load("  - {expect: accepted, count: 1}")
    sinks = {"accepted": scenario.pipeline.sinks["accepted"]}

    def told(*, long: bool) -> list[Failure]:
        return [*always.undecodable(scenario, sinks, lambda name: read(sinks[name], ROWS, long=long))]

    assert len(told(long=True)) == 1
    assert told(long=True) == told(long=False)


def test_what_is_ignored_is_left_out_and_counted(load: Load, read: Reading) -> None:
    place = replace(
        load("  - {expect: accepted, count: 1}").pipeline.sinks["accepted"],
        ignore={"id": Cell(text="r3", location=LINE)},
    )

    kept, left_out = without_ignored(place, read(place, ROWS, long=True), CLOCK)

    assert isinstance(kept.records, LongRecords)
    assert kept.changes is kept.records
    assert (len(kept.records), left_out) == (21, 2)
    assert "r3" not in [record.values.get("id") for record in kept.records]


def test_new_is_what_came_behind_the_end_of_each_partition(load: Load, read: Reading) -> None:
    place = load("  - {expect: accepted, count: 1}").pipeline.sinks["accepted"]
    seen = Seen()
    seen.mark("accepted", read(place, ROWS[:4], long=True).records, LINE)

    new = seen.new("accepted", read(place, ROWS, long=True).records)

    assert isinstance(new, LongRecords)
    assert [record.origin for record in new] == [raw.origin for raw in raw_records(ROWS)][4:]


@pytest.mark.parametrize("missing", [0, 2])
def test_sent_rows_are_found_in_a_long_sink(load: Load, read: Reading, missing: int) -> None:
    scenario = load("  - {expect: [accepted], conserves: orders, by: [id, amount]}")
    (step,) = scenario.steps
    assert isinstance(step, ExpectConserved)
    place = scenario.pipeline.sinks["accepted"]
    sent = Sent(("id", "amount"))
    rows = [{"id": f"r{n}", "amount": n} for n in range(20)]
    for row in rows:
        sent.add(row, LINE)
    there: Payloads = [*rows[missing:], *([rows[5]] * missing), *([{"id": "z", "amount": 0}] * missing)]

    short, long = (
        conservation.hold(step, sent, [Holding(place=place, read=read(place, there, long=long))])
        for long in (False, True)
    )

    assert (long is None) is (missing == 0)
    assert long == short


# A long file of expected rows


@pytest.fixture
def few_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed_rows, "MOST_IN_MEMORY", 5)


def step_of(load: Load, text: str) -> tuple[ExpectRows, Place]:
    scenario = load(f"  - {{{text}}}")
    (step,) = scenario.steps
    assert isinstance(step, ExpectRows)
    assert step.rows is not None
    rows = step.rows.rows
    lazy = LazyRows(lambda: iter(rows), len(rows))
    return replace(step, rows=replace(step.rows, rows=lazy)), scenario.pipeline.sinks[step.sink]


@pytest.mark.usefixtures("few_in_memory")
def test_a_long_file_is_typed_as_a_short_one_and_gives_its_file_back(
    load: Load, read: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"expect: accepted, rows: [{EXPECTED}, {{id: <regex r.*>, amount: <between 3 and 4>}}]"
    step, place = step_of(load, text)
    found = read(place, ROWS, long=True)

    typed = typed_rows.typed_rows(step, place, found, CLOCK)
    monkeypatch.setattr(typed_rows, "MOST_IN_MEMORY", 50_000)
    short = typed_rows.typed_rows(step, place, found, CLOCK)

    assert isinstance(typed.rows, TypedFile)
    assert isinstance(short.rows, list)
    assert repr([*typed.rows]) == repr([*short.rows])
    assert repr(typed.rows[-1]) == repr(short.rows[-1])
    assert typed.rows[3:5] == tuple(short.rows[3:5])
    typed.close()
    with pytest.raises(ValueError, match="closed"):
        list(typed.rows)


@pytest.mark.usefixtures("few_in_memory")
def test_the_problems_of_a_long_file_come_at_once_and_not_all_of_very_many(load: Load, read: Reading) -> None:
    rows = ", ".join(f"{{id: r{n}, amount: much}}" for n in range(200))
    step, place = step_of(load, f"expect: accepted, rows: [{rows}]")

    with pytest.raises(ExpectationError) as caught:
        typed_rows.typed_rows(step, place, read(place, ROWS, long=True), CLOCK)

    assert caught.value.message == "101 problems in the expectation"
    assert (caught.value.detail or "").count("`much` is no decimal") == 100
    assert "more than 100 problems; the rest is not read" in (caught.value.detail or "")


@pytest.mark.usefixtures("few_in_memory")
def test_rows_that_can_be_accepted_outlive_their_files_and_too_many_are_dropped(
    load: Load, read: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept() -> sides.Sides | None:
        step, place = step_of(load, f"expect: accepted, rows: [{EXPECTED}]")
        found = read(place, ROWS, long=True)
        rows = SinkRows(place=place, read=found, rows=found.records, clock=CLOCK)
        (failure,) = rows.hold(step)
        stored_records.close(found.records)
        assert failure.sides is None or isinstance(failure.sides, sides.Sides)
        return failure.sides

    there = kept()
    assert there is not None
    assert (len(there.expected), len(there.actual)) == (20, 22)
    assert there.actual[1].values["id"] == "r1"

    monkeypatch.setattr(sides, "MOST_ROWS", 21)
    assert kept() is None
