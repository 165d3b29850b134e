"""From a fault to its recovery: the step that kills, and the settle that proves that all is done again.

python benchmarks/faults.py [--kills N] [--idle] [KIND]...
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from harness.clock import pause
from harness.events import Event, StepFinished
from harness.keeper.address import KeeperAddress
from harness.keeper.client import LazyKeeper
from harness.result import ScenarioResult, Status
from harness.scenario.load import load_scenarios
from harness.session import Session
from harness.settings import load_settings

ROOT = Path(__file__).parent.parent
REST_S = 4.0
"""Longer than a JVM takes to start on a busy machine."""
BURN = "while True: pass"
ORDER = "orders, rows: [{placed_at: T+1s, order_id: o, country: DE, amount: 1.00}]"
CARD = "transactions, rows: [{occurred_at: T, transaction_id: t, card_id: c, amount: 1.00, status: approved}]"
KINDS = {
    "taskmanager in-process": ("order_windows", ORDER, "taskmanager", "in-process"),
    "taskmanager SIGKILL": ("order_windows", ORDER, "taskmanager", "two-process"),
    "jobmanager SIGKILL": ("order_windows", ORDER, "jobmanager", "two-process"),
    "python_worker SIGKILL": ("card_transactions", CARD, "python_worker", "in-process"),
}
PIPELINES = {"order_windows": "order-windows", "card_transactions": "card-transactions"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="a word of the kinds to measure; else all")
    parser.add_argument("--kills", type=int, default=20, help="of each kind")
    parser.add_argument("--idle", action="store_true", help="leave the cores to the scenario")
    options = parser.parse_args()
    keeper = LazyKeeper(KeeperAddress.new(), ROOT, {})
    burners: list[subprocess.Popen[bytes]] = []
    try:
        if not options.idle:
            burners += [subprocess.Popen([sys.executable, "-c", BURN]) for _ in range(os.cpu_count() or 1)]
        for kind, (folder, rows, victim, where) in KINDS.items():
            if any(word in kind for word in options.kinds or [""]):
                found = measure(keeper, folder, scenario(folder, rows, victim, options.kills), where)
                print(f"{kind}: {spread(found)}", flush=True)
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
        keeper.stop()


def scenario(folder: str, rows: str, victim: str, kills: int) -> str:
    """So many kills, each of a job at rest, and a row behind it that the recovered job must process."""
    once = f"  - settle\n  - {{kill: {victim}}}\n  - {{send: {rows}}}\n  - settle\n"
    head = f"scenario: kills\npipeline: {PIPELINES[folder]}\ntimeout: 30m\nwhen:\n  - {{send: {rows}}}\n"
    return f"{head}{once * kills}then:\n  - {{expect: job, restarts: <any>}}\n"


def measure(keeper: LazyKeeper, folder: str, text: str, where: str) -> list[float]:
    """Seconds from each kill to the proof that what was sent behind it is done."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "kills.scenario.yaml"
        path.write_text(text)
        scenarios, problems = load_scenarios([path], ROOT / "fixtures" / "pipelines" / folder)
        assert not problems, [problem.render() for problem in problems]
        session = Session(replace(load_settings(ROOT), layout=where), keeper)
        (plan,) = session.plans(scenarios)
        result = session.run(plan, rest)
    assert result.status is Status.PASSED, result
    return recoveries(result)


def rest(event: Event) -> None:
    """Wait until what a fault has killed is replaced: the next one is measured, and not the last one."""
    if isinstance(event, StepFinished) and event.step.name == "settle":
        pause(REST_S)


def recoveries(result: ScenarioResult) -> list[float]:
    """The times of the kill, of the row behind it, and of the settle that ends it."""
    steps = result.steps
    kills = [number for number, step in enumerate(steps) if step.name == "fault"]
    return [sum(step.seconds for step in steps[number : number + 3]) for number in kills]


def spread(seconds: list[float]) -> str:
    """Median, p95, least and most."""
    ordered = sorted(seconds)
    late = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    middle = statistics.median(ordered)
    return (
        f"median {middle:.2f} s, p95 {late:.2f} s, {ordered[0]:.2f} to {ordered[-1]:.2f} s, n={len(ordered)}"
    )


if __name__ == "__main__":
    main()
