"""What a keeper says of itself to whoever finds its folder, of whatever version either of them is."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

FILE = "keeper.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameplate:
    """Names and meanings here are for ever: another version reads them.

    Attributes:
        pid: The keeper's process.
        reaper: Its parent, which clears up behind it.
        harness: Its version.
        code: The identity of its code.
        package: The folder of its code.
        root: The project's folder.
        owner: The process that a private keeper ends with, or 0.
        started: Seconds since 1970.
        data: The folder for the data of its services.
    """

    pid: int
    reaper: int
    harness: str
    code: str
    package: str
    root: str
    owner: int
    started: float
    data: str

    def write(self, folder: Path) -> None:
        """Put it into the run folder, whole or not at all."""
        making = folder / f".{FILE}"
        making.write_text(json.dumps(asdict(self)))
        making.replace(folder / FILE)

    @classmethod
    def read(cls, folder: Path) -> Nameplate | None:
        """The nameplate in a run folder; None while there is none, or none that can be read."""
        try:
            content = json.loads((folder / FILE).read_bytes())
            return cls(**{field.name: content[field.name] for field in fields(cls)})
        except (OSError, ValueError, KeyError, TypeError):
            return None
