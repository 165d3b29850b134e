"""Each row that was sent is in exactly one of some sinks, exactly once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from harness.errors import ExpectationError
from harness.expectation import conservation
from harness.expectation.conservation import Holding
from harness.expectation.ledger import Ledger, Sent
from harness.inputs.row_encoding import encoder_of
from harness.location import Location
from harness.result import Failure, Kind
from harness.scenario.model import ExpectConserved, Send
from harness.sinks.record import Record
from tests.unit.expectation.conftest import CLOCK, Load, read_of

Conserve = Callable[..., Failure | None]
FILE = Path("some.scenario.yaml")


@pytest.fixture
def conserve(load: Load) -> Conserve:
    """Sends rows to `orders`, the first on line 1, and holds what sinks have, each row `sink[0]@offset`."""

    def conserve(
        sent: Sequence[Mapping[str, object]],
        *,
        by: str = "id",
        payloads: int = 0,
        most_shown: int = 1000,
        repeats: bool = False,
        **sinks: Sequence[Mapping[str, object]],
    ) -> Failure | None:
        names = ", ".join(sinks)
        scenario = load(f"  - {{expect: [{names}], conserves: orders, by: [{by}]}}")
        (expected,) = scenario.steps
        assert isinstance(expected, ExpectConserved)
        ledger = Sent(by.split(", "), most_shown)
        for line, row in enumerate(sent, 1):
            ledger.add(row, Location(FILE, line))
        ledger.payloads = payloads
        holdings = []
        for name, rows in sinks.items():
            place = scenario.pipeline.sinks[name]
            found = (Record(values=row, origin=f"{name}[0]@{n}") for n, row in enumerate(rows))
            holdings.append(Holding(place=place, read=read_of(place, *found), repeats=repeats))
        return conservation.hold(expected, ledger, holdings)

    return conserve


def rows(*names: str | None) -> list[dict[str, object]]:
    return [{"id": name} for name in names]


def told(failure: Failure | None) -> list[tuple[Kind, str, object]]:
    assert failure is not None
    return [(r.kind, r.key["id"], r.location.line if r.location else r.origin) for r in failure.rows]


@pytest.mark.parametrize("most_shown", [1000, 1])
def test_rows_that_are_each_in_one_sink_are_conserved(conserve: Conserve, most_shown: int) -> None:
    sent = rows("a", "b", "c")

    assert conserve(sent, accepted=rows("c", "a"), refused=rows("b"), most_shown=most_shown) is None


def test_a_lost_row_is_told_with_the_line_that_sent_it(conserve: Conserve) -> None:
    failure = conserve(rows("a", "b", "c"), accepted=rows("a"), refused=rows("c"))

    assert told(failure) == [(Kind.MISSING, '"b"', 2)]
    assert failure is not None
    assert failure.message == "of 3 rows sent to orders, 1 is in none of them: accepted or refused"
    assert failure.matched == 2


def test_a_row_that_is_in_two_sinks_is_told_with_both(conserve: Conserve) -> None:
    failure = conserve(rows("a", "b"), accepted=rows("a", "b"), refused=rows("b"))

    assert told(failure) == [
        (Kind.DUPLICATE, '"b"', "in accepted: accepted[0]@1"),
        (Kind.DUPLICATE, '"b"', "in refused: refused[0]@0"),
    ]


def test_a_row_that_is_twice_in_one_sink_is_told(conserve: Conserve) -> None:
    failure = conserve(rows("a"), accepted=rows("a", "a"), refused=[])

    assert [kind for kind, _, _ in told(failure)] == [Kind.DUPLICATE, Kind.DUPLICATE]


def test_a_row_that_nobody_sent_is_told(conserve: Conserve) -> None:
    failure = conserve(rows("a"), accepted=rows("a", "z"))

    assert told(failure) == [(Kind.UNEXPECTED, '"z"', "in accepted: accepted[0]@1")]


def test_nothing_sent_and_nothing_there_is_conserved_and_a_row_of_nowhere_is_not(conserve: Conserve) -> None:
    assert conserve([], accepted=[]) is None
    assert conserve([], accepted=rows("a")) is not None


def test_all_faults_are_told_at_once(conserve: Conserve) -> None:
    failure = conserve(rows("a", "b", "c"), accepted=rows("a", "a", "z"), refused=rows("c"))

    assert failure is not None
    assert failure.message == (
        "of 3 rows sent to orders, 1 is in none of them: accepted or refused, "
        "2 are there more often than sent, 1 is there and never sent"
    )


def test_a_row_that_was_sent_twice_must_be_there_twice(conserve: Conserve) -> None:
    assert conserve(rows("a", "a"), accepted=rows("a"), refused=rows("a")) is None
    assert told(conserve(rows("a", "a"), accepted=rows("a"))) == [(Kind.MISSING, '"a"', 2)]


def test_a_sink_with_one_row_per_key_holds_one_for_all_that_were_sent(conserve: Conserve) -> None:
    sent = rows("a", "a", "a")

    assert conserve(sent, current=rows("a")) is None
    assert conserve(sent, current=rows("a"), refused=rows("a", "a")) is None
    assert conserve(sent, current=rows("a"), refused=rows("a", "a", "a")) is not None
    assert conserve(rows("a"), current=rows("a"), refused=rows("a")) is not None


def test_fields_are_compared_by_type(conserve: Conserve) -> None:
    sent = [{"id": "a", "amount": Decimal("1.50")}]

    assert conserve(sent, by="id, amount", accepted=[{"id": "a", "amount": Decimal("1.5")}]) is None
    assert conserve(sent, by="id, amount", accepted=[{"id": "a", "amount": "1.50"}]) is not None


def test_what_became_of_payloads_is_allowed_as_often_as_payloads_were_sent(conserve: Conserve) -> None:
    poisoned = [{"id": None, "reason": "no JSON"}, {"id": None, "reason": "no JSON"}]

    assert conserve(rows("a"), payloads=2, accepted=rows("a"), refused=poisoned) is None
    failure = conserve(rows("a"), payloads=1, accepted=rows("a"), refused=poisoned)
    assert told(failure) == [(Kind.UNEXPECTED, "null", "in refused: refused[0]@1")]


def test_a_repeated_row_is_conserved_where_rows_may_repeat(conserve: Conserve) -> None:
    assert conserve(rows("a"), accepted=rows("a", "a"), repeats=True) is None
    assert conserve(rows("a", "a"), accepted=rows("a"), repeats=True) is not None
    assert conserve(rows("a"), accepted=rows("a"), refused=rows("a"), repeats=True) is not None
    other = [{"id": "a", "amount": 1}, {"id": "a", "amount": 2}]
    assert conserve(rows("a"), accepted=other, repeats=True) is not None


def test_many_rows_are_told_apart_by_hashes_and_named_by_their_lines(conserve: Conserve) -> None:
    failure = conserve(rows("a", "b", "c"), accepted=rows("a", "c", "z"), most_shown=2)

    assert failure is not None
    assert [(row.kind, row.location and row.location.line) for row in failure.rows] == [
        (Kind.MISSING, 2),
        (Kind.UNEXPECTED, None),
    ]


def test_a_sink_without_the_fields_is_an_error(conserve: Conserve) -> None:
    with pytest.raises(ExpectationError, match="no record of refused has a field `amount`"):
        conserve([{"amount": 1}], by="amount", accepted=[{"amount": 1}], refused=[{"id": "a"}])


def test_the_ledger_keeps_typed_rows_and_counts_payloads(load: Load) -> None:
    scenario = load(
        '  - {send: orders, rows: [{id: a, amount: "1.50"}, {$value: poison}, {$value: null}]}\n'
        "  - {expect: [accepted], conserves: orders, by: [id, amount]}"
    )
    send, expected = scenario.steps
    assert isinstance(send, Send)
    assert isinstance(expected, ExpectConserved)
    ledger = Ledger(scenario)

    ledger.note("orders", send.rows, encoder_of(scenario.pipeline.sources["orders"], None), CLOCK)

    sent = ledger.of(expected)
    assert (sent.count, sent.payloads) == (1, 2)
    assert sent.code({"id": "a", "amount": Decimal("1.5")}) in sent.rows
    assert ledger.follows("orders")
    assert not Ledger(load("  - {expect: accepted, count: 1}")).follows("orders")
