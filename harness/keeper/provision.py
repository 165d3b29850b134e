"""What a lease has of its own: topics, a database, a gateway, folders; made for it and taken back."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from typing import Any

from harness.environment import (
    FlinkEndpoint,
    Grant,
    KafkaEndpoint,
    PostgresEndpoint,
    RegistryEndpoint,
    RegistryNeed,
)
from harness.errors import ServiceError
from harness.keeper.background import Background, in_full
from harness.keeper.held_lease import HeldLease
from harness.keeper.janitor_process import JanitorProcess
from harness.keeper.leases import Instance
from harness.keeper.protocol import RunFolder
from harness.launch import loopback
from harness.launch.loopback import LoopbackNames
from harness.services.certificates import Authority
from harness.services.schema_registry import RunningRegistry
from harness.settings import Settings


class Provision:
    """Makes what leases name on the instances that they hold, and removes it."""

    def __init__(
        self,
        folder: RunFolder,
        settings: Settings,
        janitor: JanitorProcess,
        background: Background,
        authority: Authority,
        names: LoopbackNames,
    ) -> None:
        self._authority = authority
        self._names = names
        self._folder = folder
        self._settings = settings
        self._janitor = janitor
        self._background = background

    async def provide(self, lease: HeldLease) -> Grant:
        """Make the lease's own topics, database, gateway and folders, side by side."""
        folder, data = self._folder.path / lease.id, self._folder.data / lease.id
        folder.mkdir(mode=0o700)
        data.mkdir(mode=0o700, exist_ok=True)
        topics, registry, database, gateway = await in_full(
            self._topics(lease), self._registry(lease), self._database(lease), self._gateway(lease)
        )
        zygote = lease.instances.get("interpreter")
        return Grant(
            id=lease.id,
            folder=str(folder),
            data=str(data),
            worker_zygote=str(zygote.running.socket) if zygote and zygote.running else "",
            logs=tuple(str(i.running.log) for i in lease.instances.values() if i.running),
            hosts={name: self._names.address(name) for name in lease.needs.flink.hosts}
            if lease.needs.flink
            else {},
            kafka=topics,
            schema_registry=registry,
            postgres=database,
            flink=gateway,
        )

    async def _topics(self, lease: HeldLease) -> KafkaEndpoint | None:
        if lease.needs.kafka is None:
            return None
        endpoint: KafkaEndpoint = self._running(lease, "kafka").endpoint
        topics = lease.needs.kafka.topics
        # Before they are made: whatever happens now, the lease's end deletes them.
        lease.topics = [t.name for t in topics]
        if topics:
            made = [{"name": t.name, "partitions": t.partitions} for t in topics]
            await self._janitor.ask("make_topics", bootstrap=endpoint.internal, topics=made)
        return endpoint

    async def _registry(self, lease: HeldLease) -> RegistryEndpoint | None:
        need = lease.needs.schema_registry
        if need is None:
            return None
        running: RunningRegistry = self._running(lease, "schema_registry")
        endpoint: RegistryEndpoint = await self._background.in_thread(
            self._open_registry, lease, need, running
        )
        return endpoint

    def _open_registry(
        self, lease: HeldLease, need: RegistryNeed, running: RunningRegistry
    ) -> RegistryEndpoint:
        fixed = [loopback.split(host) for host in need.hosts]
        tls = need.tls != "off"
        server = self._authority.server_files("schema-registry", [name for name, _ in fixed]) if tls else None
        return running.open(
            lease.id,
            need,
            certificates=self._authority.files() if tls else None,
            server=(str(server[0]), str(server[1])) if server else None,
            addresses=[(self._names.address(name), port) for name, port in fixed],
            topics=[topic.name for topic in lease.needs.kafka.topics] if lease.needs.kafka else (),
        )

    async def _database(self, lease: HeldLease) -> PostgresEndpoint | None:
        if lease.needs.postgres is None:
            return None
        need = lease.needs.postgres
        running = self._running(lease, "postgres")
        sockets = str(running.sockets)
        user, password = need.user, need.password or ""
        if user is not None:
            await self._janitor.ask("make_role", sockets=sockets, user=user, password=password)
        if need.database is not None:
            # Before it is made: whatever happens now, the lease's end drops it.
            lease.database = need.database
        lease.database = database = await self._janitor.ask(
            "make_database", sockets=sockets, schema=need.schema, name=need.database
        )
        endpoint: PostgresEndpoint = replace(running.endpoint, database=database)
        return replace(endpoint, user=user, password=password) if user is not None else endpoint

    async def _gateway(self, lease: HeldLease) -> FlinkEndpoint | None:
        if lease.needs.flink is None:
            return None
        running = self._running(lease, "flink")
        endpoint: FlinkEndpoint = await self._background.in_thread(
            lambda: running.open_gateway(lease.id, fork=self._settings.fork)
        )
        return endpoint

    def _running(self, lease: HeldLease, service: str) -> Any:
        running = lease.instances[service].running
        if running is None:
            raise ServiceError(f"{service} died while the lease was made")
        return running

    async def delete_names(self, lease: HeldLease) -> None:
        """Drop its database, delete its topics, close its registry, where their services still live."""
        held = lease.instances
        await asyncio.gather(
            self._drop(held.get("postgres"), lease),
            self._delete(held.get("kafka"), lease),
            self._close(held.get("schema_registry"), lease),
        )

    def remove_folders(self, lease: HeldLease) -> None:
        """Remove both of its folders."""
        shutil.rmtree(self._folder.path / lease.id, ignore_errors=True)
        shutil.rmtree(self._folder.data / lease.id, ignore_errors=True)

    async def _drop(self, instance: Instance[Any] | None, lease: HeldLease) -> None:
        if instance is not None and not instance.dead and lease.database:
            sockets = str(instance.running.sockets) if instance.running else ""
            await self._janitor.ask("drop_database", sockets=sockets, name=lease.database)

    async def _close(self, instance: Instance[Any] | None, lease: HeldLease) -> None:
        if instance is not None and not instance.dead and instance.running:
            await self._background.in_thread(instance.running.close, lease.id)

    async def _delete(self, instance: Instance[Any] | None, lease: HeldLease) -> None:
        if instance is not None and not instance.dead and lease.topics and instance.running:
            address = instance.running.endpoint.internal
            await self._janitor.ask("delete_topics", bootstrap=address, topics=lease.topics)
