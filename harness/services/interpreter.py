"""The interpreters of PyFlink jobs: one zygote for submissions and one for UDF workers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from harness.clock import Deadline
from harness.launch.process import Command, Process
from harness.services.base import Site

GUEST = Path(__file__).parent.parent / "guest"
START_SECONDS = 60.0
INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
"""What of the developer's environment a zygote is started with; a forked child keeps none of it."""


@dataclass(kw_only=True)
class RunningInterpreter:
    """Both zygotes of one interpreter.

    Attributes:
        on_exit: Called with a request's id and its status when its child ends; set by the keeper.
    """

    submissions: Process
    workers: Process
    socket: Path
    children: dict[str, int] = field(default_factory=dict)

    @property
    def processes(self) -> list[Process]:
        """Both zygotes."""
        return [self.submissions, self.workers]

    @property
    def log(self) -> Path:
        """What the zygotes wrote to standard error."""
        return self.submissions.command.log

    def fork(self, request: dict[str, object]) -> None:
        """Ask for a submission; its pid and status come as answers of the zygote."""
        self.submissions.write_line(json.dumps(request))

    def answers(self, data: bytes, on_exit: Callable[[str, int], None]) -> None:
        """Take in what the zygote wrote: whole JSON lines."""
        for line in data.splitlines():
            answer = json.loads(line)
            if "pid" in answer and "id" in answer:
                self.children[answer["id"]] = answer["pid"]
            elif "status" in answer:
                self.children.pop(answer["id"], None)
                on_exit(answer["id"], answer["status"])

    def leave(self) -> None:
        """End as `stop` does."""
        self.stop()

    def stop(self) -> None:
        """Kill both; the reaper of the keeper finds what they had forked."""
        for process in self.processes:
            process.kill()


def start(site: Site, python: str) -> RunningInterpreter:
    """Start both zygotes side by side and wait until each has imported PyFlink.

    Raises:
        ServiceError: With the end of the zygote's log.
    """
    environ = {name: os.environ[name] for name in INHERITED if name in os.environ}
    # PyFlink and Beam cost seconds to compile; nothing is written beside the sources of a user.
    environ["PYTHONPYCACHEPREFIX"] = str(site.settings.cache / "bytecode")
    socket = site.folder / "workers.sock"
    started = [
        site.spawn(
            Command(
                name=name,
                argv=[python, str(GUEST / script), *arguments],
                log=site.folder / f"{name.replace(' ', '-')}.log",
                environ=environ,
                cwd=site.folder,
                talks=True,
            )
        )
        for name, script, arguments in (
            ("submission zygote", "client_zygote.py", []),
            ("worker zygote", "worker_zygote.py", [str(socket)]),
        )
    ]
    deadline = Deadline(START_SECONDS)
    for process in started:
        process.read_line(deadline)
    submissions, workers = started
    return RunningInterpreter(submissions=submissions, workers=workers, socket=socket)
