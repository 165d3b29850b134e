"""Whole runs of the harness in processes of their own, to be killed at any moment."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness import platform
from harness.clock import Deadline, pause, poll
from harness.keeper.address import PREFIX, VARIABLE
from harness.keeper.found import FoundKeeper
from harness.keeper.nameplate import Nameplate
from tests.integration.footprint import Footprint
from tests.integration.stage import CARD
from tests.integration.warm import Warm

LEFT_SECONDS = 30.0
START_SECONDS = 60.0
COMMANDS = {
    "cli": ["-m", "harness.cli.main", "run", "runs.scenario.yaml"],
    # pytest's own temporary folder is none of ours.
    "pytest": ["-m", "pytest", "runs.scenario.yaml", "--basetemp=../pytest"],
    "xdist": ["-m", "pytest", "runs.scenario.yaml", "--basetemp=../pytest", "-n", "2"],
}
KEEP = {"cli": "--keep", "pytest": "--harness-keep", "xdist": "--harness-keep"}
SCENARIO = """\
scenario: transaction {number}
pipeline: card-transactions
when:
  - send: transactions
    rows: [{{occurred_at: T, transaction_id: t{number}, card_id: c1, amount: 1.00, status: approved}}]
then:
  - {{expect: transactions_by_card, count: 1}}
"""


@dataclass
class Run:
    """A harness run with services of its own."""

    process: subprocess.Popen[str]
    footprint: Footprint

    @classmethod
    def start(cls, front_end: str, place: Path, scenarios: int, keep: str | None = None) -> Run:
        """Start `cli`, `pytest` or `xdist` on so many scenarios; with `keep`, its services stay warm."""
        footprint = Footprint.new(place)
        project = place / "project"
        if not project.exists():
            shutil.copytree(CARD, project)
        (project / "pytest.ini").write_text("[pytest]\n")
        text = "---\n".join(SCENARIO.format(number=number) for number in range(scenarios))
        (project / "runs.scenario.yaml").write_text(text)
        environ = {name: value for name, value in os.environ.items() if name != VARIABLE}
        process = subprocess.Popen(
            [sys.executable, *COMMANDS[front_end], *((KEEP[front_end], keep) if keep else ())],
            cwd=project,
            env={**environ, "TMPDIR": str(footprint.temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # A terminal's Ctrl-C goes to the whole group of the command, and must not come to us.
            start_new_session=True,
        )
        footprint.root = process.pid
        return cls(process, footprint)

    def wait_for_keeper(self) -> None:
        """Return as soon as the keeper is there; its services are just being started."""
        assert poll(lambda: bool(self._keepers()), Deadline(START_SECONDS)), self.output()

    def watch(self, seconds: float) -> None:
        """Let it run for so long, and remember all that it starts."""
        deadline = Deadline(seconds)
        while not deadline.passed and self.process.poll() is None:
            self.footprint.look()
            pause(min(0.1, deadline.left))
        self.footprint.look()

    def victims(self, who: str) -> Sequence[int]:
        """The processes that a blow to `front end`, `worker` or `keeper` hits."""
        if who == "keeper":
            return self._keepers()[:1]
        if who == "worker":
            return self._modules("import sys;exec(eval(sys.stdin.readline()))")[:1]
        return [self.process.pid]

    def interrupt(self) -> None:
        """Ctrl-C."""
        os.killpg(self.process.pid, signal.SIGINT)

    def output(self) -> str:
        """All that it wrote, once it has ended."""
        try:
            return self.process.communicate(timeout=120)[0]
        finally:
            self.process.kill()

    def what_is_left(self) -> list[str]:
        """What is there after the time within which all must be gone."""
        poll(lambda: not self.footprint.left(), Deadline(LEFT_SECONDS), first=0.05, most=0.2)
        return self.footprint.left()

    def end(self) -> None:
        """End what a failed test has left, so that no other test sees it."""
        for pid in (self.process.pid, *platform.descendants(self.process.pid), *self.footprint.seen):
            if platform.alive(pid) and (pid in self.footprint.seen or pid == self.process.pid):
                psutil.Process(pid).kill()
        self.process.communicate()

    def strays(self) -> list[str]:
        """What leases have left in services that outlived the run, after the time to take it back."""
        plates = [Nameplate.read(path) for path in self.footprint.temporary.iterdir()]
        if not any(plate is not None and platform.alive(plate.pid) for plate in plates):
            return []
        warm = Warm.of(self.footprint.temporary)
        poll(lambda: not warm.strays(), Deadline(LEFT_SECONDS), first=0.05, most=0.2)
        return warm.strays()

    def end_kept(self) -> None:
        """End a keeper that outlived the run, if there is one."""
        for pid in self._keepers():
            os.kill(pid, signal.SIGKILL)

    def _keepers(self) -> list[int]:
        """Private ones are below the run, kept ones lose their parent with it."""
        folders = [path for path in self.footprint.temporary.glob(f"{PREFIX}*") if path.is_dir()]
        kept = [FoundKeeper(folder=path, nameplate=Nameplate.read(path)).pid for path in folders]
        found = [*self._modules("harness.keeper.server"), *(pid for pid in kept if pid is not None)]
        return list(dict.fromkeys(pid for pid in found if platform.alive(pid)))

    def _modules(self, words: str) -> list[int]:
        found = []
        for pid in platform.descendants(self.process.pid):
            try:
                command = psutil.Process(pid).cmdline()
            except psutil.NoSuchProcess:
                continue
            # The reaper has the keeper's words among its own.
            if words in command and "harness.keeper.reaper" not in command:
                found.append(pid)
        return found
