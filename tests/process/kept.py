"""Kept keepers without services: the process, its janitor and its folders alone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness import platform
from harness.clock import Deadline, poll
from harness.keeper.address import VARIABLE, KeeperAddress
from harness.keeper.choice import lasting
from harness.keeper.client import KeeperClient, LazyKeeper
from harness.settings import load_settings

PACKAGE = Path(__file__).parent.parent.parent / "harness"
SECONDS = 30.0


@dataclass
class Keepers:
    """Starts kept keepers for projects of a test, and ends them after it."""

    place: Path
    clients: list[KeeperClient] = field(default_factory=list)

    def project(self, name: str = "project") -> Path:
        folder = self.place / name
        folder.mkdir(exist_ok=True)
        (folder / "harness.toml").write_text("")
        return folder

    def address(self, project: Path, seconds: float = 60.0) -> KeeperAddress:
        return lasting(KeeperAddress.kept(project, load_settings(project)), seconds)

    def connect(self, project: Path, seconds: float = 60.0) -> KeeperClient:
        """A run's connection to the project's keeper, which is started if it is not there."""
        client = LazyKeeper(self.address(project, seconds), project, {}).client()
        self.clients.append(client)
        return client

    def end(self) -> None:
        for client in self.clients:
            client.close()
            # The keeper first, so that its reaper clears up; a test may have killed that one.
            for who in ("pid", "reaper"):
                if platform.alive(client.welcome[who]):
                    os.kill(client.welcome[who], signal.SIGKILL)
                poll(lambda: not platform.alive(client.welcome["reaper"]), Deadline(5))  # noqa: B023
            for folder in (client.address.folder.path, client.address.folder.data):
                shutil.rmtree(folder, ignore_errors=True)


def left_of(client: KeeperClient) -> list[str]:
    """What is there of a keeper and its reaper."""
    welcome, folder = client.welcome, client.address.folder
    return [
        *(f"process {welcome[who]}" for who in ("pid", "reaper") if platform.alive(welcome[who])),
        *(str(path) for path in (folder.path, folder.data) if path.exists()),
    ]


def nothing_left(client: KeeperClient) -> bool:
    """Whether all is gone within the time that it may take."""
    return poll(lambda: not left_of(client), Deadline(SECONDS))


def copied_harness(place: Path, version: str) -> Path:
    """A folder to import another version of the harness from."""
    shutil.copytree(PACKAGE, place / "harness", ignore=shutil.ignore_patterns("__pycache__"))
    init = place / "harness" / "__init__.py"
    init.write_text(init.read_text().replace('__version__ = "', f'__version__ = "{version}" or "'))
    return place


def run_copied(
    code: Path, *words: object, cwd: Path, environ: Mapping[str, str] = os.environ
) -> subprocess.CompletedProcess[str]:
    """Run a Python command on another version of the harness."""
    own = {name: value for name, value in environ.items() if name != VARIABLE}
    return subprocess.run(
        [sys.executable, "-P", *map(str, words)],
        cwd=cwd,
        env={**own, "PYTHONPATH": str(code)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
