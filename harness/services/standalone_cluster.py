"""JobManagers and TaskManagers in processes of their own: a standalone session cluster that can be killed.

Leadership and jobs are kept by ZooKeeper, as in production: another JobManager stands by, and takes up
every job from its last checkpoint when the one that leads has died.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import threading
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from py4j.protocol import Py4JError

from harness.clock import Deadline, pause, poll
from harness.errors import HarnessError, ServiceError
from harness.launch.java import find_java
from harness.launch.ports import LOOPBACK
from harness.launch.process import Command, Process
from harness.services.base import Site
from harness.services.flink_cluster import (
    SLOTS,
    START_SECONDS,
    TASK_MANAGERS,
    log_of,
    wait_for_task_managers,
)
from harness.services.flink_cluster import configuration as configuration_of
from harness.services.flink_options import CLUSTER_SETTINGS, STANDALONE_SETTINGS
from harness.services.front_door import FrontDoor
from harness.services.jvm import Jvm, JvmSpec
from harness.services.wear import MEGABYTE, Wear
from harness.services.zookeeper import ZooKeeper

log = logging.getLogger("harness.keeper")

JOB_MANAGER = "jobmanager"
ENDED = frozenset({"FINISHED", "FAILED", "CANCELED"})
NOTICED_SECONDS = 0.4
RECOVERY_SECONDS = 6.0
"""A job that needs every slot there was waits so long for the next TaskManager."""
LOOK_SECONDS = 0.1
METASPACE, THREADS = "Status.JVM.Memory.Metaspace.Used", "Status.JVM.Threads.Count"
TASK_MANAGER_MAIN = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobManager:
    """A JVM that leads the cluster, or stands by to lead it.

    Attributes:
        rest_port: Where it answers; one that stands by asks the one that leads.
    """

    jvm: Jvm
    entrypoint: Any
    rest_port: int

    @classmethod
    def start(cls, jvm: Jvm, settings: Mapping[str, str]) -> JobManager:
        """Let a JVM be a JobManager.

        Raises:
            ServiceError: It cannot.
        """
        try:
            conf = configuration_of(jvm, settings)
            entrypoint = jvm.jvm.org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint(conf)
            entrypoint.startCluster()
            return cls(jvm=jvm, entrypoint=entrypoint, rest_port=int(entrypoint.getRestPort()))
        except Py4JError as error:
            raise jvm.process.failed(f"could not become a JobManager: {error}") from error


class StandaloneCluster:
    """The processes of one cluster.

    Args:
        site: Where they run.
        spec: How the JVM beside them was started; theirs are like it.
        home: The JVM beside them, which no fault hits.
    """

    inner: Any = None

    def __init__(self, site: Site, spec: JvmSpec, home: Jvm) -> None:
        self._site = site
        self._spec = spec
        self._home = home
        self._zookeeper = ZooKeeper.start(home, site.data / "zookeeper")
        self._door = FrontDoor()
        self.rest = f"http://{LOOPBACK}:{self._door.port}"
        self._settings = {
            **CLUSTER_SETTINGS,
            **STANDALONE_SETTINGS,
            "io.tmp.dirs": str(site.data),
            "taskmanager.numberOfTaskSlots": str(SLOTS),
            "high-availability.type": "zookeeper",
            "high-availability.zookeeper.quorum": self._zookeeper.address,
            "high-availability.zookeeper.client.session-timeout": "40000",
            "high-availability.storageDir": (site.data / "ha").as_uri(),
        }
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._job_manager: JobManager | None = None
        self._standby: JobManager | None = None
        self._task_managers: dict[str, Process] = {}
        self._work: list[threading.Thread] = []
        self._stopped = False

    @property
    def processes(self) -> list[Process]:
        """The JobManager that leads, and the TaskManagers."""
        leader = [self._job_manager.jvm.process] if self._job_manager else []
        return [*leader, *self._task_managers.values()]

    def start(self) -> None:
        """Start all of them, and wait until every TaskManager has registered.

        Raises:
            ServiceError: They did not in time.
        """
        for _ in range(TASK_MANAGERS):
            self._start_task_manager()
        self._job_manager = JobManager.start(self._jvm(), self._settings)
        self._door.behind = self._job_manager.rest_port
        self._wait_until_whole()
        self._behind(self._have_another_stand_by)

    def kill(self, victim: str) -> None:
        """Kill the JobManager or the TaskManager of that id; another one comes, and nobody waits for it.

        Raises:
            ServiceError: It has no such process.
        """
        with self._lock:
            # A cluster that is whole is hit: what an earlier fault has killed is there again.
            self.settle()
            if victim == JOB_MANAGER:
                self._kill_job_manager()
            elif victim in self._task_managers:
                # No longer one of ours: its end is no loss.
                self._task_managers.pop(victim).kill()
                self._behind(self._replace_task_manager)
            else:
                raise ServiceError(f"the cluster has no TaskManager {victim}")

    def _kill_job_manager(self) -> None:
        before = self._zookeeper.sessions()
        leader, self._job_manager, self._standby = self._job_manager, self._standby, None
        if leader is None or self._job_manager is None:
            raise ServiceError(
                "no JobManager stands by to take over",
                detail=f"one was not ready {START_SECONDS:.0f} s after the last fault",
            )
        self._door.behind = self._job_manager.rest_port
        leader.jvm.stop()
        self._zookeeper.close_lost(before)
        self._behind(self._replace_standby)

    def _replace_standby(self) -> None:
        self._wait_for_jobs()
        self._wait_until_whole()
        self._have_another_stand_by()

    def _wait_until_whole(self) -> None:
        wanted = tuple(self._task_managers)
        wait_for_task_managers(self.rest, wanted, lambda: self.processes, log_of(self._site))

    def _wait_for_jobs(self) -> None:
        """Leave the cores to the jobs until they run again; what is started next is for the next fault."""

        def running() -> bool:
            with (
                contextlib.suppress(OSError, ValueError),
                urllib.request.urlopen(f"{self.rest}/jobs/overview", timeout=5) as answer,
            ):
                tasks = [job["tasks"] for job in json.load(answer)["jobs"] if job["state"] not in ENDED]
                # One that is only just taken up has no task yet.
                return all(0 < count["total"] == count["running"] + count["finished"] for count in tasks)
            return False

        # The death of a TaskManager is known some tenths of a second after it.
        pause(NOTICED_SECONDS)
        poll(running, Deadline(RECOVERY_SECONDS), first=LOOK_SECONDS, most=LOOK_SECONDS)

    def _replace_task_manager(self) -> None:
        self._wait_for_jobs()
        self._start_task_manager()
        self._wait_until_whole()

    def settle(self) -> None:
        """Wait until what was killed has been replaced."""
        for thread in self._work:
            thread.join(START_SECONDS)
        self._work = [thread for thread in self._work if thread.is_alive()]

    def wear(self) -> list[Wear]:
        """What the TaskManagers hold: what they told last, which Flink asks them for every now and then."""
        found = []
        for name in [*self._task_managers]:
            url = f"{self.rest}/taskmanagers/{name}/metrics?get={METASPACE},{THREADS}"
            with contextlib.suppress(OSError, ValueError), urllib.request.urlopen(url, timeout=5) as answer:
                told = {metric["id"]: int(metric["value"]) for metric in json.load(answer)}
                if told.keys() == {METASPACE, THREADS}:
                    found.append(Wear(metaspace=told[METASPACE] // MEGABYTE, threads=told[THREADS]))
        return found

    def stop(self) -> None:
        """Kill all of them."""
        self._stopped = True
        for job_manager in filter(None, (self._job_manager, self._standby)):
            job_manager.jvm.stop()
        for process in self._task_managers.values():
            process.kill()
        self._door.close()

    # Its processes

    def _jvm(self) -> Jvm:
        number = next(self._numbers)
        return Jvm.start(self._site, replace(self._spec, name=f"{JOB_MANAGER}-{number}"))

    def _have_another_stand_by(self) -> None:
        """Start the next JobManager, with its classes loaded: it has been one for a moment, of no cluster."""
        jvm = self._jvm()
        alone = JobManager.start(
            jvm, {**self._settings, "high-availability.type": "NONE", "jobmanager.rpc.port": "0"}
        )
        rest = f"http://{LOOPBACK}:{alone.rest_port}"
        wait_for_task_managers(rest, 0, lambda: [jvm.process], log_of(self._site))
        alone.entrypoint.closeAsync().get()
        self._standby = JobManager.start(jvm, self._settings)
        if self._stopped:
            jvm.stop()

    def _start_task_manager(self) -> None:
        number = next(self._numbers)
        name = f"taskmanager-{number}"
        folder = self._site.folder
        java = find_java(self._site.settings.java, self._site.settings.cache)
        settings: Mapping[str, str] = {**self._settings, "taskmanager.resource-id": name}
        options = [f"-D{option}={value}" for option, value in settings.items()]
        self._task_managers[name] = process = self._site.spawn(
            Command(
                name=name,
                argv=[
                    str(java.executable),
                    *self._home.flags,
                    *self._spec.properties,
                    *("-cp", os.pathsep.join(map(str, self._spec.class_path)), TASK_MANAGER_MAIN),
                    *("--configDir", str(folder / "conf"), *options),
                ],
                # What its tasks print belongs where the JVM of the other layout has it.
                log=folder / "flink.out",
                environ=self._home.environ,
                cwd=self._spec.cwd or folder,
                namespaces=self._spec.namespaces,
            )
        )
        if self._stopped:
            process.kill()

    def _behind(self, work: Any) -> None:
        """Do something while others go on; where it fails the whole cluster ends, and its leases know."""

        def run() -> None:
            try:
                work()
            except (HarnessError, Py4JError, OSError):
                if not self._stopped:
                    log.exception("%s could not be replaced", self.rest)
                    self._home.process.kill()

        thread = threading.Thread(target=run, name="harness-flink", daemon=True)
        self._work.append(thread)
        thread.start()
