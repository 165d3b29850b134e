"""Three jobs in a row that commit only when they are told to: done is done, and a lost row is missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.report import failure_text
from harness.result import Status
from harness.scenario.load import load_scenarios
from harness.session import Session
from tests.integration.stage import ignore

pytestmark = [pytest.mark.integration, pytest.mark.soak]

CHAIN = Path(__file__).parent.parent / "integration" / "exactly_done" / "transactions-along-a-chain"
TIMES = 20


@pytest.mark.parametrize(("sent", "status"), [(40, Status.PASSED), (39, Status.FAILED)])
def test_the_last_one_holds_what_was_sent_to_the_first(
    session: Session, tmp_path: Path, sent: int, status: Status
) -> None:
    text = (CHAIN / "job.scenario.yaml").read_text()
    assert "repeat: 40" in text
    (tmp_path / "job.scenario.yaml").write_text(text.replace("repeat: 40", f"repeat: {sent}"))
    (scenario,), problems = load_scenarios([tmp_path / "job.scenario.yaml"], CHAIN)
    assert not problems

    for _ in range(TIMES):
        (plan,) = session.plans([scenario])
        result = session.run(plan, ignore)

        assert result.status is status, failure_text(result, colour=False)
