"""One jar on its way into the cache: resumed where it stopped, verified, never fetched twice at a time."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from harness.clock import pause
from harness.errors import ArtefactError
from harness.launch.cached import cached_path, put, unwritable
from harness.launch.lock_file import Artefact
from harness.launch.repository import Refused, Repository

log = logging.getLogger(__name__)

_ATTEMPTS = 4
_FIRST_PAUSE_S = 0.25
_CHUNK = 1 << 18
_RANGE_REFUSED = 416
_WORTH_ASKING_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, _RANGE_REFUSED})


class Download:
    """One jar on its way. Bytes are gathered in a part file that a later run, or another process, resumes."""

    def __init__(
        self, artefact: Artefact, cache: Path, repository: Repository, advance: Callable[[int], None]
    ) -> None:
        self.artefact = artefact
        self.repository = repository
        self.path = cached_path(cache, artefact.sha256, artefact.coordinate.file_name)
        self.part = self.path.with_name(f"{self.path.name}.part")
        self._advance = advance
        self._counted = 0

    def run(self) -> None:
        """Have the jar in its place.

        Raises:
            ArtefactError: It cannot be had, it is another one, or the cache cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = self._open_part()
        except OSError as error:
            raise unwritable(error) from error
        if file is None:
            self._count_to(self.artefact.size)
            return
        with file:
            self._receive(file)
            put(self.part, self.path)
        log.debug("fetched %s", self.artefact.coordinate)

    def _open_part(self) -> IO[bytes] | None:
        """The part file, locked against other processes; None if one of them finished the jar meanwhile."""
        while True:
            file = self.part.open("a+b")
            fcntl.flock(file, fcntl.LOCK_EX)
            state = os.fstat(file.fileno())
            if self.path.is_file() and self.path.stat().st_size == self.artefact.size:
                if state.st_size == 0:
                    self.part.unlink(missing_ok=True)
                file.close()
                return None
            # Whoever held the lock may have moved away the file that we opened.
            if self.part.exists() and self.part.stat().st_ino == state.st_ino:
                return file
            file.close()

    def _receive(self, file: IO[bytes]) -> None:
        """Fill the part file until it has the right bytes."""
        reason: object = ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                log.debug("%s: asking again: %s", self.artefact.coordinate, reason)
                pause(_FIRST_PAUSE_S * 2**attempt)
            try:
                fresh, got = self._complete(file)
            except Refused as refused:
                if refused.status not in _WORTH_ASKING_AGAIN:
                    raise self._refused(refused.status) from None
                if refused.status == _RANGE_REFUSED:
                    self._start_again(file)
                reason = refused
                continue
            except OSError as error:
                reason = error
                continue
            if got == self.artefact.sha256:
                return
            size = os.fstat(file.fileno()).st_size
            if size < self.artefact.size:
                reason = f"the connection ended after {size} of {self.artefact.size} bytes"
                continue
            self._start_again(file)
            # Bytes of an earlier run may be what is wrong, so only a copy in one piece convicts.
            if fresh:
                raise self._wrong(got, size)
        raise self._unreachable(reason)

    def _complete(self, file: IO[bytes]) -> tuple[bool, str]:
        """Fetch what the part file lacks; return whether all came in one piece, and the sha256."""
        digest = hashlib.sha256()
        file.seek(0)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
        have = file.tell()
        self._count_to(have)
        if have >= self.artefact.size:
            return False, digest.hexdigest()
        stream, begins = self.repository.open(self.artefact.coordinate.path, offset=have)
        with stream:
            if begins != have:
                self._start_again(file)
                digest, have = hashlib.sha256(), 0
            fresh = have == 0
            # One byte more than there should be is enough to tell that it is another file.
            while have <= self.artefact.size and (chunk := stream.read(_CHUNK)):
                file.write(chunk)
                digest.update(chunk)
                have += len(chunk)
                self._count_to(have)
        file.flush()
        return fresh, digest.hexdigest()

    def _start_again(self, file: IO[bytes]) -> None:
        file.truncate(0)
        self._count_to(0)

    def _count_to(self, count: int) -> None:
        self._advance(count - self._counted)
        self._counted = count

    def _wrong(self, got: str, size: int) -> ArtefactError:
        return ArtefactError(
            f"{self.artefact.coordinate.file_name} has not the content that its lock names",
            detail=f"expected sha256 {self.artefact.sha256}, {self.artefact.size} bytes\n"
            f"got      sha256 {got}, {size} bytes\n"
            f"asked    {self.repository}",
            hint="the repository has another file under this name; set `maven` to one that you trust",
        )

    def _refused(self, status: int) -> ArtefactError:
        coordinate = self.artefact.coordinate
        detail = f"asked {self.repository}"
        if status != 404:
            return ArtefactError(
                f"the Maven repository refused {coordinate} with status {status}",
                detail=detail,
                hint="check the setting `maven`, its user and the proxy",
            )
        close = self.repository.nearest_version(coordinate)
        return ArtefactError(
            f"the Maven repository has no {coordinate}",
            detail=f"{detail}\nthe nearest version there is {close}" if close else detail,
            hint="set `maven` to a repository that has it",
        )

    def _unreachable(self, reason: object) -> ArtefactError:
        return ArtefactError(
            f"{self.artefact.coordinate} could not be fetched",
            detail=f"asked {self.repository}\n{reason}",
            hint="run `harness fetch` where there is a network, or set `maven` to a mirror or a folder",
        )
