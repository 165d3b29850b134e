"""The client's end of a keeper: starts it when it is needed first, and leases from it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import secrets
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

from harness import platform
from harness.clock import Deadline, now, poll
from harness.environment import Grant, Needs, OnProgress
from harness.errors import HarnessError, ServiceError
from harness.keeper.protocol import VERSION, Message, RunFolder, decode, encode, error_from_json
from harness.launch.process import tail

log = logging.getLogger(__name__)

VARIABLE = "HARNESS_KEEPER"
"""Names the run folder and the owner, so that the workers of one pytest run share one keeper."""
PREFIX = "flink-harness-"
PARENT_BYTES = 48
"""A socket's path has 103 bytes at most, and we put up to 55 behind the folder's."""
SHORT_PARENT = Path("/tmp")  # noqa: S108 - our folders in it are 0700 and have random names
START_SECONDS = 20.0
STOP_SECONDS = 10.0
NEW_SECONDS = 60.0
"""A folder that was touched so lately may be one that is just being made, and not locked yet."""
TRAIN_SECONDS = 120.0
"""How long the end may take where JVMs write their class-data archives first."""


def _run_parent() -> Path:
    """Where run folders lie: the temporary folder, unless sockets below it would have too long a path."""
    parent = Path(tempfile.gettempdir())
    return parent if len(os.fsencode(parent)) <= PARENT_BYTES else SHORT_PARENT


@dataclass(frozen=True, slots=True, kw_only=True)
class KeeperAddress:
    """Which keeper: its folders and the process that it ends with."""

    folder: RunFolder
    owner: int

    @classmethod
    def new(cls, data: Path | None = None) -> KeeperAddress:
        """An address that nobody uses; nothing is started or made yet.

        Args:
            data: The folder for the data of services, or None for memory where there is enough.
        """
        name = f"{PREFIX}{secrets.token_hex(4)}"
        parent = data or platform.data_parent()
        folder = RunFolder(_run_parent() / name, parent / f"{name}-data")
        return cls(folder=folder, owner=os.getpid())

    @classmethod
    def from_environment(cls) -> KeeperAddress | None:
        """The address that a parent process has chosen, if it has and is still there."""
        text = os.environ.get(VARIABLE)
        if not text:
            return None
        owner, path, data = json.loads(text)
        if not platform.alive(owner):
            return None
        return cls(folder=RunFolder(Path(path), Path(data)), owner=owner)

    def to_environment(self) -> str:
        """The address as text for child processes."""
        return json.dumps([self.owner, str(self.folder.path), str(self.folder.data)])


@dataclass(eq=False)
class LeaseChild:
    """A forked submission, as the keeper tells of it."""

    status: int | None = None


@dataclass(eq=False)
class KeptLease:
    """A lease on a keeper's services."""

    client: KeeperClient
    grant: Grant
    child: LeaseChild = field(default_factory=LeaseChild)
    death: HarnessError | None = None

    def check(self) -> None:
        """Raise if something that the lease holds has died."""
        if self.death is not None:
            raise self.death

    def fork(self, request: Mapping[str, Any]) -> LeaseChild:
        """Run a submission in a fork of the lease's interpreter."""
        self.child = LeaseChild()
        self.client.ask({"verb": "fork", "lease": self.grant.id, "request": dict(request)})
        return self.child


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
        self.welcome = self.ask({"verb": "hello", "protocol": VERSION, "pid": os.getpid()})

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

    def ask(self, message: Message, progress: OnProgress | None = None) -> Any:
        """Send a request and wait for its answer.

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
            answer = answers.get()
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
                lease.child.status = message["status"]
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
    connection = _connection(address, project, flags)
    with contextlib.suppress(ServiceError):
        return KeeperClient(connection, address)
    # A keeper that was dying had taken the connection; there is another one now.
    return KeeperClient(_connection(address, project, flags), address)


def _connection(address: KeeperAddress, project: Path, flags: Mapping[str, str]) -> socket.socket:
    folder = address.folder
    # A keeper that has just died: its reaper is still clearing these very folders.
    poll(lambda: not _locked(folder.lock) or _answers(folder), Deadline(STOP_SECONDS))
    for path in (folder.path, folder.data):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder.path / "starting").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        connection = _try(folder)
        if connection is None:
            sweep()
            _start(address, project, flags)
            connection = _try(folder)
    if connection is None:
        raise ServiceError("the keeper does not answer", detail=tail(folder.log))
    return connection


def _try(folder: RunFolder) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(folder.socket))
    except OSError:
        connection.close()
        return None
    return connection


def _answers(folder: RunFolder) -> bool:
    connection = _try(folder)
    if connection is not None:
        connection.close()
    return connection is not None


def _start(address: KeeperAddress, project: Path, flags: Mapping[str, str]) -> None:
    folder = address.folder
    python = [sys.executable, "-P", "-m"]
    keeper = [
        *(*python, "harness.keeper.server", str(folder.path), str(folder.data), str(address.owner)),
        *(str(project), json.dumps(dict(flags))),
    ]
    with folder.log.open("ab") as log:
        reaper = subprocess.Popen(
            [*python, "harness.keeper.reaper", str(folder.path), str(folder.data), *keeper],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=folder.path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(_import_path())},
            start_new_session=True,
        )
    assert reaper.stdout is not None
    ready, _, _ = select.select([reaper.stdout], [], [], START_SECONDS)
    line = reaper.stdout.readline() if ready else b""
    reaper.stdout.close()
    if line.strip() != b"ready":
        detail = tail(folder.log)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(reaper.pid, 9)
        reaper.wait()
        for path in (folder.path, folder.data):
            shutil.rmtree(path, ignore_errors=True)
        raise ServiceError("the keeper did not start", detail=detail)
    # Collected when it ends, so that it is no zombie of ours.
    threading.Thread(target=reaper.wait, name="harness-reaper", daemon=True).start()


def _import_path() -> list[str]:
    """Where the keeper imports from: this very harness first, and relative paths made absolute."""
    own = str(Path(__file__).parent.parent.parent)
    given = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    return list(dict.fromkeys([own, *(str(Path(p).absolute()) for p in given)]))


def sweep() -> list[Path]:
    """Remove the folders of keepers whose reaper was killed too: nobody holds their lock any more."""
    removed = []
    for parent in {_run_parent(), platform.data_parent()}:
        for path in parent.glob(f"{PREFIX}*"):
            if _stale(path):
                shutil.rmtree(path, ignore_errors=True)
                removed.append(path)
    return removed


def _stale(folder: Path) -> bool:
    """Whether a folder is ours and in use by nobody.

    Each of a run's two folders is judged by itself: the other one may lie where we do not look, since
    every run has the TMPDIR it was started with.
    """
    try:
        info = folder.stat()
    except FileNotFoundError:
        return False
    if info.st_uid != os.getuid() or now().timestamp() - info.st_mtime < NEW_SECONDS:
        return False
    return not any(_locked(folder / name) for name in ("lock", "starting"))


def _locked(path: Path) -> bool:
    try:
        with path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


class LazyKeeper:
    """An environment whose keeper is started when the first lease is asked for.

    Args:
        address: Which keeper.
        project: The folder whose settings it uses.
        flags: Settings that were given on the command line.
        borrowed: Somebody else ends it, perhaps in this very process, such as the pytest around ours.
    """

    def __init__(
        self, address: KeeperAddress, project: Path, flags: Mapping[str, str], *, borrowed: bool = False
    ) -> None:
        self.address = address
        self._mine = not borrowed and address.owner == os.getpid()
        self._project = project
        self._flags = flags
        self._client: KeeperClient | None = None
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
                connection = _try(self.address.folder)
                client = KeeperClient(connection, self.address) if connection else None
        if client is None:
            return
        if self._mine:
            training = self._flags.get("class_data") == "train"
            client.stop(TRAIN_SECONDS if training else STOP_SECONDS)
        else:
            client.close()
