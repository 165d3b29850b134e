"""The client's end of a keeper: leases from it, and is told what becomes of them."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from harness.clock import Deadline, poll
from harness.environment import Grant, Needs, OnProgress
from harness.errors import HarnessError, ServiceError
from harness.keeper.address import KeeperAddress
from harness.keeper.protocol import VERSION, Message, decode, encode, error_from_json
from harness.keeper.startup import connected, try_connect
from harness.launch.process import tail

log = logging.getLogger(__name__)

HELLO_SECONDS = 10.0
"""A keeper that another run has left may hang."""
STOP_SECONDS = 10.0
TRAIN_SECONDS = 120.0
"""How long the end may take where JVMs write their class-data archives first."""


@dataclass(eq=False)
class LeaseChild:
    """A forked submission, as the keeper tells of it."""

    status: int | None = None


@dataclass(eq=False)
class KeptLease:
    """A lease on a keeper's services."""

    client: KeeperClient
    grant: Grant
    children: list[LeaseChild] = field(default_factory=list)
    death: HarnessError | None = None

    def check(self) -> None:
        """Raise if something that the lease holds has died."""
        if self.death is not None:
            raise self.death

    def fork(self, request: Mapping[str, Any]) -> LeaseChild:
        """Run a submission in a fork of the lease's interpreter."""
        child = LeaseChild()
        self.children.append(child)
        self.client.ask({"verb": "fork", "lease": self.grant.id, "request": dict(request)})
        return child

    def kill(self, victim: str) -> None:
        """Kill a process of the leased Flink; another one comes."""
        self.client.ask({"verb": "kill", "lease": self.grant.id, "victim": victim})


