"""What a kept keeper's services hold beside what keeps them warm."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from confluent_kafka.admin import AdminClient

from harness import platform
from harness.keeper.address import PREFIX
from harness.keeper.found import FoundKeeper
from harness.keeper.janitor import SPARE
from harness.keeper.nameplate import Nameplate
from harness.keeper.protocol import Message


@dataclass(frozen=True, kw_only=True)
class Warm:
    """A kept keeper after `harness up`.

    Attributes:
        ports: Where each of its processes listened when nobody had a lease.
    """

    keeper: FoundKeeper
    ports: dict[int, set[int]]

    @classmethod
    def of(cls, temporary: Path) -> Warm:
        """The one keeper whose folder is in a TMPDIR."""
        keeper = found_in(temporary)
        pids = [pid for i in keeper.ask("status")["instances"] for pid in i["pids"]]
        return cls(keeper=keeper, ports={pid: _ports(pid) for pid in pids})

    def status(self) -> Message:
        """What the keeper tells."""
        answer: Message = self.keeper.ask("status")
        return answer

    def pids(self) -> dict[str, list[int]]:
        """The processes of each service."""
        return {f"{i['service']}-{i['number']}": i["pids"] for i in self.status()["instances"]}

    def strays(self) -> list[str]:
        """All that is there of any lease, in words; between two runs it must be nothing."""
        status = self.status()
        ready = [i for i in status["instances"] if i["ready"]]
        assert self.keeper.nameplate is not None
        folders = [self.keeper.folder, Path(self.keeper.nameplate.data)]
        return [
            *(f"lease {lease['id']}" for lease in (*status["leases"], *status["waiting"])),
            *(f"folder {path}" for folder in folders for path in folder.glob("L*")),
            *(f"port {p} of {pid}" for pid, before in self.ports.items() for p in _ports(pid) - before),
            *(f"submission {pid}" for i in ready for pid in _submissions(i)),
            *(f"topic {name}" for i in ready for name in _topics(i)),
            *(f"database {name}" for i in ready for name in self._databases(i)),
        ]

    def _databases(self, instance: Message) -> list[str]:
        """Clones beyond those that are made ahead, and those that somebody is connected to."""
        if instance["service"] != "postgres":
            return []
        with psycopg.connect(
            host=str(self.keeper.folder / f"postgres-{instance['number']}"),
            port=instance["address"].rpartition(":")[2],
            user="harness",
            dbname="postgres",
        ) as connection:
            clones = "SELECT datname FROM pg_database WHERE datname LIKE 'scenario%' ORDER BY oid"
            used = "SELECT DISTINCT datname FROM pg_stat_activity WHERE datname LIKE 'scenario%'"
            names, in_use = ([row[0] for row in connection.execute(query)] for query in (clones, used))
        return [*names[SPARE:], *in_use]


def found_in(temporary: Path) -> FoundKeeper:
    """The one keeper whose folder is in a TMPDIR."""
    found = [
        FoundKeeper(folder=path, nameplate=plate)
        for path in temporary.glob(f"{PREFIX}*")
        if (plate := Nameplate.read(path)) is not None and platform.alive(plate.pid)
    ]
    (keeper,) = found
    return keeper


def _ports(pid: int) -> set[int]:
    """Where a process listens; nowhere once it has ended."""
    try:
        connections = psutil.Process(pid).net_connections("tcp")
    except psutil.NoSuchProcess:
        return set()
    return {c.laddr.port for c in connections if c.status == psutil.CONN_LISTEN}


def _submissions(instance: Message) -> list[int]:
    """What the zygote has forked: submissions and UDF workers."""
    if instance["service"] != "interpreter":
        return []
    return [child.pid for pid in instance["pids"] for child in psutil.Process(pid).children(recursive=True)]


def _topics(instance: Message) -> list[str]:
    if instance["service"] != "kafka":
        return []
    admin = AdminClient({"bootstrap.servers": instance["address"]})
    return [name for name in admin.list_topics(timeout=10).topics if not name.startswith("__")]
