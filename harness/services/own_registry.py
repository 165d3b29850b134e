"""Our own schema registry: one process, in which every lease has a registry of its own."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.clock import Deadline
from harness.environment import Certificates, RegistryEndpoint, RegistryNeed
from harness.errors import ServiceError
from harness.launch.ports import LOOPBACK
from harness.launch.process import Command, Process
from harness.services.base import Site

START_SECONDS = 30.0
ANSWER_SECONDS = 20.0
USER = "harness"
PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "HARNESS_PORTABLE")


@dataclass(kw_only=True)
class OwnRegistry:
    """The process and the registries that leases hold in it.

    Attributes:
        process: It speaks JSON lines.
    """

    process: Process
    _held: dict[str, str] = field(default_factory=dict)
    _asking: threading.Lock = field(default_factory=threading.Lock)
    _asked: int = 0

    @property
    def shared(self) -> bool:
        """Every lease has a registry of its own."""
        return True

    @property
    def processes(self) -> list[Process]:
        """The one process."""
        return [self.process]

    @property
    def log(self) -> Path:
        """What it wrote to standard error."""
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
        """Make an empty registry on an address of its own."""
        del topics
        tls = _tls(need, certificates, server)
        user, password = (USER, secrets.token_urlsafe(18)) if need.auth else ("", "")
        made = self._ask(
            "open",
            addresses=[(LOOPBACK, 0), *addresses],
            compatibility=need.compatibility,
            user=user,
            password=password,
            tls=tls,
        )
        self._held[lease] = made["handle"]
        scheme = "https" if tls else "http"
        internal = f"{scheme}://{LOOPBACK}:{made['ports'][0]}"
        return RegistryEndpoint(
            url=f"{scheme}://{need.hosts[0]}" if need.hosts and addresses else internal,
            internal=internal,
            user=user,
            password=password,
            certificates=certificates if tls else None,
        )

    def close(self, lease: str) -> None:
        """End the lease's registry, and every connection to it."""
        handle = self._held.pop(lease, None)
        if handle is not None:
            self._ask("close", handle=handle)

    def leave(self) -> None:
        """End as `stop` does: there is nothing to keep."""
        self.stop()

    def stop(self) -> None:
        """Kill the process; all registries go with it."""
        self.process.kill()

    def _ask(self, verb: str, seconds: float = ANSWER_SECONDS, **arguments: object) -> Any:
        # One question at a time: an answer takes about a millisecond.
        with self._asking:
            self._asked += 1
            order = {"id": self._asked, "verb": verb, "arguments": arguments}
            if self.process.status is not None:
                raise self.process.failed("ended")
            with contextlib.suppress(BrokenPipeError):
                self.process.write_line(json.dumps(order))
            deadline = Deadline(seconds)
            answer = json.loads(self.process.read_line(deadline))
            # The answer to a question that nobody waited for any more.
            while answer["id"] != self._asked:
                answer = json.loads(self.process.read_line(deadline))
        if "error" in answer:
            raise ServiceError(f"the schema registry could not {verb} a registry", detail=answer["error"])
        return answer["ok"]

    def await_start(self) -> None:
        """Wait until it answers; nobody holds the registry that it is asked to close.

        Raises:
            ServiceError: It ended, with the end of its log.
        """
        self._ask("close", START_SECONDS, handle="")


def start_own(site: Site) -> OwnRegistry:
    """Start the process.

    Raises:
        ServiceError: It did not start.
    """
    process = site.spawn(
        Command(
            name="schema-registry",
            argv=[sys.executable, "-P", "-m", "harness.registry"],
            log=site.folder / "schema-registry.log",
            environ={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            cwd=site.folder,
            talks=True,
        )
    )
    running = OwnRegistry(process=process)
    running.await_start()
    return running


def _tls(
    need: RegistryNeed, certificates: Certificates | None, server: tuple[str, str] | None
) -> dict[str, object] | None:
    if need.tls == "off":
        return None
    if certificates is None or server is None:
        raise ServiceError("a registry with TLS needs a certificate")
    certificate, key = server
    return {"certificate": certificate, "key": key, "ca": certificates.ca_pem, "mutual": need.tls == "mutual"}
