"""The keeper's process: takes requests, grants leases, and cleans up after their end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from harness import __version__, platform
from harness.clock import Deadline, monotonic
from harness.environment import Grant, Needs
from harness.errors import HarnessError, LeaseError, ServiceError
from harness.keeper import leases
from harness.keeper.background import Background, in_full
from harness.keeper.fleet import Fleet
from harness.keeper.held_lease import Client, HeldLease
from harness.keeper.janitor_process import JanitorProcess
from harness.keeper.leases import Blocked, Instance, Want
from harness.keeper.protocol import VERSION, Message, RunFolder, decode, encode, error_to_json
from harness.keeper.provision import Provision
from harness.keeper.spawn import Spawner
from harness.launch.process import Command, kill_group, tail
from harness.services import flink, interpreter, kafka, postgres
from harness.settings import Settings, load_settings

log = logging.getLogger("harness.keeper")

LEASE_TRIES = 3
"""A service that dies while a lease is made is replaced, so many times."""
PATIENCE_S = 1.0
"""A request that waits for longer says so, and for whom."""


class Keeper:
    """All leases and clients of one environment."""

    def __init__(self, folder: RunFolder, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        self.background = Background()
        self.loop = self.background.loop
        self.spawner = Spawner(self.loop)
        self.stopping = asyncio.Event()
        janitor = JanitorProcess()
        self.fleet = Fleet(folder, settings, self.spawner, janitor, self.background, self, self.stopping)
        self.provision = Provision(folder, settings, janitor, self.background, self.fleet.names)
        self.held: dict[str, HeldLease] = {}
        self.waiting: list[HeldLease] = []
        self.condition = asyncio.Condition()
        self.leases_made = 0

    # Clients

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one client's messages until it goes."""
        client = Client(writer)
        gone: asyncio.Future[None] = self.loop.create_future()
        reading = self.loop.create_task(self._read(client, reader, gone))
        try:
            await asyncio.wait([reading, gone], return_when=asyncio.FIRST_COMPLETED)
        finally:
            reading.cancel()
            writer.close()
            for lease in list(client.leases.values()):
                self.end(lease)

    async def _read(self, client: Client, reader: asyncio.StreamReader, gone: asyncio.Future[None]) -> None:
        while line := await reader.readline():
            try:
                message = decode(line)
            except ValueError:
                return
            if message.get("verb") == "hello":
                client.pid = message["pid"]
                self._watch_client(message["pid"], gone)
            self.background.task(self._answer(client, message))

    def _watch_client(self, pid: int, gone: asyncio.Future[None]) -> None:
        """A killed client's connection may stay open in a process that it forked; its pidfd tells at once."""
        pidfd = platform.open_pidfd(pid)
        if pidfd is None:
            return

        def ended() -> None:
            self.loop.remove_reader(pidfd)
            os.close(pidfd)
            if not gone.done():
                gone.set_result(None)

        self.loop.add_reader(pidfd, ended)

    async def _answer(self, client: Client, message: Message) -> None:
        verbs = {
            "hello": self.hello,
            "lease": self.lease,
            "fork": self.fork,
            "release": self.release,
            "status": self.status,
            "stop": self.stop,
        }
        try:
            answer = await verbs[message["verb"]](client, message)
            client.send({"id": message["id"], "ok": answer})
        except HarnessError as error:
            client.send({"id": message["id"], "error": error_to_json(error)})
        except Exception as error:  # a bug of ours must reach the user as an error, not as silence
            log.exception("while answering %s", message.get("verb"))
            failure = ServiceError(
                f"the keeper failed: {type(error).__name__}: {error}", detail=tail(self.folder.log)
            )
            client.send({"id": message["id"], "error": error_to_json(failure)})

    async def hello(self, _client: Client, message: Message) -> Message:
        """Greet a client of the same version."""
        if message["protocol"] != VERSION:
            raise ServiceError(
                f"the keeper speaks protocol {VERSION}, this client {message['protocol']}",
                hint="end the other harness, or use the same version for both",
            )
        return {"pid": os.getpid(), "reaper": os.getppid(), "harness": __version__}

    async def stop(self, _client: Client, _message: Message) -> None:
        """End the keeper and everything below it."""
        self.stopping.set()

    async def status(self, _client: Client, _message: Message) -> Message:
        """What runs and who holds it."""
        return {
            "instances": [
                {
                    "service": i.service,
                    "number": i.number,
                    "ready": i.running is not None,
                    "pids": [p.pid for p in i.running.processes] if i.running else [],
                    "leases": sorted(i.holds),
                }
                for i in self.fleet.instances
            ],
            "leases": [{"id": h.id, "label": h.label, "pid": h.client.pid} for h in self.held.values()],
        }

    # Leases

    async def lease(self, client: Client, message: Message) -> Message:
        """Grant all that a scenario needs, once it is free and ready."""
        needs = Needs.from_json(message["needs"])
        deadline = Deadline(float(message["wait_s"]))
        for _ in range(LEASE_TRIES):
            self.leases_made += 1
            lease = HeldLease(
                id=f"L{self.leases_made}",
                client=client,
                label=message["label"],
                needs=needs,
                wants=self._wants(needs),
            )
            try:
                grant = await self._make(lease, deadline)
            except ServiceError:
                if not self._lost_a_service(lease):
                    raise
                continue
            if not self._lost_a_service(lease):
                return grant.to_json()
            # It died before anybody used it: that is nobody's error.
            self.end(lease)
        raise LeaseError(f"services died {LEASE_TRIES} times before they could be used")

    def _lost_a_service(self, lease: HeldLease) -> bool:
        """Whether a service that was ready died while the lease was made."""
        self.fleet.notice_deaths()
        return any(i.dead and i.running is not None for i in lease.instances.values())

    async def _make(self, lease: HeldLease, deadline: Deadline) -> Grant:
        lease.client.leases[lease.id] = lease
        try:
            await self._hold(lease, deadline)
            grant = await self.provision.provide(lease)
            _refuse_if_left(lease)
        except BaseException:
            lease.making = False
            lease.ended = False
            self.end(lease)
            raise
        lease.making = False
        return grant

    def _wants(self, needs: Needs) -> list[Want]:
        most = self.settings.slots
        wants = []
        if needs.kafka:
            literal = frozenset(t.name for t in needs.kafka.topics if t.literal)
            wants.append(
                Want(
                    service="kafka",
                    key=kafka.key(needs.kafka),
                    names=literal,
                    exclusive=needs.kafka.exclusive,
                    # Two brokers cannot listen at one fixed address.
                    most=1 if needs.kafka.hosts else most,
                )
            )
        if needs.postgres:
            database = needs.postgres.database
            wants.append(
                Want(
                    service="postgres",
                    key=postgres.key(needs.postgres),
                    names=frozenset({database} if database else ()),
                    exclusive=needs.postgres.exclusive,
                    most=1 if needs.postgres.hosts else most,
                )
            )
        if needs.flink:
            key = flink.key(needs.flink)
            wants.append(Want(service="flink", key=key, exclusive=needs.flink.exclusive, most=most))
            if self.settings.fork and needs.flink.scripts:
                wants.append(Want(service="interpreter", key=interpreter.key(needs.flink)))
        return wants

    async def _hold(self, lease: HeldLease, deadline: Deadline) -> None:
        """Take an instance of every service, all or nothing, and wait until each is ready."""
        self.waiting.append(lease)
        try:
            while True:
                _refuse_if_left(lease)
                self.fleet.notice_deaths()
                before = self.waiting[: self.waiting.index(lease)]
                choice = leases.choose(lease.wants, self.fleet.instances, [w.wants for w in before])
                if not isinstance(choice, Blocked):
                    break
                for want in lease.wants:
                    if want.names and leases.worth_a_spare(want, self.fleet.instances):
                        self.fleet.begin(want, lease.needs)
                await self._wait(lease, choice, deadline)
        finally:
            self.waiting.remove(lease)
        starts = []
        for want, chosen in zip(lease.wants, choice, strict=True):
            instance = chosen or self.fleet.begin(want, lease.needs)
            instance.holds[lease.id] = want
            instance.used = self.leases_made
            lease.instances[want.service] = instance
            if instance in self.fleet.starting:
                starts.append(asyncio.shield(self.fleet.starting[instance]))
        self.held[lease.id] = lease
        await in_full(*starts)

    async def _wait(self, lease: HeldLease, blocked: Blocked, deadline: Deadline) -> None:
        holders = [
            f"{self.held[i].label} (pid {self.held[i].client.pid})" for i in blocked.leases if i in self.held
        ]
        if deadline.elapsed >= PATIENCE_S:
            lease.client.send({"event": "queued", "behind": holders, "seconds": deadline.elapsed})
        if deadline.passed:
            raise LeaseError(
                f"waited {deadline.elapsed:.0f} s for what others hold",
                detail="\n".join(f"held by {holder}" for holder in holders) or None,
                hint="raise the timeout, run fewer workers, or use <fresh> names",
            )
        with contextlib.suppress(TimeoutError):
            async with self.condition:
                await asyncio.wait_for(self.condition.wait(), min(1.0, max(0.01, deadline.left)))

    async def release(self, client: Client, message: Message) -> None:
        """End a lease; the answer does not wait for the clean-up."""
        lease = client.leases.get(message["lease"])
        if lease is not None:
            self.end(lease)

    def end(self, lease: HeldLease) -> None:
        """End a lease once; its names are free when the clean-up is over."""
        if lease.ended:
            return
        lease.ended = True
        lease.client.leases.pop(lease.id, None)
        if lease.making:
            return
        for instance in lease.instances.values():
            instance.cleaning.add(lease.id)
        self.background.task(self._clean(lease))

    async def _clean(self, lease: HeldLease) -> None:
        """Kill its children, cancel its jobs and wait for their end, then delete its names: in this order."""
        held = lease.instances
        began = monotonic()
        try:
            zygote = held.get("interpreter")
            if zygote is not None and zygote.running is not None:
                for child in lease.children:
                    if child in zygote.running.children:
                        kill_group(zygote.running.children[child])
            for process in lease.processes:
                await self.background.in_thread(process.kill)
            cluster = held.get("flink")
            if cluster is not None and cluster.running is not None and not cluster.dead:
                left = await self.background.in_thread(cluster.running.close_gateway, lease.id)
                if left != "[]":
                    log.error("%s: jobs %s did not end; the cluster is replaced", lease.id, left)
                    self.fleet.forget(cluster)
                    await self.background.in_thread(cluster.running.stop)
            log.info("%s: jobs ended after %.3f s", lease.id, monotonic() - began)
            await self.provision.delete_names(lease)
        except Exception:
            log.exception("while cleaning up after %s", lease.id)
        finally:
            self.provision.remove_folders(lease)
            log.info("%s: clean after %.3f s", lease.id, monotonic() - began)
            for instance in held.values():
                instance.holds.pop(lease.id, None)
                instance.cleaning.discard(lease.id)
            self.held.pop(lease.id, None)
            await self.changed()

    async def changed(self) -> None:
        """Look at the waiting requests again: there is more or less to be had than before."""
        async with self.condition:
            self.condition.notify_all()

    # Children and deaths

    async def fork(self, client: Client, message: Message) -> None:
        """Run a submission: in a fork of the zygote, or as a plain process where forks are off."""
        lease = client.leases.get(message["lease"])
        if lease is None or lease.needs.flink is None:
            raise LeaseError("the lease has ended or holds no interpreter")
        request = {**message["request"], "id": f"{lease.id}.{len(lease.children)}"}
        lease.children.add(request["id"])
        zygote = lease.instances.get("interpreter")
        if zygote is not None and zygote.running is not None:
            await self.background.in_thread(zygote.running.fork, request)
            return
        await self._run_plainly(lease, request)

    async def _run_plainly(self, lease: HeldLease, request: Message) -> None:
        assert lease.needs.flink is not None
        python = await self.background.in_thread(interpreter.interpreter_of, lease.needs.flink, self.settings)
        path = self.folder.path / lease.id / "submission.json"
        path.write_bytes(encode(request))
        path.chmod(0o600)
        process = await self.spawner.start(
            Command(
                name="submission",
                argv=[str(python), str(interpreter.GUEST / "submission.py"), str(path)],
                log=path.with_suffix(".log"),
                environ={**request["environ"], "PYTHONDONTWRITEBYTECODE": "1"},
                cwd=Path(request["cwd"]),
            )
        )
        lease.processes.append(process)
        self.spawner.watch(process, lambda ended: self.child_ended(request["id"], ended.status or 0))

    def child_ended(self, child: str, status: int) -> None:
        """Tell the client whose submission it was."""
        lease = self.held.get(child.partition(".")[0])
        if lease is not None:
            lease.client.send({"event": "exited", "lease": lease.id, "status": status})

    def died(self, instance: Instance[Any], error: ServiceError) -> None:
        """Tell the leases that hold an instance of its death."""
        for lease in instance.holds:
            if lease in self.held:
                self.held[lease].client.send({"event": "died", "lease": lease, "error": error_to_json(error)})

    def progress(self, instance: Instance[Any], phase: str, seconds: float) -> None:
        """Tell the leases that wait for an instance what it is doing."""
        for lease in {*instance.holds}:
            holder = self.held.get(lease)
            if holder is not None:
                holder.client.send(
                    {
                        "event": "progress",
                        "service": instance.service,
                        "phase": phase,
                        "seconds": round(seconds, 2),
                    }
                )


