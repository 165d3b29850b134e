"""The cluster behind a Flink JVM: in it, in processes beside it, or on another machine."""

from __future__ import annotations

import contextlib
import json
import urllib.request
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from harness.clock import Deadline, poll
from harness.errors import ServiceError
from harness.launch.process import Process, exit_text, tail
from harness.services.base import Site
from harness.services.flink_options import CLUSTER_SETTINGS, TEST_SETTINGS, TEST_SLOTS
from harness.services.jvm import Jvm
from harness.services.wear import Wear

TASK_MANAGERS = 2
SLOTS = 16
START_SECONDS = 60.0


class FlinkCluster(Protocol):
    """A cluster that takes jobs."""

    @property
    def rest(self) -> str:
        """Where its REST interface answers."""

    @property
    def inner(self) -> Any:
        """The MiniCluster, where that is what it is; else None."""

    @property
    def processes(self) -> list[Process]:
        """Its own processes, beside the JVM; one that was killed on purpose is none of them any more."""

    def kill(self, victim: str) -> None:
        """Kill the JobManager (`jobmanager`) or the TaskManager of that id, and start another one.

        Raises:
            ServiceError: It has no such process.
        """

    def settle(self) -> None:
        """Wait until what was killed has been replaced."""

    def wear(self) -> list[Wear]:
        """What its own processes hold that run jobs, as far as they tell."""

    def stop(self) -> None:
        """End its processes; must not fail if they are dead already."""


@dataclass(kw_only=True)
class InProcess:
    """A MiniCluster in the JVM itself."""

    rest: str
    inner: Any

    @property
    def processes(self) -> list[Process]:
        """None: it ends with the JVM."""
        return []

    @classmethod
    def start(cls, jvm: Jvm, site: Site, *, tests: bool) -> InProcess:
        """Start it, and wait until every TaskManager has registered.

        Raises:
            ServiceError: They did not in time.
        """
        java = jvm.jvm
        settings = CLUSTER_SETTINGS | (TEST_SETTINGS if tests else {}) | {"io.tmp.dirs": str(site.data)}
        task_managers, slots = (1, TEST_SLOTS) if tests else (TASK_MANAGERS, SLOTS)
        builder = java.org.apache.flink.runtime.minicluster.MiniClusterConfiguration.Builder()
        builder.setConfiguration(configuration(jvm, settings)).setNumTaskManagers(task_managers)
        builder.setNumSlotsPerTaskManager(slots)
        cluster = java.org.apache.flink.runtime.minicluster.MiniCluster(builder.build())
        cluster.start()
        rest = str(cluster.getRestAddress().get().toString())
        wait_for_task_managers(rest, task_managers, lambda: [jvm.process], log_of(site))
        return cls(rest=rest, inner=cluster)

    def kill(self, victim: str) -> None:
        """Refuse: it has no process of its own."""
        raise ServiceError(f"{victim} has no process of its own in the layout `in-process`")

    def settle(self) -> None:
        """Nothing of it is ever replaced."""

    def wear(self) -> list[Wear]:
        """Nothing: it has no process of its own."""
        return []

    def stop(self) -> None:
        """It ends with the JVM."""


def log_of(site: Site) -> Path:
    """What all processes of a cluster log."""
    return site.folder / "flink-cluster.log"


def configuration(jvm: Jvm, settings: Mapping[str, str]) -> Any:
    """Options as the JVM's own object."""
    found = jvm.jvm.org.apache.flink.configuration.Configuration()
    for option, value in settings.items():
        found.setString(option, value)
    return found


def wait_for_task_managers(
    rest: str, wanted: int | Collection[str], processes: Callable[[], list[Process]], log: Path
) -> None:
    """Wait until TaskManagers have registered.

    Args:
        rest: Whom to ask.
        wanted: How many, or which: the number still counts one whose death is not known yet.
        processes: All that must live for that.
        log: What tells why they did not.

    Raises:
        ServiceError: One of the processes ended, or they did not register in time.
    """
    deadline = Deadline(START_SECONDS)
    count = wanted if isinstance(wanted, int) else len(wanted)
    seen: list[list[str]] = []

    def registered() -> bool:
        for process in processes():
            if process.status is not None:
                fact = f"{process.command.name} ended before it was ready{exit_text(process.status)}"
                raise ServiceError(fact, detail=tail(log))
        # REST answers 503 for a moment after the cluster has started.
        with (
            contextlib.suppress(OSError, ValueError),
            urllib.request.urlopen(f"{rest}/taskmanagers", timeout=5) as r,
        ):
            seen.append([found["id"] for found in json.load(r)["taskmanagers"]])
            return len(seen[-1]) >= count if isinstance(wanted, int) else set(wanted) <= set(seen[-1])
        return False

    if not poll(registered, deadline):
        raise ServiceError(
            f"Flink has {len(seen[-1]) if seen else 'no'} of {count} TaskManagers "
            f"after {deadline.seconds:.0f} s (probed {rest}/taskmanagers)",
            detail=tail(log),
        )
