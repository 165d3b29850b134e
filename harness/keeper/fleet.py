"""The instances of services: started when somebody wants one, watched, and forgotten when they end."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

from harness import platform
from harness.clock import monotonic
from harness.environment import Needs
from harness.errors import ServiceError
from harness.keeper import leases
from harness.keeper.background import Background
from harness.keeper.janitor_process import JanitorProcess
from harness.keeper.leases import Instance, Want
from harness.keeper.protocol import RunFolder
from harness.keeper.spawn import Spawner
from harness.launch.loopback import LoopbackNames
from harness.launch.process import Command, Process, exit_text, tail
from harness.services import flink, interpreter, kafka, postgres, schema_registry
from harness.services.base import Site
from harness.services.certificates import Authority
from harness.settings import Settings

log = logging.getLogger("harness.keeper")

WARM = frozenset({"flink", "kafka", "postgres", "interpreter"})
"""The services whose instances stay warm when nobody holds them."""


class Listener(Protocol):
    """Who is told what becomes of instances and of the children in them."""

    async def changed(self) -> None:
        """There is more or less to be had than before."""

    def progress(self, instance: Instance[Any], phase: str, seconds: float) -> None:
        """An instance is doing something."""

    def died(self, instance: Instance[Any], error: ServiceError) -> None:
        """An instance ended, and nobody had asked it to."""

    def child_ended(self, child: str, status: int) -> None:
        """A forked submission ended."""


class Fleet:
    """All instances of one environment.

    Attributes:
        instances: Those that run or start.
        starting: The starts that are under way.
        authority: Signs the certificates of all services.
        names: Loopback addresses of the host names that jobs have in their code.
    """

    def __init__(
        self,
        folder: RunFolder,
        settings: Settings,
        spawner: Spawner,
        janitor: JanitorProcess,
        background: Background,
        listener: Listener,
        stopping: asyncio.Event,
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._spawner = spawner
        self._janitor = janitor
        self._background = background
        self._listener = listener
        self._numbers: Counter[str] = Counter()
        self._stopping = stopping
        self._janitor_ready = background.task(janitor.start(spawner, folder))
        self.instances: list[Instance[Any]] = []
        self.starting: dict[Instance[Any], asyncio.Future[None]] = {}
        self.authority = Authority(folder.path / "certificates")
        self.names = LoopbackNames(str(folder.path))

    def begin(self, want: Want, needs: Needs) -> Instance[Any]:
        """Start another instance; others may hold it while it starts."""
        most = leases.most_warm(platform.memory()) if want.service in WARM else self._settings.slots
        idle = leases.evictable(self.instances, want.service, most)
        if idle is not None:
            self.forget(idle)
            if idle.running is not None:
                self._background.task(self._background.in_thread(idle.running.stop))
        return self._begin(want.service, want.key, needs)

    def _begin(self, service: str, key: str, needs: Needs) -> Instance[Any]:
        # Never used again: the folder of one that failed keeps its logs.
        self._numbers[service] += 1
        instance: Instance[Any] = Instance(service=service, key=key, number=self._numbers[service])
        self.instances.append(instance)
        start = self._background.loop.create_task(self._start(instance, needs))
        # Who holds the instance is told of a failure; of a spare nobody does, and it is no loss.
        start.add_done_callback(lambda task: task.cancelled() or task.exception())
        self.starting[instance] = start
        return instance

    async def _start(self, instance: Instance[Any], needs: Needs) -> None:
        name = f"{instance.service}-{instance.number}"
        folder, data = self._folder.path / name, self._folder.data / name
        folder.mkdir(mode=0o700)
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        began = monotonic()
        owned: list[Process] = []

        def spawn(command: Command) -> Process:
            process = self._spawner.spawn(command)
            owned.append(process)
            if instance.running is not None:
                # In the place of one that a fault has killed.
                self._background.loop.call_soon_threadsafe(watch, process)
            return process

        def watch(process: Process) -> None:
            self._spawner.watch(process, lambda ended: self._died(instance, ended))

        def progress(phase: str) -> None:
            self._background.loop.call_soon_threadsafe(
                self._listener.progress, instance, phase, monotonic() - began
            )

        site = Site(
            settings=self._settings,
            folder=folder,
            data=data,
            spawn=spawn,
            progress=progress,
            authority=self.authority,
            names=self.names,
        )
        progress("starting")
        try:
            running = await self._background.in_thread(self._starter(instance.service, needs), site)
            instance.running = running
            await self._prepare(instance)
        except BaseException:
            for process in owned:
                await self._background.in_thread(process.kill)
            shutil.rmtree(data, ignore_errors=True)
            self.forget(instance)
            raise
        finally:
            self.starting.pop(instance, None)
            await self._listener.changed()
        for process in running.processes:
            watch(process)
        instance.seconds = monotonic() - began
        progress("ready")

    def _starter(self, service: str, needs: Needs) -> Callable[[Site], Any]:
        if service == "kafka":
            kafka_need = needs.kafka
            assert kafka_need is not None
            return lambda site: kafka.start(site, kafka_need)
        if service == "postgres":
            postgres_need = needs.postgres
            assert postgres_need is not None
            return lambda site: postgres.start(site, postgres_need)
        if service == "schema_registry":
            return schema_registry.start
        need = needs.flink
        assert need is not None
        if service == "flink":
            return lambda site: flink.start(site, need)
        return lambda site: interpreter.start(site, need)

    async def _prepare(self, instance: Instance[Any]) -> None:
        running = instance.running
        if isinstance(running, kafka.RunningKafka):
            await self._janitor_ready
            await self._janitor.ask("prepare_broker", bootstrap=running.endpoint.internal)
        elif isinstance(running, postgres.RunningPostgres):
            await self._janitor_ready
            endpoint = running.endpoint
            await self._janitor.ask(
                "prepare_server",
                sockets=str(running.sockets),
                port=endpoint.port,
                user=endpoint.user,
                password=endpoint.password,
            )
        elif isinstance(running, interpreter.RunningInterpreter):
            assert running.process.popen.stdout is not None
            fd = running.process.popen.stdout.fileno()
            self._background.loop.add_reader(fd, self._zygote_answers, running, fd)

    def _zygote_answers(self, running: interpreter.RunningInterpreter, fd: int) -> None:
        data = os.read(fd, 1 << 16)
        if not data:
            self._background.loop.remove_reader(fd)
            return
        running.take(data, self._listener.child_ended)

    def _died(self, instance: Instance[Any], process: Process) -> None:
        """A process ended that nobody asked to end: its instance is gone, and its leases must know."""
        running = instance.running
        if instance.dead or self._stopping.is_set() or (running and process not in running.processes):
            return
        self.forget(instance)
        log.warning("%s-%d died%s", instance.service, instance.number, exit_text(process.status))
        error = ServiceError(
            f"{instance.service} died in the middle{exit_text(process.status)}",
            detail=(tail(running.log) or f"its log is empty ({running.log})") if running else None,
            hint="the next scenario gets a new one",
        )
        self._listener.died(instance, error)
        if running is not None:
            self._background.task(self._background.in_thread(running.stop))

    def notice_deaths(self) -> None:
        """Look at every process now: the news of a death may be some milliseconds behind it."""
        for instance in list(self.instances):
            for process in instance.running.processes if instance.running is not None else ():
                if process.status is not None and instance not in self.starting:
                    self._died(instance, process)

    def renew(self, instance: Instance[Any], needs: Needs) -> None:
        """Start another instance for a worn one, which serves until that is ready: nobody waits for it.

        Nothing is ended to make room: for these seconds there is one more.
        """
        running = instance.running
        if not isinstance(running, flink.RunningFlink) or not running.worn:
            return
        if not instance.dead and instance.heir is None:
            log.info("%s-%d is worn: %s", instance.service, instance.number, running.worn)
            instance.heir = self._begin(instance.service, instance.key, needs)
            self._background.task(self._hand_over(instance, instance.heir))

    async def _hand_over(self, instance: Instance[Any], heir: Instance[Any]) -> None:
        try:
            await self.starting[heir]
            assert heir.running is not None
            await self._background.in_thread(heir.running.warm_up)
        except Exception:
            # Whoever asks next starts one, and is told of what stands in its way.
            if not self._stopping.is_set():
                log.exception("while %s-%d was replaced", instance.service, instance.number)
        instance.worn = True
        await self.retire(instance)
        await self._listener.changed()

    async def retire(self, instance: Instance[Any]) -> None:
        """End a worn instance that nobody holds any more."""
        if instance.worn and not instance.dead and not instance.holds and instance.running is not None:
            log.info("%s-%d is worn and ends", instance.service, instance.number)
            self.forget(instance)
            await self._background.in_thread(instance.running.stop)

    def forget(self, instance: Instance[Any]) -> None:
        """Give an instance to nobody any more; to end its processes is up to the caller."""
        instance.dead = True
        if instance in self.instances:
            self.instances.remove(instance)
        running = instance.running
        place = None
        if isinstance(running, kafka.RunningKafka):
            place = running.endpoint.internal
        elif isinstance(running, postgres.RunningPostgres):
            place = str(running.sockets)
        if place is not None:
            self._background.task(self._janitor.ask("forget", place=place))
