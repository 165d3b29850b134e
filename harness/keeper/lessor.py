"""Leases from request to clean-up: granted when all that they want is free and ready, ended once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from typing import Any

from harness.clock import Deadline, monotonic
from harness.environment import Grant, Needs
from harness.errors import LeaseError, ServiceError
from harness.keeper import leases
from harness.keeper.background import Background, in_full
from harness.keeper.fleet import Fleet
from harness.keeper.held_lease import Client, HeldLease
from harness.keeper.janitor_process import JanitorProcess
from harness.keeper.leases import Blocked, Instance
from harness.keeper.protocol import Message, RunFolder, error_to_json
from harness.keeper.provision import Provision
from harness.keeper.spawn import Spawner
from harness.keeper.submissions import Submissions
from harness.keeper.wants import wants_of
from harness.settings import Settings

log = logging.getLogger("harness.keeper")

LEASE_TRIES = 3
"""A service that dies while a lease is made is replaced, so many times."""
MOST_SECRETS = 1000
"""Those of leases that ended long ago open nothing any more."""
PATIENCE_S = 1.0
"""A request that waits for longer says so, and for whom."""


class Lessor:
    """All leases of one environment, and who waits for one.

    Attributes:
        held: Those that hold instances, by id, until they are cleaned up.
        waiting: Those that hold nothing yet, the earliest first.
        secrets: What was granted and must not be shown, the newest last.
    """

    def __init__(
        self,
        folder: RunFolder,
        settings: Settings,
        spawner: Spawner,
        background: Background,
        stopping: asyncio.Event,
    ) -> None:
        janitor = JanitorProcess()
        self.settings = settings
        self.background = background
        self.fleet = Fleet(folder, settings, spawner, janitor, background, self, stopping)
        self.provision = Provision(
            folder, settings, janitor, background, self.fleet.authority, self.fleet.names
        )
        self.submissions = Submissions(folder, settings, spawner, background)
        self.held: dict[str, HeldLease] = {}
        self.waiting: list[HeldLease] = []
        self.secrets: dict[str, None] = {}
        self.condition = asyncio.Condition()
        self.leases_made = 0

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
                wants=wants_of(needs, self.settings),
            )
            log.info("%s: asked for by process %d: %s", lease.id, client.pid, lease.label)
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
            self._remember(grant.secrets)
            _refuse_if_left(lease)
        except BaseException:
            lease.making = False
            lease.ended = False
            self.end(lease)
            raise
        lease.making = False
        return grant

    def _remember(self, secrets: Iterable[str]) -> None:
        for secret in secrets:
            self.secrets.pop(secret, None)
            self.secrets[secret] = None
        for old in list(self.secrets)[:-MOST_SECRETS]:
            del self.secrets[old]

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
                lease.behind = choice.leases
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

    async def kill(self, lease: HeldLease, victim: str) -> None:
        """Kill a process of the Flink that a lease holds alone; another one comes.

        Raises:
            LeaseError: Others hold it too.
        """
        flink = lease.instances.get("flink")
        if flink is None or flink.running is None:
            raise LeaseError("the lease has ended or holds no Flink")
        if not flink.holds[lease.id].exclusive:
            raise LeaseError("a Flink that others may hold cannot be killed")
        log.info("%s: kills %s of flink-%d", lease.id, victim, flink.number)
        await self.background.in_thread(flink.running.cluster.kill, victim)

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
            await self.submissions.end(lease)
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
            for instance in held.values():
                self.fleet.renew(instance, lease.needs)
                await self.fleet.retire(instance)
            await self.changed()

    async def changed(self) -> None:
        """Look at the waiting requests again: there is more or less to be had than before."""
        async with self.condition:
            self.condition.notify_all()

    # What the fleet tells

    def child_ended(self, child: str, status: int) -> None:
        """Tell the client whose submission it was."""
        lease = self.held.get(child.partition(".")[0])
        if lease is not None:
            self.submissions.ended(lease, child, status)

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
