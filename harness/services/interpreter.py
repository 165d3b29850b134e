"""The interpreters of PyFlink jobs: a zygote that forks submissions and UDF workers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from harness.clock import Deadline
from harness.environment import FlinkNeed
from harness.launch import flink_python
from harness.launch.process import Command, Process
from harness.launch.service_python import service_python
from harness.services.base import Site
from harness.settings import Settings

GUEST = Path(__file__).parent.parent / "guest"
START_SECONDS = 60.0
STOP_SECONDS = 5.0
"""How long a zygote may take to kill its children; usually some milliseconds."""
INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
"""What of the developer's environment the zygote is started with; a forked child keeps none of it."""


@dataclass(kw_only=True)
class RunningInterpreter:
    """The zygote of one interpreter.

    Attributes:
        socket: Where UDF workers are asked for.
        children: The submissions that run, by their request's id.
        rest: What the zygote has written of a line that is not complete yet.
    """

    process: Process
    socket: Path
    children: dict[str, int] = field(default_factory=dict)
    rest: bytes = b""

    @property
    def processes(self) -> list[Process]:
        """The zygote."""
        return [self.process]

    @property
    def log(self) -> Path:
        """What the zygote wrote to standard error."""
        return self.process.command.log

    def fork(self, request: dict[str, object]) -> None:
        """Ask for a submission; its pid and status come as answers of the zygote."""
        self.process.write_line(json.dumps(request))

    def take(self, data: bytes, on_exit: Callable[[str, int], None]) -> None:
        """Take in what the zygote wrote, a JSON line per answer."""
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            answer = json.loads(line)
            if "pid" in answer:
                self.children[answer["id"]] = answer["pid"]
            elif "status" in answer:
                self.children.pop(answer["id"], None)
                on_exit(answer["id"], answer["status"])

    def leave(self) -> None:
        """End as `stop` does."""
        self.stop()

    def stop(self) -> None:
        """End it and what it has forked; of children that it left behind the reaper knows on Linux only."""
        self.process.end_input(STOP_SECONDS)


def interpreter_of(need: FlinkNeed, settings: Settings, progress: Callable[[str], None]) -> Path:
    """The interpreter of a job, made if that is ours to do; for Managed Flink with its packages alone.

    Raises:
        ArtefactError: It cannot be made.
    """
    python = Path(need.python)
    if need.version in flink_python.RELEASES and python == flink_python.made(need.version, settings.cache):
        flink_python.make(need.version, settings.cache, progress)
    return service_python(python, settings.cache) if need.managed else python


def key(need: FlinkNeed) -> str:
    """What tells one zygote from another."""
    return f"{need.python}{' managed' if need.managed else ''}"


def start(site: Site, need: FlinkNeed) -> RunningInterpreter:
    """Start the zygote and wait until it has imported PyFlink.

    Raises:
        ServiceError: With the end of the zygote's log.
    """
    python = str(interpreter_of(need, site.settings, site.progress))
    environ = {name: os.environ[name] for name in INHERITED if name in os.environ}
    # PyFlink and Beam cost seconds to compile; nothing is written beside the sources of a user.
    environ["PYTHONPYCACHEPREFIX"] = str(site.settings.cache / "bytecode")
    socket = site.folder / "workers.sock"
    process = site.spawn(
        Command(
            name="interpreter",
            argv=[python, str(GUEST / "zygote.py"), str(socket)],
            log=site.folder / "interpreter.log",
            environ=environ,
            cwd=site.folder,
            talks=True,
        )
    )
    process.read_line(Deadline(START_SECONDS))
    return RunningInterpreter(process=process, socket=socket)
