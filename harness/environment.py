"""What a scenario needs and what it is given: exactly what passes between the keeper and its clients.

The engine sees services only through this module, so that a cluster that runs elsewhere needs no keeper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicNeed:
    """A topic that must exist, empty.

    Attributes:
        literal: The name was written out, so no other lease may hold it at the same time.
    """

    name: str
    partitions: int = 1
    literal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaNeed:
    """A broker with these topics."""

    topics: tuple[TopicNeed, ...] = ()
    exclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresNeed:
    """A database, cloned from a template that the SQL file filled; an empty one without a file."""

    schema: str | None = None
    exclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FlinkNeed:
    """A cluster with these connectors, and an interpreter for PyFlink jobs.

    Attributes:
        version: `1.20` or `2.2`.
        python: The interpreter whose PyFlink is used.
        connectors: Catalogue names or coordinates of jars in the cluster's class path.
        jars: Further jars, absolute paths.
    """

    version: str
    python: str
    connectors: tuple[str, ...] = ()
    jars: tuple[str, ...] = ()
    exclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """All that one scenario needs, as one request: nobody holds one thing while waiting for another."""

    kafka: KafkaNeed | None = None
    postgres: PostgresNeed | None = None
    flink: FlinkNeed | None = None

    def to_json(self) -> dict[str, Any]:
        """The needs as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Needs:
        """The needs from plain data."""
        kafka, postgres, flink = data.get("kafka"), data.get("postgres"), data.get("flink")
        return cls(
            kafka=KafkaNeed(
                topics=tuple(TopicNeed(**t) for t in kafka["topics"]), exclusive=kafka["exclusive"]
            )
            if kafka
            else None,
            postgres=PostgresNeed(**postgres) if postgres else None,
            flink=FlinkNeed(
                **{**flink, "connectors": tuple(flink["connectors"]), "jars": tuple(flink["jars"])}
            )
            if flink
            else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaEndpoint:
    """A broker."""

    bootstrap_servers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresEndpoint:
    """A database on a server; the password is a secret."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str

    @property
    def jdbc_url(self) -> str:
        """The address as JDBC wants it, without user and password."""
        return f"jdbc:postgresql://{self.host}:{self.port}/{self.database}"

    @property
    def url(self) -> str:
        """The address as libpq wants it, with the password."""
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{self.database}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlinkEndpoint:
    """A cluster, seen by one lease.

    Attributes:
        rest: `http://127.0.0.1:port`.
        gateway_port: Port of this lease's own py4j gateway.
        gateway_token: Its token, a secret.
        jars: sha256 of every jar in the cluster's class path.
        pyflink_bin: PyFlink's `bin` folder.
        environ: The environment that the cluster itself was started with.
    """

    rest: str
    gateway_port: int
    gateway_token: str = field(repr=False)
    version: str
    jars: tuple[str, ...]
    pyflink_bin: str
    environ: Mapping[str, str]
    fork: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a lease gives.

    Attributes:
        id: The lease's name.
        folder: A folder of the lease's own on disk, gone with the lease.
        data: A folder of the lease's own in shared memory where there is room, gone with the lease.
        worker_zygote: Socket of the zygote that forks UDF workers, or "" where workers start plainly.
        logs: The logs of the services that the lease holds.
    """

    id: str
    folder: str
    data: str
    worker_zygote: str = ""
    logs: tuple[str, ...] = ()
    kafka: KafkaEndpoint | None = None
    postgres: PostgresEndpoint | None = None
    flink: FlinkEndpoint | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be in no report and no kept log."""
        found = (
            self.postgres.password if self.postgres else "",
            self.flink.gateway_token if self.flink else "",
        )
        return tuple(filter(None, found))

    def to_json(self) -> dict[str, Any]:
        """The grant as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Grant:
        """The grant from plain data."""
        flink = data.get("flink")
        return cls(
            id=data["id"],
            folder=data["folder"],
            data=data["data"],
            worker_zygote=data["worker_zygote"],
            logs=tuple(data["logs"]),
            kafka=KafkaEndpoint(**data["kafka"]) if data.get("kafka") else None,
            postgres=PostgresEndpoint(**data["postgres"]) if data.get("postgres") else None,
            flink=FlinkEndpoint(**{**flink, "jars": tuple(flink["jars"])}) if flink else None,
        )


class Child(Protocol):
    """A forked submission."""

    @property
    def status(self) -> int | None:
        """Its exit status, or None while it runs; negative: the signal that ended it."""


class Lease(Protocol):
    """What one scenario holds until it releases it."""

    @property
    def grant(self) -> Grant:
        """What was given."""

    def check(self) -> None:
        """Raise if something that the lease holds has died.

        Raises:
            ServiceError: With the service, its exit status and the tail of its log.
        """

    def fork(self, request: Mapping[str, Any]) -> Child:
        """Run a submission in a fork of the lease's interpreter."""


OnProgress = Callable[[str, str, float], None]
"""Called with a subject, what it is doing, and the seconds it took so far."""


class Environment(Protocol):
    """Where scenarios run."""

    def lease(
        self, needs: Needs, *, label: str, wait_s: float, progress: OnProgress
    ) -> AbstractContextManager[Lease]:
        """Everything that a scenario needs, ready; released at the end of the `with` block.

        Raises:
            ServiceError: A service did not start.
            LeaseError: Others held what is needed for longer than `wait_s` seconds.
        """
