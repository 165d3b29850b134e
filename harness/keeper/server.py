"""The keeper's process: its clients, what they ask, and its own end."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from harness import __version__, platform
from harness.clock import now
from harness.errors import HarnessError, LeaseError, ServiceError
from harness.keeper.address import Keep, KeeperAddress
from harness.keeper.background import Background
from harness.keeper.held_lease import Client
from harness.keeper.identity import PACKAGE, code_identity
from harness.keeper.lessor import Lessor
from harness.keeper.nameplate import Nameplate
from harness.keeper.overview import overview
from harness.keeper.protocol import VERSION, Message, RunFolder, decode, error_to_json
from harness.keeper.retirement import Retirement
from harness.keeper.spawn import Spawner
from harness.launch.process import tail
from harness.settings import Settings, load_settings, project_root

log = logging.getLogger("harness.keeper")


class Keeper:
    """The clients of one environment, and who answers them."""

    def __init__(
        self, folder: RunFolder, settings: Settings, nameplate: Nameplate, retirement: Retirement | None
    ) -> None:
        self.folder = folder
        self.nameplate = nameplate
        self.retirement = retirement
        self.users: set[Client] = set()
        self.settings = settings
        self.background = Background()
        self.loop = self.background.loop
        self.stopping = asyncio.Event()
        self.lessor = Lessor(folder, settings, Spawner(self.loop), self.background, self.stopping)

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
            if client in self.users:
                self.users.discard(client)
                self._used()
            for lease in list(client.leases.values()):
                self.lessor.end(lease)

    async def _read(self, client: Client, reader: asyncio.StreamReader, gone: asyncio.Future[None]) -> None:
        while line := await reader.readline():
            try:
                message = decode(line)
            except ValueError:
                return
            if message.get("verb") == "hello":
                client.pid = message["pid"]
                self.users.add(client)
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
            "kill": self.kill,
            "release": self.release,
            "secrets": self.secrets,
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
        self._used()
        if self.retirement is not None:
            self.retirement.extend(float(message.get("keep", 0)))
        return asdict(self.nameplate)

    def _used(self) -> None:
        if self.retirement is not None:
            self.retirement.used()

    async def stop(self, _client: Client, _message: Message) -> None:
        """End the keeper and everything below it."""
        self.stopping.set()

    async def status(self, _client: Client, _message: Message) -> Message:
        """What runs and who holds it."""
        keep = self.retirement
        return {
            "keeper": {
                **asdict(self.nameplate),
                "users": sorted(client.pid for client in self.users),
                "keep_s": keep.seconds if keep else 0,
                "idle_s": round(keep.idle, 1) if keep else 0,
            },
            **overview(self.lessor),
        }

    async def secrets(self, _client: Client, _message: Message) -> list[str]:
        """What must be masked in the logs, for those who may read them anyway."""
        return list(self.lessor.secrets)

    async def lease(self, client: Client, message: Message) -> Message:
        """Grant all that a scenario needs, once it is free and ready."""
        return await self.lessor.lease(client, message)

    async def release(self, client: Client, message: Message) -> None:
        """End a lease; the answer does not wait for the clean-up."""
        lease = client.leases.get(message["lease"])
        if lease is not None:
            self.lessor.end(lease)

    async def fork(self, client: Client, message: Message) -> None:
        """Run a submission of a lease."""
        lease = client.leases.get(message["lease"])
        if lease is None:
            raise LeaseError("the lease has ended or holds no interpreter")
        await self.lessor.submissions.start(lease, message["request"])

    async def kill(self, client: Client, message: Message) -> None:
        """Kill a process of the Flink that a lease holds."""
        lease = client.leases.get(message["lease"])
        if lease is None:
            raise LeaseError("the lease has ended")
        await self.lessor.kill(lease, message["victim"])

    async def retire(self, retirement: Retirement) -> None:
        """End as soon as there is a reason to."""
        while not self.stopping.is_set():
            reason = retirement.reason(busy=bool(self.users or self.lessor.held or self.lessor.waiting))
            if reason is not None:
                log.info("ends: %s", reason)
                self.stopping.set()
            await asyncio.sleep(retirement.pause)

    async def follow(self, owner: int) -> None:
        """End with the owner: its pidfd tells at once where there is one; this is for where there is none."""
        pidfd = platform.open_pidfd(owner)
        if pidfd is not None:
            self.loop.add_reader(pidfd, self.stopping.set)
        while platform.alive(owner):  # noqa: ASYNC110 - nothing can tell
            await asyncio.sleep(1.0)
        self.stopping.set()


async def serve(folder: RunFolder, settings: Settings, nameplate: Nameplate, keep: Keep | None) -> None:
    """Run until the owner ends, a client says stop, or a kept keeper has a reason to end."""
    retirement = Retirement(keep, folder) if keep else None
    keeper = Keeper(folder, settings, nameplate, retirement)
    server = await asyncio.start_unix_server(keeper.serve, folder.socket, limit=1 << 24)
    folder.socket.chmod(0o600)
    nameplate.write(folder.path)
    keeper.loop.add_signal_handler(signal.SIGTERM, keeper.stopping.set)
    keeper.background.task(keeper.retire(retirement) if retirement else keeper.follow(nameplate.owner))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    await keeper.stopping.wait()
    server.close()
    # Who comes from now on finds nobody, and waits for the reaper.
    folder.socket.unlink(missing_ok=True)
    # The reaper would kill what is left; Postgres has shared memory to remove, a trained JVM an archive
    # to write.
    running = [i.running for i in keeper.lessor.fleet.instances if i.running is not None]
    ended = (keeper.background.in_thread(r.leave) for r in running)
    await asyncio.gather(*ended, return_exceptions=True)


def main(argv: list[str]) -> None:
    """Run the keeper: its address as JSON, project folder, flags as JSON."""
    platform.die_with_parent()
    address = KeeperAddress.from_json(argv[0])
    folder, keep, project = address.folder, address.keep, Path(argv[1])
    logging.basicConfig(
        filename=folder.log, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    code = code_identity()
    if keep is not None and keep.code != code:
        sys.exit("the code of the harness changed while its keeper was started; run again")
    nameplate = Nameplate(
        pid=os.getpid(),
        reaper=os.getppid(),
        harness=__version__,
        code=code,
        package=str(PACKAGE),
        root=keep.root if keep else str(project_root(project).resolve()),
        owner=0 if keep else address.owner,
        started=now().timestamp(),
        data=str(folder.data),
    )
    settings = load_settings(project, json.loads(argv[2]))
    asyncio.run(serve(folder, settings, nameplate, keep))
    # Threads that start a service may still run; the reaper ends what they have started.
    logging.shutdown()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
