"""Keepers that are there, of whatever version: found by their folders, asked and ended by the stable core."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import platform
from harness.clock import Deadline, poll
from harness.errors import ServiceError
from harness.keeper.address import PREFIX, run_parent
from harness.keeper.nameplate import Nameplate
from harness.keeper.protocol import RunFolder, decode, encode, error_from_json
from harness.keeper.sweep import locked

ANSWER_SECONDS = 2.0
END_SECONDS = 15.0
KILLED_SECONDS = 10.0
SERVER = "harness.keeper.server"
_KEPT = re.compile(rf"{PREFIX}[0-9a-f]{{12}}")
"""A computed name; that of a private keeper is random and shorter."""


class Silent(ServiceError):
    """A keeper that is there and does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundKeeper:
    """A keeper whose reaper holds the lock of its folder.

    Attributes:
        nameplate: None of one that is just being started, or of a version that had none.
    """

    folder: Path
    nameplate: Nameplate | None

    @property
    def kept(self) -> bool:
        """Whether it outlives the run that started it."""
        if self.nameplate is None:
            return _KEPT.fullmatch(self.folder.name) is not None
        return self.nameplate.owner == 0

    @property
    def pid(self) -> int | None:
        """Its process, if it can be told."""
        if self.nameplate is not None:
            return self.nameplate.pid
        return next(_servers_of(self.folder), None)

    def ask(self, verb: str, seconds: float = ANSWER_SECONDS) -> Any:
        """Ask one thing of the stable core.

        Raises:
            Silent: It does not answer in time, or is just ending.
            ServiceError: What it answered instead.
        """
        address = RunFolder(self.folder, self.folder).socket
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(seconds)
                connection.connect(str(address))
                connection.sendall(encode({"verb": verb, "id": 1}))
                with connection.makefile("rb") as lines:
                    answer = next((m for line in lines if (m := decode(line)).get("id") == 1), None)
        except (OSError, ValueError) as error:
            raise self._silent(error, seconds) from error
        if answer is None:
            raise self._silent(None, seconds)
        if "error" in answer:
            raise error_from_json(answer["error"])
        return answer.get("ok")

    def _silent(self, error: Exception | None, seconds: float) -> Silent:
        saw = f"nothing in {seconds:g} s" if isinstance(error, TimeoutError) else str(error or "no answer")
        pid = self.pid
        return Silent(
            f"the keeper{f' (process {pid})' if pid else ''} does not answer",
            detail=f"asked at {self.folder}: {saw}",
            hint="`harness down` ends it",
        )

    def end(self, seconds: float = END_SECONDS) -> bool:
        """End it and wait until nothing of it is left; returns whether it had to be killed.

        Raises:
            ServiceError: Its folder is still in use.
        """
        killed = False
        reaper = self._reaper if self._reaper is not None and _is_of_us(self._reaper) else None
        try:
            self.ask("stop")
        except ServiceError as error:
            # One that ends already needs its time; one that hangs will not use any.
            seconds = 0.0 if isinstance(error.__cause__, TimeoutError) else seconds
        if not self._gone(seconds):
            killed = True
            # The keeper first: its reaper then clears up behind it.
            for pid, limit in ((self.pid, KILLED_SECONDS), (self._reaper, 1.0)):
                if pid is not None and _is_of_us(pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                    if self._gone(limit):
                        break
        if locked(self.folder / "lock"):
            raise self._silent(None, seconds)
        for path in (self.folder, *([Path(self.nameplate.data)] if self.nameplate else [])):
            if not locked(path / "lock"):
                shutil.rmtree(path, ignore_errors=True)
        if reaper is not None:
            # It lets go of the lock and is there for a moment more.
            poll(lambda: not platform.alive(reaper), Deadline(KILLED_SECONDS))
        return killed

    @property
    def _reaper(self) -> int | None:
        return self.nameplate.reaper if self.nameplate else None

    def _gone(self, seconds: float) -> bool:
        return poll(lambda: not locked(self.folder / "lock"), Deadline(seconds))


def find_keepers() -> list[FoundKeeper]:
    """All keepers of this user whose folders lie where we look, the kept ones first."""
    found = []
    for parent in sorted({run_parent(), Path(tempfile.gettempdir())}):
        for path in sorted(parent.glob(f"{PREFIX}*")):
            with contextlib.suppress(OSError):
                ours = path.is_dir() and path.lstat().st_uid == os.getuid()
                if ours and not path.name.endswith("-data") and locked(path / "lock"):
                    found.append(FoundKeeper(folder=path, nameplate=Nameplate.read(path)))
    return sorted(found, key=lambda keeper: not keeper.kept)


def _servers_of(folder: Path) -> Iterator[int]:
    """The keepers' processes that have this folder among their words."""
    for pid in platform.parents():
        words = _words(pid)
        if SERVER in words and "harness.keeper.reaper" not in words and str(folder) in " ".join(words):
            yield pid


def _is_of_us(pid: int) -> bool:
    """Whether a process is a keeper or a reaper: its number may be in use again by another program."""
    return any(word.startswith("harness.keeper.") for word in _words(pid))


def _words(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    if Path("/proc/self/cmdline").exists():
        return []
    import psutil

    with contextlib.suppress(psutil.Error):
        return list(psutil.Process(pid).cmdline())
    return []
