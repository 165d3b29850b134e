"""What holds in every scenario that does not say otherwise."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.expectation import always
from harness.result import Failure
from harness.scenario.model import Scenario
from harness.sinks.record import Read, Record
from tests.unit.expectation.conftest import Load, records

BROKEN = Record(values={"$value": "{"}, origin="out[0]@4", undecodable="no JSON: {")


def reads(**sinks: tuple[Record, ...]) -> Callable[[str], Read]:
    return lambda name: Read(records=sinks.get(name, ()), types={}, closed=False)


def undecodable(scenario: Scenario, read: Callable[[str], Read]) -> list[Failure]:
    return list(always.undecodable(scenario, scenario.pipeline.sinks, read))


def dead_letters(scenario: Scenario, read: Callable[[str], Read]) -> list[Failure]:
    return list(always.dead_letters(scenario, scenario.pipeline.sinks, read))


def restarts(scenario: Scenario, count: int) -> list[str]:
    return [failure.message for failure in always.restarts(scenario, count, lambda: "why")]


def test_a_job_that_restarts_fails_a_scenario_that_says_nothing_of_it(load: Load) -> None:
    scenario = load("  - {expect: accepted, count: 1}")

    assert restarts(scenario, 0) == []
    assert restarts(scenario, 1) == ["the job must not restart, and it did once"]
    assert restarts(scenario, 3) == ["the job must not restart, and it did 3 times"]


@pytest.mark.parametrize("said", ["restarts: <at most 3>", "fails_with: boom", "state: failed"])
def test_a_scenario_that_speaks_of_restarts_is_held_to_its_own_words(load: Load, said: str) -> None:
    assert restarts(load(f"  - {{expect: job, {said}}}"), 3) == []


def test_a_job_that_is_said_to_run_must_not_restart(load: Load) -> None:
    assert restarts(load("  - {expect: job, state: running}"), 1)


@pytest.mark.parametrize(
    ("said", "fails"),
    [
        ("expect: accepted, count: 1", True),
        ("expect: job, state: running", True),
        ("expect: letters, count: 1", False),
        ("expect: [letters, accepted], conserves: orders, by: [id]", False),
    ],
)
def test_a_dead_letter_sink_is_empty_unless_it_is_named(load: Load, said: str, *, fails: bool) -> None:
    found = dead_letters(load(f"  - {{{said}}}"), reads(letters=records({"id": "a"})))

    assert [failure.subject for failure in found] == (["letters"] if fails else [])


def test_other_sinks_need_not_be_empty(load: Load) -> None:
    assert dead_letters(load("  - {expect: job, restarts: 0}"), reads(refused=records({"id": "a"}))) == []


@pytest.mark.parametrize("said", ["expect: refused, count: 1", "expect: accepted, count: 1"])
def test_every_record_can_be_decoded_also_of_a_sink_that_nobody_names(load: Load, said: str) -> None:
    (failure,) = undecodable(load(f"  - {{{said}}}"), reads(refused=(BROKEN,)))

    assert (failure.subject, failure.message) == (
        "refused",
        "every record must be json, and 1 cannot be decoded",
    )
    assert failure.detail == "out[0]@4: no JSON: {"


def test_a_record_that_was_replaced_before_it_was_read_is_decoded_too(load: Load) -> None:
    read = Read(records=(), types={}, closed=False, changes=(BROKEN,))

    found = undecodable(
        load("  - {expect: job, restarts: 0}"),
        lambda name: read if name == "current" else reads()(name),
    )

    assert [failure.subject for failure in found] == ["current"]


def test_a_table_has_nothing_to_decode_and_is_not_read(load: Load) -> None:
    def read(name: str) -> Read:
        assert name != "stored"
        return reads()(name)

    assert undecodable(load("  - {expect: job, restarts: 0}"), read) == []
