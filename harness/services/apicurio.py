"""Apicurio's registry with its Confluent-compatible API, in a JVM of its own: a second opinion on our own."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.clock import Deadline, poll
from harness.environment import Certificates, RegistryEndpoint, RegistryNeed
from harness.errors import ServiceError
from harness.launch.class_data import QUIET, ClassData, archive_for, commit, train_flags
from harness.launch.java import find_java
from harness.launch.lock_file import load_lock
from harness.launch.ports import LOOPBACK, free_ports
from harness.launch.process import Command, Process
from harness.launch.unpacked import unpack
from harness.services.attached_registry import refuse_what_is_ours
from harness.services.base import Site
from harness.services.jars import fetched
from harness.services.jvm import QUICK
from harness.services.registry_client import RegistryClient

LOCK = "apicurio-3.0.9"
API = "/apis/ccompat/v7"
START_SECONDS = 60.0
TRAIN_SECONDS = 60.0
STOP_SECONDS = 5.0
TRIES = 3
DEFAULT_LEVEL = "BACKWARD"
"""Confluent's; Apicurio begins with none."""


@dataclass(kw_only=True)
class Apicurio:
    """A running Apicurio: one store for all, so one lease at a time."""

    process: Process
    client: RegistryClient
    trained: ClassData | None = None
    _held: set[str] = field(default_factory=set)

    @property
    def shared(self) -> bool:
        """All leases would see each other's subjects and ids."""
        return False

    @property
    def processes(self) -> list[Process]:
        """Its JVM."""
        return [self.process]

    @property
    def log(self) -> Path:
        """What the JVM wrote."""
        return self.process.command.log

    def open(
        self,
        lease: str,
        need: RegistryNeed,
        *,
        certificates: Certificates | None = None,
        server: tuple[str, str] | None = None,
        addresses: Sequence[tuple[str, int]] = (),
        topics: Sequence[str] = (),
    ) -> RegistryEndpoint:
        """Give the lease all of it, with the level that is asked for."""
        del certificates, server, topics
        refuse_what_is_ours(need, addresses, "Apicurio")
        self._held.add(lease)
        self.client.ask("PUT", "/config", {"compatibility": need.compatibility})
        return RegistryEndpoint(url=self.client.url, internal=self.client.url)

    def close(self, lease: str) -> None:
        """Delete all subjects; ids go on from where they were."""
        if lease in self._held:
            self._held.discard(lease)
            self.client.delete_all(self.client.subjects())
            self.client.ask("PUT", "/config", {"compatibility": DEFAULT_LEVEL})

    def leave(self) -> None:
        """End it; one that is being trained ends by itself, so that it writes its class-data archive."""
        if self.trained is None:
            self.stop()
            return
        self.process.stop(signal.SIGTERM, TRAIN_SECONDS)
        commit(self.trained)

    def stop(self) -> None:
        """Kill it: its data are in its memory."""
        self.process.kill()


def start_apicurio(site: Site) -> Apicurio:
    """Start it on loopback, and wait until it answers.

    Raises:
        ServiceError: It ended, or did not answer in time.
        ArtefactError: It could not be fetched.
    """
    folder = unpack(fetched([load_lock(LOCK)], site.settings)[0], site.settings.cache)
    runner = next(folder.glob("*-runner.jar"))
    java = find_java(site.settings.java, site.settings.cache)
    flags = [*QUICK, "-Xmx512m"]
    archive = archive_for(java, flags, [runner], site.settings.cache)
    training = site.settings.class_data == "train" and not archive.exists
    if site.settings.class_data == "off":
        shared: tuple[str, ...] = QUIET
    else:
        shared = train_flags(archive) if training else archive.jvm_flags
    temporary = site.folder / "tmp"
    temporary.mkdir(exist_ok=True)
    for attempt in range(TRIES):
        port, management = free_ports(2)
        properties = {
            "quarkus.http.host": LOOPBACK,
            "quarkus.http.port": port,
            "quarkus.management.host": LOOPBACK,
            "quarkus.management.port": management,
            "quarkus.log.level": "WARN",
            "quarkus.otel.sdk.disabled": "true",
            "java.io.tmpdir": temporary,
        }
        process = site.spawn(
            Command(
                name="apicurio",
                argv=[
                    *(str(java.executable), *flags, "-XX:-UsePerfData"),
                    *(f"-D{name}={value}" for name, value in properties.items()),
                    *(*shared, "-jar", str(runner)),
                ],
                log=site.folder / "apicurio.log",
                environ={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
                cwd=site.folder,
            )
        )
        running = Apicurio(
            process=process,
            client=RegistryClient(f"http://{LOOPBACK}:{port}{API}"),
            trained=archive if training else None,
        )
        poll(lambda running=running: _decided(running), Deadline(START_SECONDS))  # type: ignore[misc]
        if process.status is None:
            running.client.ask("PUT", "/config", {"compatibility": DEFAULT_LEVEL})
            return running
        # Ports are free when they are picked and may be taken when they are bound.
        if attempt == TRIES - 1 or "already" not in (process.failed("").detail or ""):
            raise process.failed("ended before it was ready")
    raise AssertionError  # the last try returns or raises


def _decided(running: Apicurio) -> bool:
    """Whether it answers, or has ended and never will."""
    if running.process.status is not None:
        return True
    try:
        running.client.subjects()
    except ServiceError:
        return False
    return True
