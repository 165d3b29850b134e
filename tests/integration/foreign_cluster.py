"""A standalone cluster as anybody starts one, from the same distribution and with its own settings."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.clock import Deadline, poll
from harness.launch.flink_distribution import find_distribution
from harness.launch.flink_python import made, make, python_for
from harness.launch.java import find_java
from harness.launch.ports import LOOPBACK, free_ports
from harness.services.flink_options import JVM_FLAGS, MEMORY
from harness.services.jvm import QUICK
from harness.settings import Settings

START_S = 120.0
JOB_MANAGER = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
TASK_MANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"


@dataclass(kw_only=True)
class ForeignCluster:
    """A cluster that the harness did not start.

    Attributes:
        rest: Its address.
        folder: Whatever it writes is below.
    """

    rest: str
    folder: Path

    def ask(self, path: str) -> Any:
        """An answer of its REST interface."""
        with urllib.request.urlopen(f"{self.rest}{path}", timeout=10) as answer:
            return json.load(answer)

    def open_jobs(self) -> list[str]:
        """The states of jobs that have not ended."""
        states = [job["state"] for job in self.ask("/jobs/overview")["jobs"]]
        return [state for state in states if state not in ("FINISHED", "CANCELED", "FAILED")]

    def jobs(self) -> int:
        """How many jobs it has seen."""
        return len(self.ask("/jobs/overview")["jobs"])


@contextlib.contextmanager
def foreign_cluster(folder: Path, settings: Settings, version: str = "1.20") -> Iterator[ForeignCluster]:
    """A JobManager and one TaskManager; no jar of a connector is among theirs."""
    python = python_for(version, settings)
    if python == made(version, settings.cache):
        make(version, settings.cache, print)
    distribution = find_distribution(python, settings.cache, version)
    java = find_java(settings.java, settings.cache)
    port, rpc = free_ports(2)
    (folder / "config.yaml").write_text("")
    (folder / "tmp").mkdir()
    options = {
        **MEMORY,
        "rest.port": str(port),
        "rest.address": LOOPBACK,
        "rest.bind-address": LOOPBACK,
        "jobmanager.rpc.address": LOOPBACK,
        "jobmanager.rpc.port": str(rpc),
        "jobmanager.bind-host": LOOPBACK,
        "taskmanager.host": LOOPBACK,
        "taskmanager.bind-host": LOOPBACK,
        "taskmanager.numberOfTaskSlots": "4",
        "cluster.registration.error-delay": "100",
        # Half a second instead of three, and of ten: the layout has to cope with it, tests need not wait so.
        "web.refresh-interval": "500",
        "metrics.fetcher.update-interval": "500",
        "io.tmp.dirs": str(folder / "tmp"),
    }
    words = [str(java.executable), *QUICK, *JVM_FLAGS, f"-Djava.io.tmpdir={folder / 'tmp'}"]
    path = os.pathsep.join(map(str, distribution.jars))
    environ = {
        "PATH": os.environ["PATH"],
        "FLINK_CONF_DIR": str(folder),
        "FLINK_PLUGINS_DIR": str(folder / "plugins"),
    }
    processes = []
    try:
        with (folder / "out").open("wb") as out:
            for main in (JOB_MANAGER, TASK_MANAGER):
                command = [*words, "-cp", path, main, "--configDir", str(folder)]
                given = [f"-D{name}={value}" for name, value in options.items()]
                processes.append(
                    subprocess.Popen([*command, *given], stdout=out, stderr=out, cwd=folder, env=environ)
                )
        cluster = ForeignCluster(rest=f"http://{LOOPBACK}:{port}", folder=folder)

        def ready() -> bool:
            with contextlib.suppress(OSError, ValueError):
                return int(cluster.ask("/overview")["taskmanagers"]) == 1
            return False

        assert poll(ready, Deadline(START_S), most=0.1), (folder / "out").read_text()[-3000:]
        yield cluster
    finally:
        for process in processes:
            process.kill()
            process.wait()
