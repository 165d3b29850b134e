"""What other systems get, and what the settings turn off, runs the same scenarios."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import without_keeper

pytestmark = pytest.mark.integration

SCENARIO = """\
scenario: an approved transaction
pipeline: card-transactions
when:
  - send: transactions
    rows: [{occurred_at: T, transaction_id: t1, card_id: c1, amount: 1.00, status: approved}]
then:
  - {expect: transactions_by_card, count: 1}
"""


@pytest.mark.parametrize(
    ("options", "environ"),
    [(["--harness-fork", "false"], {}), ([], {"HARNESS_PORTABLE": "1"})],
    ids=["without forks", "with nothing that only Linux has"],
)
def test_a_scenario_passes(card_project: Path, options: list[str], environ: dict[str, str]) -> None:
    (card_project / "approved.scenario.yaml").write_text(SCENARIO)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options],
        cwd=card_project,
        env=without_keeper(**environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
