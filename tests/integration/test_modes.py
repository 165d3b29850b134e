"""What other systems get, and what the settings turn off, runs the same scenarios."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
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
def test_a_scenario_passes_and_leaves_nothing(
    card_project: Path, tmp_path_factory: pytest.TempPathFactory, options: list[str], environ: dict[str, str]
) -> None:
    (card_project / "approved.scenario.yaml").write_text(SCENARIO)
    temporary = tmp_path_factory.mktemp("t")
    environ = {**environ, "TMPDIR": str(temporary)}

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
    assert list(temporary.iterdir()) == []
    assert [found for found in commands() if str(temporary) in found] == []


def commands() -> Iterator[str]:
    """The command lines of all processes."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            yield " ".join(process.cmdline())
