"""Kills at random moments, many of them: nothing of any run is left."""

from __future__ import annotations

import os
import random
import signal
import tempfile
from pathlib import Path

import pytest

from harness import platform
from tests.integration.runs import Run

pytestmark = [
    pytest.mark.soak,
    pytest.mark.integration,
    pytest.mark.skipif(platform.portable(), reason="only Linux tells of a killed process in time"),
]

SEED = int(os.environ.get("HARNESS_TEST_SEED", random.SystemRandom().randrange(1 << 30)))
KILLS = 40
LATEST_S = 15.0
VICTIMS = (("pytest", "front end"), ("xdist", "worker"), ("cli", "front end"), ("cli", "keeper"))


@pytest.mark.parametrize("keep", [None, "1m"], ids=["private", "kept"])
@pytest.mark.parametrize("number", range(KILLS))
def test_a_kill_leaves_nothing(number: int, keep: str | None) -> None:
    front_end, victim = VICTIMS[number % len(VICTIMS)]
    moment = random.Random(f"{SEED} {number}").uniform(0.0, LATEST_S)
    print(f"{victim} of {front_end} after {moment:.2f} s; again with HARNESS_TEST_SEED={SEED}")
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        run = Run.start(front_end, Path(folder), scenarios=6, keep=keep)
        try:
            run.wait_for_keeper()
            run.watch(moment)
            for pid in run.victims(victim):
                os.kill(pid, signal.SIGKILL)
            if victim != "front end":
                run.output()
            if keep:
                run.footprint.look()
                assert run.strays() == []
                run.end_kept()

            assert run.what_is_left() == []
        finally:
            run.end()
