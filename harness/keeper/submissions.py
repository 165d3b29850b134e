"""The submissions of leases: forked from a zygote, or plain processes where forks are off."""

from __future__ import annotations

from pathlib import Path

from harness.errors import LeaseError
from harness.keeper.background import Background
from harness.keeper.held_lease import HeldLease
from harness.keeper.protocol import Message, RunFolder, encode
from harness.keeper.spawn import Spawner
from harness.launch.process import Command, kill_group
from harness.services import interpreter
from harness.settings import Settings


class Submissions:
    """Starts the submissions of leases, tells of their end, and ends what is left of them."""

    def __init__(
        self, folder: RunFolder, settings: Settings, spawner: Spawner, background: Background
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._spawner = spawner
        self._background = background

    async def start(self, lease: HeldLease, request: Message) -> None:
        """Run a submission: in a fork of the zygote, or as a plain process where forks are off.

        Raises:
            LeaseError: The lease holds no interpreter.
        """
        if lease.needs.flink is None:
            raise LeaseError("the lease has ended or holds no interpreter")
        request = {**request, "id": f"{lease.id}.{len(lease.children)}"}
        lease.children.add(request["id"])
        zygote = lease.instances.get("interpreter")
        if zygote is not None and zygote.running is not None:
            await self._background.in_thread(zygote.running.fork, request)
            return
        python = await self._background.in_thread(
            interpreter.interpreter_of, lease.needs.flink, self._settings, lambda _phase: None
        )
        await self._run_plainly(lease, python, request)

    async def _run_plainly(self, lease: HeldLease, python: Path, request: Message) -> None:
        path = self._folder.path / lease.id / f"submission{request['id'].rpartition('.')[2]}.json"
        path.write_bytes(encode(request))
        path.chmod(0o600)
        process = await self._spawner.start(
            Command(
                name="submission",
                argv=[str(python), str(interpreter.GUEST / "submission.py"), str(path)],
                log=path.with_suffix(".log"),
                environ={**request["environ"], "PYTHONDONTWRITEBYTECODE": "1"},
                cwd=Path(request["cwd"]),
            )
        )
        lease.processes.append(process)
        self._spawner.watch(process, lambda ended: self.ended(lease, request["id"], ended.status or 0))

    def ended(self, lease: HeldLease, child: str, status: int) -> None:
        """Tell the client whose submission it was, and the how many-th of the lease, from 0."""
        number = int(child.rpartition(".")[2])
        lease.client.send({"event": "exited", "lease": lease.id, "child": number, "status": status})

    async def end(self, lease: HeldLease) -> None:
        """Kill the submissions of a lease that still run."""
        zygote = lease.instances.get("interpreter")
        if zygote is not None and zygote.running is not None:
            for child in lease.children:
                if child in zygote.running.children:
                    kill_group(zygote.running.children[child])
        for process in lease.processes:
            await self._background.in_thread(process.kill)
