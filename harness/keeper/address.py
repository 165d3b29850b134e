"""Which keeper: its folders, and what its life depends on."""

from __future__ import annotations

import json
import os
import secrets
import stat
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from harness import platform
from harness.errors import ServiceError
from harness.keeper.identity import code_identity, keeper_key
from harness.keeper.protocol import RunFolder
from harness.settings import Settings

VARIABLE = "HARNESS_KEEPER"
"""Names the run folder and the owner, so that the workers of one pytest run share one keeper."""
PREFIX = "flink-harness-"
PARENT_BYTES = 48
"""A socket's path has 103 bytes at most, and we put up to 55 behind the folder's."""
SHORT_PARENT = Path("/tmp")  # noqa: S108 - our folders in it are 0700, and are refused if they are not ours


def run_parent() -> Path:
    """Where run folders lie: the temporary folder, unless sockets below it would have too long a path."""
    parent = Path(tempfile.gettempdir())
    return parent if len(os.fsencode(parent)) <= PARENT_BYTES else SHORT_PARENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Why a keeper outlives the run that started it.

    Attributes:
        seconds: How long it waits for another run.
        root: The folder of the project that it serves.
        code: The identity of the harness' code that it runs.
    """

    seconds: float
    root: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeeperAddress:
    """Which keeper, and how long it lives.

    Attributes:
        owner: The process that chose it. A private keeper ends with it.
        keep: None for a private keeper.
    """

    folder: RunFolder
    owner: int
    keep: Keep | None = None

    @classmethod
    def new(cls, data: Path | None = None) -> KeeperAddress:
        """An address that nobody uses; nothing is started or made yet.

        Args:
            data: The folder for the data of services, or None for memory where there is enough.
        """
        # 8 hexadecimal digits; a kept one has 12.
        return cls(folder=_folders(f"{PREFIX}{secrets.token_hex(4)}", data), owner=os.getpid())

    @classmethod
    def kept(cls, root: Path, settings: Settings) -> KeeperAddress:
        """The address that every run of this project, these settings and this very code arrives at."""
        code = code_identity()
        name = f"{PREFIX}{keeper_key(root, settings, code)}"
        keep = Keep(seconds=settings.keep, root=str(root.resolve()), code=code)
        return cls(folder=_folders(name, settings.data), owner=os.getpid(), keep=keep)

    @classmethod
    def from_environment(cls) -> KeeperAddress | None:
        """The address that a parent process has chosen, if it has and is still there."""
        text = os.environ.get(VARIABLE)
        if not text:
            return None
        address = cls.from_json(text)
        return address if platform.alive(address.owner) else None

    @classmethod
    def from_json(cls, text: str) -> KeeperAddress:
        """The address from the text for another process."""
        owner, path, data, keep = json.loads(text)
        return cls(folder=RunFolder(Path(path), Path(data)), owner=owner, keep=Keep(**keep) if keep else None)

    def to_json(self) -> str:
        """The address as text for another process, by variable or argument."""
        keep = asdict(self.keep) if self.keep else None
        return json.dumps([self.owner, str(self.folder.path), str(self.folder.data), keep])


def _folders(name: str, data: Path | None) -> RunFolder:
    return RunFolder(run_parent() / name, (data or platform.data_parent()) / f"{name}-data")


def check_ours(path: Path) -> None:
    """Refuse a folder that somebody else has made, or may look into: whoever knows its name can try.

    Raises:
        ServiceError: With its owner and mode.
    """
    info = path.lstat()
    if stat.S_ISDIR(info.st_mode) and info.st_uid == os.getuid() and not info.st_mode & 0o077:
        return
    raise ServiceError(
        f"the keeper's folder {path} is not ours alone",
        detail=f"found {stat.filemode(info.st_mode)} of user {info.st_uid}, "
        f"wanted drwx------ of user {os.getuid()}",
        hint="remove it, or set TMPDIR to a folder of your own",
    )
