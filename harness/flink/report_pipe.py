"""What a submission tells while it runs: JSON lines in a pipe, from its process and from the JVM."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.clock import Deadline, poll
from harness.environment import Child, Lease
from harness.errors import JobError
from harness.flink.cause import MOST_FRAMES, where
from harness.flink.explanations import reason_of
from harness.flink.stack_trace import Frame, python_stack
from harness.location import Location

OUTPUT_LINES = 30
STACK = ".stack"
"""Beside the file of the output: where a script stood when it was asked."""
STACK_S = 0.5
CHILD_ENDED_GRACE_S = 2.0
"""How long the report of a child that has ended may lag behind the news of its end."""


class NeedsJars(Exception):
    """The script names jars that this cluster does not have."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(", ".join(paths))
        self.paths = paths


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPipe:
    """One submission's pipe, open as long as the submission may write to it.

    Attributes:
        lease: Whose submission it is.
        path: The pipe.
        name: The script or jar, for messages.
        location: Where the pipeline names it.
        output: What it prints.
        explain: Makes the error of what a failed one told; None where that are frames of its code.
        code: Where its code lies, or None where it is not Python.
    """

    lease: Lease
    path: Path
    name: str
    location: Location
    output: Path
    fd: int = field(repr=False)
    explain: Callable[[Mapping[str, Any]], JobError] | None = None
    code: Path | None = None

    @classmethod
    def open(
        cls,
        lease: Lease,
        name: str,
        location: Location,
        stack: contextlib.ExitStack,
        explain: Callable[[Mapping[str, Any]], JobError] | None = None,
        code: Path | None = None,
    ) -> ReportPipe:
        """Make the pipe; it is closed with the stack."""
        folder = Path(lease.grant.folder)
        earlier = len(list(folder.glob("report*")))
        number = f"-{earlier + 1}" if earlier else ""
        path = folder / f"report{number}"
        os.mkfifo(path, 0o600)
        # Open for reading and writing: the pipe then neither blocks nor ends between two writers.
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        stack.callback(os.close, fd)
        output = folder / f"script{number}.out"
        return cls(
            lease=lease,
            path=path,
            name=name,
            location=location,
            output=output,
            fd=fd,
            explain=explain,
            code=code,
        )

    def jobs(self, child: Child | None, deadline: Deadline) -> list[str]:
        """Follow the submission until it has submitted its jobs; returns their ids, in order.

        One that then waits for its unbounded job has done its part, and stays where it is.

        Args:
            child: Its process, or None where the JVM runs it.
            deadline: When to give up.

        Raises:
            JobError: It failed, or submitted nothing; with its own lines first and its output.
            NeedsJars: It names jars that are not in this cluster.
        """
        submitting: list[str] = []
        submitted: list[str] = []
        error: Mapping[str, Any] | None = None
        process: int | None = None
        for message in self._messages(child, deadline):
            match message["event"]:
                case "began":
                    process = message["pid"]
                case "submitting":
                    submitting.append(message["job"])
                case "submitted":
                    submitted.append(message["job"])
                case "jars":
                    raise NeedsJars(message["paths"])
                case "error":
                    error = message
                case "waiting" if submitted and len(submitted) == len(submitting):
                    return submitted
                case "exit" | "ended":
                    if error is not None or message["status"] or not submitted or submitting != submitted:
                        raise self._failed(error, message, submitting)
                    return submitted
        raise JobError(
            f"{self.name} has not submitted its job after {deadline.elapsed:.0f} s",
            detail="\n".join([*self._standing(process), self._printed()]),
            hint="does it wait for what never comes? If it only needs longer, raise the scenario's `timeout`",
            location=self.location,
        )

    def _messages(self, child: Child | None, deadline: Deadline) -> Iterator[Mapping[str, Any]]:
        rest = b""
        ended: Deadline | None = None
        while not deadline.passed:
            ready, _, _ = select.select([self.fd], [], [], 0.05)
            if ready:
                *lines, rest = (rest + os.read(self.fd, 1 << 16)).split(b"\n")
                yield from map(json.loads, lines)
                continue
            self.lease.check()
            if child is not None and child.status is not None:
                ended = ended or Deadline(CHILD_ENDED_GRACE_S)
                if ended.passed or child.status < 0:
                    yield {"event": "ended", "status": child.status}
                    return

    def _failed(
        self, error: Mapping[str, Any] | None, end: Mapping[str, Any], submitting: list[str]
    ) -> JobError:
        if error is not None and self.explain is not None:
            return self.explain(error)
        if error is not None:
            return self._raised(error)
        if end["status"]:
            reason = (
                f"killed by signal {-end['status']}" if end["status"] < 0 else f"exit status {end['status']}"
            )
            return JobError(
                f"{self.name} ended before its job ran ({reason})",
                detail=self._printed(),
                location=self.location,
            )
        if submitting:
            return JobError(
                f"{self.name} tried to submit a job and swallowed the failure",
                detail=self._printed(),
                location=self.location,
            )
        return JobError(
            f"{self.name} submitted no job",
            detail=self._printed(),
            hint="does it reach its INSERT?"
            if self.explain
            else "does it reach its execute() or execute_sql(INSERT ...), with these args and env?",
            location=self.location,
        )

    def _raised(self, error: Mapping[str, Any]) -> JobError:
        frames = tuple(
            Frame(file=f["file"], line=f["line"], function=f["function"], source=f["source"])
            for f in error["frames"]
        )
        kind, message = error["type"], error["message"]
        if kind == "SystemExit":
            status = (
                f"with exit status {message}" if message.lstrip("-").isdigit() else f"and says: {message}"
            )
            fact = f"{self.name} ended itself before its job ran, {status}"
            return JobError(fact, detail=where(frames, self._printed(), ""), location=self.location)
        # An exception of Java names its kind itself.
        thrown = (
            message
            if re.match(rf"[\w.$]*\b({kind}|[\w$]+(Exception|Error))\b", message)
            else f"{kind}: {message}"
        )
        reason = reason_of([thrown])
        return JobError(
            f"{self.name} failed before its job ran: {reason.fact}",
            detail=where(frames, thrown, reason.fact) or None,
            hint=reason.hint,
            location=self.location,
        )

    def _standing(self, process: int | None) -> Iterator[str]:
        """The line that a script which does not end stands at, the user's own."""
        if process is None:
            return
        stack = Path(f"{self.output}{STACK}")
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGUSR2)
            poll(lambda: "<module>" in stack.read_text(errors="replace"), Deadline(STACK_S))
            found = python_stack(stack.read_text(errors="replace"), self.code or stack.parent)
            yield from map(str, found[:MOST_FRAMES])

    def _printed(self) -> str:
        try:
            lines = self.output.read_text(errors="replace").rstrip().splitlines()
        except OSError:
            lines = []
        if not lines:
            return "it printed nothing"
        return "\n".join(["it printed:", *(f"  {line}" for line in lines[-OUTPUT_LINES:])])
