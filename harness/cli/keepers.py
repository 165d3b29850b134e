"""The keepers that a command is about: those of this project, and what is said of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import __version__
from harness.cli.table import span
from harness.clock import now
from harness.keeper.found import FoundKeeper, Silent, find_keepers
from harness.keeper.identity import PACKAGE
from harness.settings import project_root

NOTHING = "nothing runs for this project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A keeper and what it says, or why it says nothing.

    Attributes:
        status: Its answer, empty if it does not answer.
        silence: Why not.
    """

    keeper: FoundKeeper
    status: Mapping[str, Any] = field(default_factory=dict)
    silence: Silent | None = None

    @property
    def title(self) -> str:
        """Which keeper this is, and what its life depends on."""
        plate = self.keeper.nameplate
        words = [f"keeper (process {self.keeper.pid or '?'})"]
        if plate is None:
            return f"{words[0]}, says no more of itself: {self.keeper.folder}"
        words.append(f"harness {plate.harness}{'' if is_own(self.keeper) else ' (another one)'}")
        words.append(f"up {span(max(0.0, now().timestamp() - plate.started))}")
        said = self.status.get("keeper", {})
        if self.silence is not None:
            words.append("does not answer")
        elif plate.owner:
            words.append(f"private, ends with process {plate.owner}")
        elif said.get("users"):
            words.append("in use by " + ", ".join(f"process {pid}" for pid in said["users"]))
        else:
            left = max(0.0, said.get("keep_s", 0) - said.get("idle_s", 0))
            words.append(f"idle, ends in {span(left)}")
        return ", ".join(words)

    def to_json(self) -> dict[str, Any]:
        """The same as plain data."""
        plate = self.keeper.nameplate
        return {
            "folder": str(self.keeper.folder),
            "pid": self.keeper.pid,
            "harness": plate.harness if plate else None,
            "root": plate.root if plate else None,
            "owner": plate.owner if plate else None,
            "answers": self.silence is None,
            **self.status,
        }


def this_project() -> str:
    """The folder of the project that the working directory is in, as keepers call it."""
    return str(project_root(Path.cwd()).resolve())


def keepers_of(root: str | None) -> list[FoundKeeper]:
    """The keepers of one project, or all of this user."""
    return [k for k in find_keepers() if root is None or (k.nameplate and k.nameplate.root == root)]


def looked_at(keepers: list[FoundKeeper]) -> list[Looked]:
    """Each with what it says; one that hangs makes nobody wait for long."""
    found = []
    for keeper in keepers:
        try:
            found.append(Looked(keeper=keeper, status=keeper.ask("status")))
        except Silent as error:
            found.append(Looked(keeper=keeper, silence=error))
    return found


def is_own(keeper: FoundKeeper) -> bool:
    """Whether it belongs to this very harness, in whatever state its files were when it started."""
    plate = keeper.nameplate
    return plate is not None and (plate.harness, plate.package) == (__version__, str(PACKAGE))


def memory(pids: list[int]) -> int:
    """The resident bytes of processes and of all below them."""
    import psutil

    total = 0
    for pid in pids:
        try:
            process = psutil.Process(pid)
            total += sum(p.memory_info().rss for p in (process, *process.children(recursive=True)))
        except psutil.Error:
            continue
    return total
