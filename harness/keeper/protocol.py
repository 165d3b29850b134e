"""What keeper and client say to each other: JSON objects, a line each, over a unix socket.

Client to keeper: `hello`, `lease`, `fork`, `release`, `secrets`, `status`, `stop`; each carries an `id`.
Keeper to client: an answer with the same `id` (`ok` or `error`), and events without one: `progress`,
`queued`, `died`, `exited`.

`status` and `stop` are the core that never changes, so that every version can ask and end every other:
they need no `hello`, and only an `id`. Whoever has said `hello` uses the keeper; others only look.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import ArtefactError, HarnessError, LeaseError, ServiceError

VERSION = 3
Message = dict[str, Any]
ERRORS = {cls.__name__: cls for cls in (ArtefactError, LeaseError, ServiceError)}


def encode(message: Message) -> bytes:
    """One message as a line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Message:
    """One line as a message.

    Raises:
        ValueError: It is no JSON object.
    """
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("not a message")  # noqa: TRY004 - as wrong as a line that is no JSON at all
    return message


def error_to_json(error: HarnessError) -> Message:
    """An expected error as plain data."""
    return {
        "kind": type(error).__name__,
        "message": error.message,
        "detail": error.detail,
        "hint": error.hint,
    }


def error_from_json(data: Message) -> HarnessError:
    """The error that the keeper met, of the same kind."""
    kind = ERRORS.get(data["kind"], ServiceError)
    return kind(data["message"], detail=data["detail"], hint=data["hint"])


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The two folders of one keeper and everything in them.

    Attributes:
        path: On disk: socket, logs, lease folders.
        data: In shared memory where there is room: what services store.
    """

    path: Path
    data: Path

    @property
    def socket(self) -> Path:
        """Where the keeper listens."""
        return self.path / "keeper.sock"

    @property
    def lock(self) -> Path:
        """Held by the reaper as long as the folders are in use."""
        return self.path / "lock"

    @property
    def log(self) -> Path:
        """The keeper's own log."""
        return self.path / "keeper.log"
