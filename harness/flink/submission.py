"""Submitting an unmodified script: its process, its environment, and what it tells on its report pipe."""

from __future__ import annotations

import contextlib
import json
import os
import select
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.clock import Deadline
from harness.environment import Child, Lease
from harness.errors import JobError
from harness.flink.cause import Frame
from harness.location import Location

WORKER = Path(__file__).parent.parent / "guest" / "python_worker"
OUTPUT_LINES = 30
CHILD_ENDED_GRACE_S = 2.0
"""How long the report of a child that has ended may lag behind the news of its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A PyFlink script as it will be run; all names are resolved.

    Attributes:
        path: The script.
        python: Its interpreter.
        folder: Its working directory.
        location: Where the pipeline names it.
        config: Flink options of the job.
        mounts: See `mounts.prepare`.
    """

    path: Path
    python: str
    folder: Path
    location: Location
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, str] = field(default_factory=dict)
    mounts: Mapping[str, Any] | None = None


class NeedsJars(Exception):
    """The script names jars that this cluster does not have."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(", ".join(paths))
        self.paths = paths


def submit(lease: Lease, script: Script, deadline: Deadline, stack: contextlib.ExitStack) -> list[str]:
    """Run the script until it has submitted its jobs; returns their ids, in order.

    A script that then waits for its unbounded job has done its part, and stays where it is; its
    report pipe stays open until the stack is closed, since it may still write to it.

    Raises:
        JobError: It failed, or submitted nothing; with its own lines first and its output.
        NeedsJars: It names jars that are not in this cluster.
    """
    folder = Path(lease.grant.folder)
    report, output = folder / "report", folder / "script.out"
    os.mkfifo(report, 0o600)
    # Open for reading and writing: the pipe then neither blocks nor ends between two writers.
    fd = os.open(report, os.O_RDWR | os.O_NONBLOCK)
    stack.callback(os.close, fd)
    child = lease.fork(_request(lease, script, report, output))
    return _follow(lease, child, fd, script, output, deadline)


def _follow(
    lease: Lease, child: Child, fd: int, script: Script, output: Path, deadline: Deadline
) -> list[str]:
    submitting: list[str] = []
    submitted: list[str] = []
    error: Mapping[str, Any] | None = None
    for message in _messages(lease, child, fd, deadline):
        match message["event"]:
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
                    raise _failed(script, output, error, message, submitting)
                return submitted
    raise JobError(
        f"{script.path.name} has not submitted its job after {deadline.elapsed:.0f} s",
        detail=_output(output),
        hint="raise the scenario's `timeout` if the script needs longer",
        location=script.location,
    )


def _messages(lease: Lease, child: Child, fd: int, deadline: Deadline) -> Iterator[Mapping[str, Any]]:
    rest = b""
    ended: Deadline | None = None
    while not deadline.passed:
        ready, _, _ = select.select([fd], [], [], 0.05)
        if ready:
            *lines, rest = (rest + os.read(fd, 1 << 16)).split(b"\n")
            yield from map(json.loads, lines)
            continue
        lease.check()
        if child.status is not None:
            ended = ended or Deadline(CHILD_ENDED_GRACE_S)
            if ended.passed or child.status < 0:
                yield {"event": "ended", "status": child.status}
                return


def _failed(
    script: Script,
    output: Path,
    error: Mapping[str, Any] | None,
    end: Mapping[str, Any],
    submitting: list[str],
) -> JobError:
    name = script.path.name
    if error is not None:
        frames = [
            Frame(file=_short(f["file"]), line=f["line"], function=f["function"], source=f["source"])
            for f in reversed(error["frames"])
        ]
        return JobError(
            f"{name} failed before its job ran: {error['type']}",
            detail="\n".join([*map(str, frames), error["message"]]),
            location=script.location,
        )
    if end["status"]:
        reason = f"killed by signal {-end['status']}" if end["status"] < 0 else f"exit status {end['status']}"
        return JobError(
            f"{name} ended before its job ran ({reason})", detail=_output(output), location=script.location
        )
    if submitting:
        return JobError(
            f"{name} tried to submit a job and swallowed the failure",
            detail=_output(output),
            location=script.location,
        )
    return JobError(
        f"{name} submitted no job",
        detail=_output(output),
        hint="does the script reach its execute() or execute_sql(INSERT ...), with these args and env?",
        location=script.location,
    )


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file


def _output(path: Path) -> str:
    try:
        lines = path.read_text(errors="replace").rstrip().splitlines()
    except OSError:
        lines = []
    if not lines:
        return "it printed nothing"
    return "\n".join(["it printed:", *(f"  {line}" for line in lines[-OUTPUT_LINES:])])


def _request(lease: Lease, script: Script, report: Path, output: Path) -> dict[str, Any]:
    """What the child is told; everything that the job may see of this machine is in here."""
    grant, flink = lease.grant, lease.grant.flink
    assert flink is not None
    folder = Path(grant.folder)
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    environ = {
        "PATH": os.pathsep.join([str(Path(script.python).parent), os.environ.get("PATH", os.defpath)]),
        "HOME": str(folder),
        # What the job leaves in its temporary folder goes with the lease.
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        **script.env,
    }
    wrapper = _worker(folder, script, grant.worker_zygote, environ, flink.environ, flink.pyflink_bin)
    checkpoints = Path(grant.data) / "checkpoints"
    config = {
        "execution.target": "remote",
        "execution.attached": "false",
        "rest.address": flink.rest.removeprefix("http://").partition(":")[0],
        "rest.port": flink.rest.rpartition(":")[2],
        "python.executable": str(wrapper),
        "python.client.executable": script.python,
        "execution.checkpointing.dir": checkpoints.as_uri(),
        "state.checkpoints.dir": checkpoints.as_uri(),
        # As on a managed service a failed job starts again, only at once; restarting for ever is recognised.
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "2147483647",
        "restart-strategy.fixed-delay.delay": "20 ms",
        **script.config,
    }
    return {
        "script": str(script.path),
        "args": list(script.args),
        "environ": environ,
        "cwd": str(script.folder),
        "out": str(output),
        "report": str(report),
        "gateway_port": flink.gateway_port,
        "gateway_token": flink.gateway_token,
        "config": config,
        "python": str(wrapper),
        "jars": list(flink.jars),
        "mounts": script.mounts,
    }


def _worker(
    folder: Path,
    script: Script,
    zygote: str,
    environ: Mapping[str, str],
    cluster_environ: Mapping[str, str],
    pyflink_bin: str,
) -> Path:
    """The lease's own `python.executable`, which carries its environment to the UDF workers."""
    lease = {
        "zygote": zygote,
        "python": script.python,
        "pyflink_bin": pyflink_bin,
        "environ": dict(environ),
        "cluster_environ": dict(cluster_environ),
        "cwd": str(script.folder),
        "mounts": script.mounts,
    }
    (folder / "worker.json").write_text(json.dumps(lease))
    wrapper = folder / "python"
    wrapper.write_text(WORKER.read_text().replace("@PYTHON@", script.python))
    wrapper.chmod(0o700)
    return wrapper
