"""Submitting an unmodified script: its process, its environment, and the options of its jobs."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.clock import Deadline
from harness.environment import FlinkEndpoint, Lease
from harness.flink.report_pipe import ReportPipe
from harness.location import Location

WORKER = Path(__file__).parent.parent / "guest" / "python_worker"
FORKED = WORKER.with_name("forked_worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A PyFlink script as it will be run; all names are resolved.

    Attributes:
        path: The script.
        python: Its interpreter.
        module: The module that is run in its place, as `python -m` does.
        folder: Its working directory.
        location: Where the pipeline names it.
        config: Flink options of the job.
        statements: Those of a SQL file, which are run in its place.
        py_files: What is added to the Python path of script and workers: folders, zips, modules.
        code: Where the user's own code lies, if not beside the script.
        mounts: See `overlays.prepare`.
    """

    path: Path
    python: str
    folder: Path
    location: Location
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, str] = field(default_factory=dict)
    mounts: Mapping[str, Any] | None = None
    module: str | None = None
    statements: tuple[str, ...] = ()
    py_files: tuple[Path, ...] = ()
    code: Path | None = None


def submit(lease: Lease, script: Script, deadline: Deadline, stack: contextlib.ExitStack) -> list[str]:
    """Run the script until it has submitted its jobs; returns their ids, in order.

    Raises:
        JobError: It failed, or submitted nothing; with its own lines first and its output.
        NeedsJars: It names jars that are not in this cluster.
    """
    pipe = ReportPipe.open(lease, script.path.name, script.location, stack, code=script.folder)
    return run(lease, script, pipe, deadline)


def run(lease: Lease, script: Script, pipe: ReportPipe, deadline: Deadline) -> list[str]:
    """The same with a pipe that is open already."""
    return pipe.jobs(lease.fork(_request(lease, script, pipe)), deadline)


def job_config(lease: Lease) -> dict[str, str]:
    """Options that every job has unless its pipeline says otherwise."""
    flink = lease.grant.flink
    assert flink is not None
    checkpoints = Path(lease.grant.data) / "checkpoints"
    return {
        "execution.target": "remote",
        "execution.attached": "false",
        "rest.address": flink.rest.removeprefix("http://").partition(":")[0],
        "rest.port": flink.rest.rpartition(":")[2],
        "execution.checkpointing.dir": checkpoints.as_uri(),
        "state.checkpoints.dir": checkpoints.as_uri(),
        # As on a managed service a failed job starts again, only at once; restarting for ever is recognised.
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "2147483647",
        "restart-strategy.fixed-delay.delay": "20 ms",
    }


def brought_jars(flink: FlinkEndpoint) -> dict[str, str]:
    """The option that sends along with a job what only it may see, and what the cluster does not have."""
    jars = [Path(jar).as_uri() for jar in (*flink.isolated, *flink.shipped)]
    return {"pipeline.jars": ";".join(jars)} if jars else {}


def _request(lease: Lease, script: Script, pipe: ReportPipe) -> dict[str, Any]:
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
    path = [str(file.parent if file.suffix == ".py" else file) for file in script.py_files]
    if path:
        environ["PYTHONPATH"] = os.pathsep.join([*path, *filter(None, [script.env.get("PYTHONPATH")])])
    # Named after the pipe: several submissions of a lease may have several environments.
    wrapper = folder / pipe.path.name.replace("report", "python")
    _write_worker(wrapper, script, grant.worker_zygote, environ, flink.environ, flink.pyflink_bin)
    isolated = [Path(jar).as_uri() for jar in flink.isolated]
    config = {
        **job_config(lease),
        "python.executable": str(wrapper),
        "python.client.executable": script.python,
        **brought_jars(flink),
        **script.config,
    }
    return {
        "script": str(script.path),
        "module": script.module,
        "code": str(script.code or script.path.parent),
        "statements": script.statements,
        "args": list(script.args),
        "environ": environ,
        "cwd": str(script.folder),
        "out": str(pipe.output),
        "report": str(pipe.path),
        "gateway_port": flink.gateway_port,
        "gateway_token": flink.gateway_token,
        "config": config,
        "python": str(wrapper),
        "jars": list(flink.jars),
        "isolated": isolated,
        "mounts": script.mounts,
    }


def _write_worker(
    wrapper: Path,
    script: Script,
    zygote: str,
    environ: Mapping[str, str],
    cluster_environ: Mapping[str, str],
    pyflink_bin: str,
) -> None:
    """A `python.executable` of the submission's own, which carries its environment to the UDF workers."""
    lease = {
        "zygote": zygote,
        "python": script.python,
        "environ": dict(environ),
        "cluster_environ": dict(cluster_environ),
        "cwd": str(script.folder),
        "mounts": script.mounts,
    }
    forked = wrapper.with_name(f"{wrapper.name}-forked")
    forked.write_text(FORKED.read_text().replace("@LEASE@", ascii(lease)))
    # The hand-over needs no environment: without looking for one, Python starts in 10 ms in place of 13.
    python = os.path.realpath(script.python)
    filled = {"@PYTHON@": python, "@PYFLINK_BIN@": pyflink_bin, "@FORKED@": forked.name}
    text = WORKER.read_text()
    for mark, value in filled.items():
        text = text.replace(mark, shlex.quote(value))
    wrapper.write_text(text)
    wrapper.chmod(0o700)
