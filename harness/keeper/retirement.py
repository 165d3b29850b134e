"""When a kept keeper ends by itself."""

from __future__ import annotations

from pathlib import Path

from harness.clock import monotonic
from harness.keeper.address import Keep
from harness.keeper.identity import PACKAGE, code_identity
from harness.keeper.protocol import RunFolder

FIRST_SECONDS = 10.0
"""Whoever has started it has so long to say hello."""
CODE_SECONDS = 3.0
"""Between two looks at the files of the harness."""


class Retirement:
    """Watches for the reasons why a keeper that nobody owns should end.

    Attributes:
        seconds: How long it waits for another run; who asks for longer gets it.
    """

    def __init__(self, keep: Keep, folder: RunFolder, package: Path = PACKAGE) -> None:
        self.seconds = keep.seconds
        self._keep = keep
        self._folder = folder
        self._package = package
        self._place = folder.path.stat().st_ino
        self._idle_since = monotonic()
        self._was_used = False
        self._looked = monotonic()
        self._same_code = True

    @property
    def pause(self) -> float:
        """Seconds until the next look."""
        return min(1.0, max(0.1, self.seconds / 4))

    @property
    def idle(self) -> float:
        """Seconds since anybody used it."""
        return monotonic() - self._idle_since

    def extend(self, seconds: float) -> None:
        """Wait at least so long for another run."""
        self.seconds = max(self.seconds, seconds)

    def used(self) -> None:
        """Somebody uses it now."""
        self._was_used = True
        self._idle_since = monotonic()

    def reason(self, *, busy: bool) -> str | None:
        """Why it should end now, or None.

        Args:
            busy: Whether a run is connected or a lease not cleaned up; then only the loss of its own
                folder is a reason, because it can be found and cleared no more.
        """
        if not self._has_its_folder():
            return "its folder was removed"
        if busy:
            self.used()
            return None
        if not self._folder.socket.exists():
            return "its socket was removed"
        if not Path(self._keep.root).is_dir():
            return f"the project {self._keep.root} is gone"
        if not self._has_its_code():
            return "the code of the harness has changed"
        if self.idle >= (self.seconds if self._was_used else max(self.seconds, FIRST_SECONDS)):
            return f"nobody used it for {self.seconds:g} s"
        return None

    def _has_its_folder(self) -> bool:
        try:
            return self._folder.path.stat().st_ino == self._place
        except OSError:
            return False

    def _has_its_code(self) -> bool:
        if monotonic() - self._looked >= CODE_SECONDS:
            self._looked = monotonic()
            try:
                self._same_code = code_identity(self._package) == self._keep.code
            except OSError:
                self._same_code = False
        return self._same_code
