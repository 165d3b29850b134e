"""A service that dies in the middle of a scenario is an ERROR with its name; the next one gets a new one."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.keeper.address import KeeperAddress
from harness.keeper.client import LazyKeeper
from harness.result import Status
from harness.session import Session
from tests.integration.stage import Once, Stage, kill

pytestmark = pytest.mark.integration

APPROVED = """
    scenario: an approved transaction
    pipeline: card-transactions
    when:
      - send: transactions
        rows:
          - {occurred_at: T, transaction_id: t1, card_id: c1, amount: 1.00, status: approved}
      - {expect: transactions_by_card, count: 1}
    then:
      - expect: transactions_by_card
        rows: [{transaction_id: t1, amount: 1.00}]
"""
SERVICES = ["postgres", "kafka", "flink", "interpreter"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_death_in_the_middle_is_an_error_that_names_the_service(
    stage: Stage, after_first_step: Once, service: str
) -> None:
    result = stage.run(
        APPROVED, after_first_step(lambda: kill(stage.pid_of("an approved transaction", service)))
    )

    assert result.status is Status.ERROR
    assert result.trouble is not None
    assert result.trouble.message == f"{service} died in the middle (SIGKILL)"
    assert result.trouble.hint == "the next scenario gets a new one"
    if service != "interpreter":  # nobody has written anything there
        assert "the end of its log" in (result.trouble.detail or "")
    after = stage.run(APPROVED)
    assert (after.status, after.trouble) == (Status.PASSED, None)


def test_a_death_between_two_scenarios_is_seen_by_neither(stage: Stage) -> None:
    assert stage.run(APPROVED).status is Status.PASSED
    (before,) = stage.instances("postgres")

    kill(before["pids"][0])
    after = stage.run(APPROVED)

    assert (after.status, after.trouble) == (Status.PASSED, None)
    assert before["pids"] not in [instance["pids"] for instance in stage.instances("postgres")]


def test_the_death_of_the_keeper_is_an_error_and_the_next_scenario_gets_a_new_one(
    session: Session, tmp_path: Path, after_first_step: Once
) -> None:
    own = LazyKeeper(KeeperAddress.new(), tmp_path, {})
    stage = Stage(session=Session(session.settings, own), folder=tmp_path)
    try:
        result = stage.run(APPROVED, after_first_step(lambda: kill(own.client().welcome["pid"])))
        after = stage.run(APPROVED)
    finally:
        own.stop()

    assert result.status is Status.ERROR
    assert result.trouble is not None
    assert result.trouble.message == "the keeper is gone, and every service with it"
    assert (after.status, after.trouble) == (Status.PASSED, None)
