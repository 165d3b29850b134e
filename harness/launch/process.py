"""Child processes: the one place where they are started, watched and ended."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import platform
from harness.clock import Deadline
from harness.errors import ServiceError

LOG_LINES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command as it will be started.

    Attributes:
        name: Who it is, for messages.
        argv: The words.
        log: File that receives standard error, and standard output unless `talks`.
        environ: The whole environment.
        cwd: Working directory.
        talks: Standard output is a pipe that is read line by line, standard input one that ends it.
        death_signal: Sent to it when the process that started it dies.
        namespaces: Words before the command that give it namespaces of its own.
    """

    name: str
    argv: Sequence[str]
    log: Path
    environ: Mapping[str, str]
    cwd: Path
    talks: bool = False
    death_signal: signal.Signals = signal.SIGKILL
    namespaces: Sequence[str] = ()


class Process:
    """A running child in a session of its own."""

    def __init__(self, command: Command, popen: subprocess.Popen[bytes]) -> None:
        self.command = command
        self.popen = popen
        self._rest = b""

    @property
    def pid(self) -> int:
        """The process id, which is also its group."""
        return self.popen.pid

    @property
    def status(self) -> int | None:
        """The exit status, or None while it runs; negative: the signal that ended it.

        One to which SIGKILL was sent has ended, however long the system takes to clear it away.
        """
        status = self.popen.poll()
        return -signal.SIGKILL if status is None and platform.doomed(self.pid) else status

    def read_line(self, deadline: Deadline) -> str:
        """The next line of its standard output.

        Raises:
            ServiceError: It ended, or wrote nothing in time.
        """
        assert self.popen.stdout is not None
        fd = self.popen.stdout.fileno()
        while b"\n" not in self._rest:
            ready, _, _ = select.select([fd], [], [], min(deadline.left, 0.5))
            chunk = os.read(fd, 65536) if ready else None
            if chunk == b"" or (chunk is None and self.status is not None):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.popen.wait(1)
                raise self.failed("ended before it was ready")
            if chunk is None and deadline.passed:
                raise self.failed(f"wrote nothing in {deadline.seconds:.0f} s")
            self._rest += chunk or b""
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode(errors="replace").strip()

    def write_line(self, text: str) -> None:
        """Write one line to its standard input."""
        assert self.popen.stdin is not None
        self.popen.stdin.write(text.encode() + b"\n")
        self.popen.stdin.flush()

    def failed(self, what: str) -> ServiceError:
        """An error that says what it did, its exit status and the tail of its log."""
        return ServiceError(
            f"{self.command.name} {what}{exit_text(self.status)}", detail=tail(self.command.log)
        )

    def kill(self) -> None:
        """End it and its group at once and wait for it."""
        kill_group(self.pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(5)
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def end_input(self, seconds: float) -> None:
        """Have it end with its standard input; kill it if it has not after so many seconds."""
        if self.popen.stdin is not None:
            # What it was not told before its death is not told any more.
            with contextlib.suppress(OSError):
                self.popen.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(seconds)
        self.kill()

    def stop(self, number: signal.Signals, seconds: float) -> None:
        """Ask it to end; kill it if it has not after so many seconds."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(seconds)
        self.kill()


def start(command: Command) -> Process:
    """Start a command; only the main thread may, since a death signal fires when the starting thread ends.

    Raises:
        ServiceError: The program cannot be executed.
    """
    argv = [*command.namespaces, *platform.death_signal_prefix(command.death_signal), *command.argv]
    command.log.parent.mkdir(parents=True, exist_ok=True)
    with command.log.open("ab") as log:
        try:
            popen = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE if command.talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if command.talks else log,
                stderr=log,
                env=dict(command.environ),
                cwd=command.cwd,
                start_new_session=True,
            )
        except OSError as error:
            raise ServiceError(
                f"{command.name} cannot be executed", detail=f"{argv[0]}: {error.strerror}"
            ) from error
    return Process(command, popen)


def kill_group(pid: int) -> None:
    """SIGKILL to a process and its group, whichever of them is left."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def exit_text(status: int | None) -> str:
    """An exit status in words, to put behind a sentence."""
    if status is None:
        return ""
    if status < 0:
        with contextlib.suppress(ValueError):
            return f" ({signal.Signals(-status).name})"
    return f" (exit status {status})"


def tail(path: Path, lines: int = LOG_LINES) -> str | None:
    """The last lines of a log, under its path; None if it is empty or not there."""
    try:
        with path.open("rb") as f:
            f.seek(max(0, path.stat().st_size - 65536))
            text = f.read().decode(errors="replace")
    except OSError:
        return None
    last = text.rstrip().splitlines()[-lines:]
    return "\n".join([f"the end of its log ({path}):", *(f"  {line}" for line in last)]) if last else None
