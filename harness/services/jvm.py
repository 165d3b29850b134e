"""A JVM that is driven over py4j: the home of the Kafka broker and of the Flink cluster."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from py4j.java_gateway import GatewayParameters, JavaGateway
from py4j.protocol import Py4JError

from harness.clock import Deadline
from harness.errors import ServiceError
from harness.launch.class_data import QUIET, ClassData, archive_for, commit, train_flags
from harness.launch.java import find_java
from harness.launch.process import Command, Process
from harness.services.base import Site

log = logging.getLogger("harness.keeper")

START_SECONDS = 60.0
TRAIN_SECONDS = 60.0
"""How long writing an archive may take; usually 3 to 7 s."""
CRASHES = frozenset({signal.SIGABRT, signal.SIGBUS, signal.SIGSEGV})
"""How a JVM ends that has met something it cannot read; a SIGKILL came from outside."""
QUICK = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""One collector thread and the first compiler only: a JVM that starts fast and stays small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JvmSpec:
    """How a JVM is started.

    Attributes:
        name: Who it is, for messages.
        main: A py4j GatewayServer class: py4j's own, or the one that Flink ships shaded.
        flags: Flags beside the quick ones; a class-data archive belongs to them.
        properties: `-D` options that may differ from run to run.
        namespaces: Words before the command that give it namespaces of its own.
        cwd: Its working directory; else a folder of the keeper's.
    """

    name: str
    main: str
    class_path: Sequence[Path]
    flags: Sequence[str] = ()
    properties: Sequence[str] = ()
    environ: Mapping[str, str] | None = None
    namespaces: Sequence[str] = ()
    cwd: Path | None = None


class _Crashed(Exception):
    """The JVM ended by a signal of its own while it had an archive."""


class Jvm:
    """A started JVM and the keeper's own gateway into it.

    Attributes:
        flags: How it was started; another JVM beside it can be started alike.
        environ: Its environment.
    """

    def __init__(
        self,
        process: Process,
        gateway: JavaGateway,
        flags: Sequence[str],
        environ: Mapping[str, str],
        trained: ClassData | None = None,
    ) -> None:
        self.process = process
        self.gateway = gateway
        self.flags = tuple(flags)
        self.environ = dict(environ)
        self._trained = trained

    @property
    def jvm(self) -> Any:
        """Java's packages, by attribute."""
        return self.gateway.jvm

    @classmethod
    def start(cls, site: Site, spec: JvmSpec) -> Jvm:
        """Start the JVM and connect to it.

        Raises:
            ServiceError: It ended before it told its port.
            ArtefactError: There is no usable Java.
        """
        java = find_java(site.settings.java, site.settings.cache)
        flags = [*QUICK, *spec.flags]
        archive = archive_for(java, flags, spec.class_path, site.settings.cache)
        environ = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", **(spec.environ or {})}
        class_path = os.pathsep.join(str(path) for path in spec.class_path)
        # What a killed JVM leaves behind (Flink unpacks 40 MB, Kafka its native code) goes with the run.
        temporary = site.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        flags += [
            "-XX:-UsePerfData",
            f"-Djava.io.tmpdir={temporary}",
            f"-XX:ErrorFile={site.folder / 'crash.log'}",
        ]

        def spawn(class_data: tuple[str, ...]) -> tuple[Process, int, str]:
            process = site.spawn(
                Command(
                    name=spec.name,
                    argv=[
                        str(java.executable),
                        *flags,
                        *spec.properties,
                        *class_data,
                        *("-cp", class_path, spec.main, "--enable-auth", "--die-on-broken-pipe", "0"),
                    ],
                    log=site.folder / f"{spec.name}.log",
                    environ=environ,
                    cwd=spec.cwd or site.folder,
                    talks=True,
                    namespaces=spec.namespaces,
                )
            )
            deadline = Deadline(START_SECONDS)
            try:
                port = process.read_line(deadline)
                if port.isdigit():
                    return process, int(port), process.read_line(deadline)
                # What a JVM says of its own crash stands where the port should.
                process.popen.wait(deadline.left)
                raise process.failed("crashed")
            except ServiceError:
                if archive.mapped and -(process.status or 0) in CRASHES:
                    process.kill()
                    raise _Crashed from None
                raise

        try:
            process, port, token = spawn(_class_data_flags(archive, site))
        except _Crashed:
            # A JVM that maps a damaged archive dies without a word; the next training makes another one.
            log.warning("%s crashed with the archive %s, which is removed", spec.name, archive.mapped)
            assert archive.mapped is not None
            archive.mapped.unlink(missing_ok=True)
            process, port, token = spawn(QUIET)
        gateway = JavaGateway(
            gateway_parameters=GatewayParameters(port=port, auth_token=token, auto_convert=True)
        )
        training = site.settings.class_data == "train" and not archive.exists
        class_data = archive.jvm_flags if archive.mapped and archive.mapped.exists() else QUIET
        started = cls(process, gateway, [*flags, *class_data], environ, archive if training else None)
        started.redirect_output(site.folder / f"{spec.name}.out")
        return started

    def redirect_output(self, path: Path) -> None:
        """Send standard output to a file: nobody reads the pipe once the port is known."""
        stream = self.jvm.java.io.FileOutputStream(str(path), True)
        self.jvm.java.lang.System.setOut(self.jvm.java.io.PrintStream(stream, True))

    def stop(self) -> None:
        """Kill the JVM: its data are thrown away, so a clean end is not worth its time."""
        self.process.kill()
        self._let_go()

    def leave(self) -> None:
        """End it; one that is being trained ends by itself, so that it writes its class-data archive."""
        if self._trained is None:
            self.stop()
            return
        assert self.process.popen.stdin is not None
        with contextlib.suppress(Py4JError, OSError):
            self.gateway.close()
        self.process.popen.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.popen.wait(TRAIN_SECONDS)
        self.stop()
        commit(self._trained)

    def _let_go(self) -> None:
        """Close the gateway for good: every Java object that is collected later would ask a dead JVM."""
        with contextlib.suppress(Py4JError, OSError):
            self.gateway.shutdown()


def _class_data_flags(archive: ClassData, site: Site) -> tuple[str, ...]:
    if site.settings.class_data == "off":
        return QUIET
    if site.settings.class_data == "train" and not archive.exists:
        return train_flags(archive)
    return archive.jvm_flags
