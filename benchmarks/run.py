"""Ratios in one run: a warm scenario, a cold start and a second run against what users do today.

python benchmarks/run.py [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import today

from harness.environment import KafkaNeed, Needs, PostgresNeed, TopicNeed
from harness.keeper.address import VARIABLE, KeeperAddress
from harness.keeper.choice import lasting
from harness.keeper.client import LazyKeeper
from harness.result import Status
from harness.scenario.load import load_scenarios
from harness.scenario.model import Scenario
from harness.session import Session
from harness.settings import Settings, load_settings

ROOT = Path(__file__).parent.parent
SCENARIO = "a correction of the same transaction replaces it"
SECURED = "a reversal carries the transaction that it reverses [card-plain]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="warm runs of the scenario")
    parser.add_argument("--today", type=int, default=3, help="runs of today's way")
    options = parser.parse_args()
    settings = load_settings(ROOT)
    cold(settings)
    second(settings, options.rounds)
    keeper = LazyKeeper(KeeperAddress.new(), ROOT, {})
    try:
        session = Session(settings, keeper)
        warm = warm_runs(session, options.rounds, scenario("card_transactions", SCENARIO))
        secured = warm_runs(session, options.rounds, scenario("card_system", SECURED))
        old = todays_way(keeper, settings, options.today)
    finally:
        keeper.stop()
    table("today (new cluster, flink run, poll)", old)
    table("warm scenario", warm)
    table("warm scenario with TLS and registry", secured)
    ratio = median_total(old) / median_total(warm)
    both = f"{median_total(old):.1f} s / {median_total(warm):.2f} s"
    print(f"\nwarm scenario against today: {ratio:.0f}x ({both})")


def cold(settings: Settings) -> None:
    """From nothing to everything usable, jars and archives cached."""
    totals = []
    for _ in range(3):
        keeper = LazyKeeper(KeeperAddress.new(), ROOT, {})
        phases: dict[str, float] = {}

        def note(subject: str, phase: str, seconds: float, phases: dict[str, float] = phases) -> None:
            if phase == "ready":
                phases[subject] = seconds

        began = time.monotonic()
        plan = Session(settings, keeper).plans([scenario("card_transactions", SCENARIO)])[0]
        try:
            with keeper.lease(plan.needs, label="benchmark", wait_s=120, progress=note):
                totals.append(time.monotonic() - began)
        finally:
            keeper.stop()
        shown = ", ".join(f"{name} {seconds:.2f}" for name, seconds in phases.items())
        print(f"cold: all usable in {totals[-1]:.2f} s ({shown})")
    print(f"cold: median {statistics.median(totals):.2f} s")


def second(settings: Settings, rounds: int) -> None:
    """`harness run` on services that are warm: from the start of its process to its first lease request."""
    address = lasting(KeeperAddress.kept(ROOT, settings), 120.0)
    keeper = LazyKeeper(address, ROOT, {})
    environ = {k: v for k, v in os.environ.items() if k not in (VARIABLE, "CI")}
    words = [sys.executable, "-m", "harness.cli.main", "run", "scenarios", "-k", SCENARIO]
    before, all_in = [], []
    try:
        plan = Session(settings, keeper).plans([scenario("card_transactions", SCENARIO)])[0]
        with keeper.lease(plan.needs, label="benchmark", wait_s=120, progress=lambda *_: None):
            pass
        for _ in range(rounds + 1):
            began, started = time.monotonic(), time.time()
            subprocess.run(words, cwd=ROOT, env=environ, check=True, capture_output=True)
            all_in.append(time.monotonic() - began)
            before.append(last_request(address.folder.log) - started)
    finally:
        keeper.client().stop()
    # The first one writes the bytecode.
    for title, figures in (("until it asks for a lease", before[1:]), ("until it has ended", all_in[1:])):
        spread = f"{min(figures):.3f} to {max(figures):.3f}, n={rounds}"
        print(f"second run, {title}: median {statistics.median(figures):.3f} s, {spread}")


def last_request(log: Path) -> float:
    """When a lease was asked for last, as the keeper's log has it."""
    line = next(line for line in reversed(log.read_text().splitlines()) if ": asked for by " in line)
    return datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f").astimezone().timestamp()


def scenario(folder: str, name: str) -> Scenario:
    found, problems = load_scenarios([ROOT / "scenarios" / folder], ROOT)
    assert not problems
    return next(s for s in found if s.name == name)


def warm_runs(session: Session, rounds: int, measured: Scenario) -> list[Mapping[str, float]]:
    """Warm runs of one scenario, after three that are not counted."""
    results = []
    for number in range(rounds + 3):
        (plan,) = session.plans([measured])
        result = session.run(plan, lambda _event: None)
        assert result.status is Status.PASSED, result
        if number >= 3:
            rest = result.seconds - sum(result.phases.values())
            results.append({**result.phases, "rest": rest})
    return results


def todays_way(keeper: LazyKeeper, settings: Settings, rounds: int) -> list[Mapping[str, float]]:
    """The same scenario as people run it today, on the same warm Kafka and Postgres."""
    results: list[Mapping[str, float]] = []
    for number in range(rounds):
        topic = f"today-{number}"
        needs = Needs(
            kafka=KafkaNeed(
                topics=(TopicNeed(name=topic, partitions=3), TopicNeed(name="card.rejected", literal=True))
            ),
            postgres=PostgresNeed(schema=str(ROOT / "fixtures/pipelines/card_transactions/aurora.sql")),
        )
        with (
            keeper.lease(needs, label="today", wait_s=60, progress=lambda *_: None) as lease,
            tempfile.TemporaryDirectory() as folder,
        ):
            results.append(today.run(lease.grant, topic, settings, Path(folder) / "today"))
    return results


def median_total(runs: Sequence[Mapping[str, float]]) -> float:
    return statistics.median(sum(run.values()) for run in runs)


def table(title: str, runs: Sequence[Mapping[str, float]]) -> None:
    """Medians per phase, and the spread of the total."""
    totals = sorted(sum(run.values()) for run in runs)
    median = statistics.median(totals)
    late = totals[int(0.95 * (len(totals) - 1))]
    spread = f"{totals[0]:.2f} to {totals[-1]:.2f}"
    print(f"\n{title}: median {median:.2f} s, p95 {late:.2f} s, {spread}, n={len(runs)}")
    for phase in runs[0]:
        print(f"  {phase:<14} {statistics.median(run[phase] for run in runs):7.3f} s")


if __name__ == "__main__":
    main()
