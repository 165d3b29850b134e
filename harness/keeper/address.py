"""Which keeper: the folders of its run, and the process that it ends with."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness import platform
from harness.keeper.protocol import RunFolder

VARIABLE = "HARNESS_KEEPER"
"""Names the run folder and the owner, so that the workers of one pytest run share one keeper."""
PREFIX = "flink-harness-"
PARENT_BYTES = 48
"""A socket's path has 103 bytes at most, and we put up to 55 behind the folder's."""
SHORT_PARENT = Path("/tmp")  # noqa: S108 - our folders in it are 0700 and have random names


def run_parent() -> Path:
    """Where run folders lie: the temporary folder, unless sockets below it would have too long a path."""
    parent = Path(tempfile.gettempdir())
    return parent if len(os.fsencode(parent)) <= PARENT_BYTES else SHORT_PARENT


@dataclass(frozen=True, slots=True, kw_only=True)
class KeeperAddress:
    """Which keeper: its folders and the process that it ends with."""

    folder: RunFolder
    owner: int

    @classmethod
    def new(cls, data: Path | None = None) -> KeeperAddress:
        """An address that nobody uses; nothing is started or made yet.

        Args:
            data: The folder for the data of services, or None for memory where there is enough.
        """
        name = f"{PREFIX}{secrets.token_hex(4)}"
        parent = data or platform.data_parent()
        folder = RunFolder(run_parent() / name, parent / f"{name}-data")
        return cls(folder=folder, owner=os.getpid())

    @classmethod
    def from_environment(cls) -> KeeperAddress | None:
        """The address that a parent process has chosen, if it has and is still there."""
        text = os.environ.get(VARIABLE)
        if not text:
            return None
        owner, path, data = json.loads(text)
        if not platform.alive(owner):
            return None
        return cls(folder=RunFolder(Path(path), Path(data)), owner=owner)

    def to_environment(self) -> str:
        """The address as text for child processes."""
        return json.dumps([self.owner, str(self.folder.path), str(self.folder.data)])