def _refuse_if_left(lease: HeldLease) -> None:
    if lease.ended:
        raise LeaseError("the client went while its lease was made")


async def serve(folder: RunFolder, settings: Settings, owner: int) -> None:
    """Run until the owner ends or a client says stop."""
    keeper = Keeper(folder, settings)
    server = await asyncio.start_unix_server(keeper.serve, folder.socket, limit=1 << 24)
    folder.socket.chmod(0o600)
    pidfd = platform.open_pidfd(owner)
    if pidfd is not None:
        keeper.loop.add_reader(pidfd, keeper.stopping.set)
    keeper.background.task(_watch_owner(owner, keeper.stopping))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    await keeper.stopping.wait()
    server.close()
    # The reaper would kill what is left; Postgres has shared memory to remove, a trained JVM an archive
    # to write.
    running = [i.running for i in keeper.fleet.instances if i.running is not None]
    ended = (keeper.background.in_thread(r.leave) for r in running)
    await asyncio.gather(*ended, return_exceptions=True)


async def _watch_owner(owner: int, stopping: asyncio.Event) -> None:
    """The owner's pidfd tells at once where there is one; this is for where there is none."""
    while platform.alive(owner):  # noqa: ASYNC110 - nothing can tell
        await asyncio.sleep(1.0)
    stopping.set()


def main(argv: list[str]) -> None:
    """Run the keeper: run folder, data folder, owner's pid, project folder, flags as JSON."""
    platform.die_with_parent()
    folder = RunFolder(Path(argv[0]), Path(argv[1]))
    logging.basicConfig(
        filename=folder.log, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    settings = load_settings(Path(argv[3]), json.loads(argv[4]))
    asyncio.run(serve(folder, settings, int(argv[2])))
    # Threads that start a service may still run; the reaper ends what they have started.
    logging.shutdown()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