class KeeperClient:
    """One connection; a thread of its own takes what the keeper says."""

    def __init__(self, connection: socket.socket, address: KeeperAddress) -> None:
        self._connection = connection
        self.address = address
        self._answers: dict[int, Queue[Message]] = {}
        self._events: dict[int, OnProgress] = {}
        self._leases: dict[str, KeptLease] = {}
        self._early: list[Message] = []
        self._next = 0
        self._lock = threading.Lock()
        self._gone = False
        self._thread = threading.Thread(target=self._listen, name="harness-keeper", daemon=True)
        self._thread.start()
        keep = address.keep.seconds if address.keep else 0
        hello = {"verb": "hello", "protocol": VERSION, "pid": os.getpid(), "keep": keep}
        self.welcome = self.ask(hello, seconds=HELLO_SECONDS)

    @contextlib.contextmanager
    def lease(self, needs: Needs, *, label: str, wait_s: float, progress: OnProgress) -> Iterator[KeptLease]:
        """Everything that a scenario needs, ready; released at the end of the `with` block."""
        request = {"verb": "lease", "needs": needs.to_json(), "label": label, "wait_s": wait_s}
        grant = Grant.from_json(self.ask(request, progress))
        lease = KeptLease(self, grant)
        with self._lock:
            self._leases[grant.id] = lease
            early, self._early = self._early, []
        for event in early:
            self._take(event)
        try:
            yield lease
        finally:
            with self._lock:
                self._leases.pop(grant.id, None)
            # A keeper that is gone has released everything already.
            with contextlib.suppress(HarnessError):
                self.ask({"verb": "release", "lease": grant.id})

    def status(self) -> Message:
        """What runs and who holds it."""
        answer: Message = self.ask({"verb": "status"})
        return answer

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """End the keeper and wait, at most so long, until nothing of it is left."""
        with contextlib.suppress(HarnessError):
            self.ask({"verb": "stop"})
        folder = self.address.folder
        poll(lambda: not folder.path.exists(), Deadline(seconds))
        self.close()

    @property
    def gone(self) -> bool:
        """Whether the keeper has ended or the connection was closed."""
        return self._gone

    def close(self) -> None:
        """Close the connection; its leases end."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def ask(self, message: Message, progress: OnProgress | None = None, seconds: float | None = None) -> Any:
        """Send a request and wait for its answer, for so long as it takes unless `seconds` are given.

        Raises:
            HarnessError: What the keeper met, or that it is gone.
        """
        answers: Queue[Message] = Queue()
        with self._lock:
            self._next += 1
            number = self._next
            self._answers[number] = answers
            if progress is not None:
                self._events[number] = progress
            if self._gone:
                raise self._lost()
            try:
                self._connection.sendall(encode({**message, "id": number}))
            except OSError as error:
                raise self._lost() from error
        try:
            answer = answers.get(timeout=seconds)
        except Empty:
            self.close()
            raise ServiceError(
                f"the keeper does not answer within {seconds:g} s",
                detail=f"asked at {self.address.folder.path}",
                hint="`harness down` ends it",
            ) from None
        finally:
            with self._lock:
                self._answers.pop(number, None)
                self._events.pop(number, None)
        if "error" in answer:
            raise error_from_json(answer["error"])
        return answer.get("ok")

    def _lost(self) -> ServiceError:
        return ServiceError(
            "the keeper is gone, and every service with it",
            detail=tail(self.address.folder.log),
            hint="run again: a new one is started",
        )

    def _listen(self) -> None:
        with contextlib.suppress(OSError, ValueError), self._connection.makefile("rb") as lines:
            for line in lines:
                try:
                    self._take(decode(line))
                except Exception:  # a listener's fault must not leave everybody waiting for answers
                    log.exception("while taking %r", line[:200])
        with self._lock:
            self._gone = True
            lost = self._lost()
            for lease in self._leases.values():
                lease.death = lease.death or lost
            data = {"kind": "ServiceError", "message": lost.message, "detail": lost.detail, "hint": lost.hint}
            for answers in self._answers.values():
                answers.put({"error": data})
            self._connection.close()

    def _take(self, message: Message) -> None:
        with self._lock:
            if "id" in message:
                queue = self._answers.get(message["id"])
                if queue is not None:
                    queue.put(message)
                return
            listeners = list(self._events.values())
            lease = self._leases.get(message.get("lease", ""))
            if message["event"] in ("died", "exited") and lease is None:
                # Of a lease whose grant is on its way; of one that was released it is no news.
                if listeners:
                    self._early.append(message)
                return
        match message["event"]:
            case "died" if lease is not None:
                lease.death = error_from_json(message["error"])
            case "exited" if lease is not None:
                lease.children[message["child"]].status = message["status"]
            case "progress":
                for listener in listeners:
                    listener(message["service"], message["phase"], message["seconds"])
            case "queued":
                for listener in listeners:
                    behind = ", ".join(message["behind"]) or "earlier requests"
                    listener("lease", f"waiting for {behind}", message["seconds"])


def connect(address: KeeperAddress, project: Path, flags: Mapping[str, str]) -> KeeperClient:
    """Connect to the keeper of that address; the first to come starts it.

    Args:
        address: Which keeper.
        project: The folder whose settings it uses.
        flags: Settings that were given on the command line.

    Raises:
        ServiceError: It did not start, with the end of its log.
    """
    connection = connected(address, project, flags)
    with contextlib.suppress(ServiceError):
        return KeeperClient(connection, address)
    # A keeper that was dying had taken the connection; there is another one now.
    return KeeperClient(connected(address, project, flags), address)


class LazyKeeper:
    """An environment whose keeper is started when the first lease is asked for.

    Args:
        address: Which keeper.
        project: The folder whose settings it uses.
        flags: Settings that were given on the command line.
        borrowed: Somebody else ends it, perhaps in this very process, such as the pytest around ours.
        client: The connection, if there is one already.
        note: Why it is not the keeper that one would expect.
    """

    def __init__(
        self,
        address: KeeperAddress,
        project: Path,
        flags: Mapping[str, str],
        *,
        borrowed: bool = False,
        client: KeeperClient | None = None,
        note: str | None = None,
    ) -> None:
        self.address = address
        self.note = note
        self._mine = not borrowed and address.keep is None and address.owner == os.getpid()
        self._project = project
        self._flags = flags
        self._client = client
        self._lock = threading.Lock()

    def client(self) -> KeeperClient:
        """The connection, made now if it is not there; a keeper that is gone is replaced."""
        with self._lock:
            if self._client is None or self._client.gone:
                self._client = connect(self.address, self._project, self._flags)
            return self._client

    def lease(
        self, needs: Needs, *, label: str, wait_s: float, progress: OnProgress
    ) -> contextlib.AbstractContextManager[KeptLease]:
        """Everything that a scenario needs, ready."""
        return self.client().lease(needs, label=label, wait_s=wait_s, progress=progress)

    def stop(self) -> None:
        """End the keeper, if this process owns it and it was started."""
        with self._lock:
            client, self._client = self._client, None
        if client is None and self._mine and self.address.folder.path.exists():
            # A worker started it, not we.
            with contextlib.suppress(HarnessError):
                connection = try_connect(self.address.folder)
                client = KeeperClient(connection, self.address) if connection else None
        if client is None:
            return
        if self._mine:
            training = self._flags.get("class_data") == "train"
            client.stop(TRAIN_SECONDS if training else STOP_SECONDS)
        else:
            client.close()
