"""What a scenario needs and what it is given: exactly what passes between the keeper and its clients.

The engine sees services only through this module, so that a cluster that runs elsewhere needs no keeper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

Layout = Literal["in-process", "two-process", "attached"]
"""Where Flink runs: in one JVM, with JobManager and TaskManagers as processes of their own, or elsewhere."""

PRINTED = "printed.jsonl"
"""In the data of a lease: what its jobs print, `[stream, subtask, parallelism, text]` per line."""


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
    """A broker with these topics.

    Attributes:
        tls: `off`, `server` (the broker shows a certificate) or `mutual` (the client must, too).
        sasl: `off`, `plain`, `scram-sha-256` or `scram-sha-512`.
        certificate: What the broker shows: `valid`, `expired`, or `untrusted` (of an unknown authority).
        hosts: Fixed addresses, as `kafka:9092`, at which the job reaches it.
    """

    topics: tuple[TopicNeed, ...] = ()
    tls: str = "off"
    sasl: str = "off"
    certificate: str = "valid"
    hosts: tuple[str, ...] = ()
    exclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryNeed:
    """A schema registry, empty.

    Attributes:
        tls: `off`, `server` or `mutual`.
        auth: Clients must give a user and a password (HTTP basic).
        compatibility: The global level; Confluent's default is `BACKWARD`.
        hosts: Fixed addresses, as `schema-registry:8081`, at which the job reaches it.
    """

    tls: str = "off"
    auth: bool = False
    compatibility: str = "BACKWARD"
    hosts: tuple[str, ...] = ()
    exclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresNeed:
    """A database, cloned from a template that the SQL file filled; an empty one without a file.

    Attributes:
        database: Its name where the job names one itself; else it is fresh.
        user: A role that the job names itself, made with `password`.
        hosts: Fixed addresses, as `postgres:5432`, at which the job reaches it.
    """

    schema: str | None = None
    database: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    hosts: tuple[str, ...] = ()
    exclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FlinkNeed:
    """A cluster with these connectors, and an interpreter for PyFlink jobs.

    Attributes:
        version: `1.20` or `2.2`.
        python: The interpreter whose PyFlink is used.
        connectors: Catalogue names or coordinates of jars in the cluster's class path.
        jars: Further jars, absolute paths.
        files: Pairs (fixed path, what the JVM finds there): a path, or a `${kafka....}` certificate.
        hosts: Host names that the JVM shall find at loopback addresses.
        managed: As on Managed Flink: for Python only PyFlink and what it requires, for Java the runtime
            library of its property groups.
        scripts: Python scripts or functions run; jars and SQL alone need no interpreter.
        programs: A jar's own main class runs, with classes of its own.
        folder: Where users' own tests run: the JVM works there, and has room for what they expect.
        layout: Where its processes are.
        rest: The REST interface of a cluster that runs elsewhere.
    """

    version: str
    python: str
    layout: Layout = "in-process"
    rest: str = ""
    connectors: tuple[str, ...] = ()
    jars: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    hosts: tuple[str, ...] = ()
    managed: bool = False
    scripts: bool = True
    programs: bool = False
    folder: str | None = None
    exclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """All that one scenario needs, as one request: nobody holds one thing while waiting for another."""

    kafka: KafkaNeed | None = None
    schema_registry: RegistryNeed | None = None
    postgres: PostgresNeed | None = None
    flink: FlinkNeed | None = None

    def to_json(self) -> dict[str, Any]:
        """The needs as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Needs:
        """The needs from plain data."""
        kafka, registry = data.get("kafka"), data.get("schema_registry")
        postgres, flink = data.get("postgres"), data.get("flink")
        return cls(
            kafka=KafkaNeed(**{**_tupled(kafka), "topics": tuple(TopicNeed(**t) for t in kafka["topics"])})
            if kafka
            else None,
            schema_registry=RegistryNeed(**_tupled(registry)) if registry else None,
            postgres=PostgresNeed(**_tupled(postgres)) if postgres else None,
            flink=FlinkNeed(**_tupled(flink)) if flink else None,
        )


def _tupled(data: Mapping[str, Any]) -> dict[str, Any]:
    """Plain data whose lists are tuples again, those inside of lists too."""
    return {name: _tuple(value) if isinstance(value, list | tuple) else value for name, value in data.items()}


def _tuple(items: list[Any] | tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(_tuple(item) if isinstance(item, list | tuple) else item for item in items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """The files of an environment's own authority: what clients need to trust it, and to be trusted.

    All are paths; the keystores and truststores open with `password`.
    """

    ca_pem: str
    certificate_pem: str
    key_pem: str
    truststore_jks: str
    truststore_p12: str
    keystore_jks: str
    keystore_p12: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaEndpoint:
    """A broker.

    Attributes:
        bootstrap_servers: What the job connects to.
        internal: A plain listener for the harness alone.
        protocol: What the job's listener speaks: `PLAINTEXT`, `SSL`, `SASL_SSL` or `SASL_PLAINTEXT`.
        mechanism: Its SASL mechanism, or "".
        user: Of SASL, or "".
        password: Of SASL, a secret.
        certificates: Where the listener shows a certificate.
    """

    bootstrap_servers: str
    internal: str
    protocol: str = "PLAINTEXT"
    mechanism: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    certificates: Certificates | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryEndpoint:
    """A schema registry.

    Attributes:
        url: What the job connects to; without user and password.
        internal: The address at which the harness reaches it.
        user: Of basic authentication, or "".
        password: Its password, a secret.
        certificates: Where it speaks TLS.
    """

    url: str
    internal: str
    user: str = ""
    password: str = field(default="", repr=False)
    certificates: Certificates | None = None


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
        layout: Where its processes are.
        rest: Where its REST interface answers, as `http://127.0.0.1:port`.
        gateway_port: Port of this lease's own py4j gateway.
        gateway_token: Its token, a secret.
        jars: sha256 of every jar in the cluster's class path, and of the isolated ones.
        isolated: Jars that every job has in a class loader of its own.
        shipped: Jars that go to the cluster with every job, because it does not have them.
        pyflink_bin: PyFlink's `bin` folder.
        environ: The environment that the cluster itself was started with.
        python: The interpreter that scripts and UDF workers run with.
        runtime_jars: What Managed Flink provides to jars beside Flink.
        log: What Flink logs.
        output: What the JVM writes to its standard output.
    """

    layout: Layout
    rest: str
    gateway_port: int
    gateway_token: str = field(repr=False)
    version: str
    jars: tuple[str, ...]
    pyflink_bin: str
    environ: Mapping[str, str]
    python: str
    fork: bool
    isolated: tuple[str, ...] = ()
    shipped: tuple[str, ...] = ()
    runtime_jars: tuple[str, ...] = ()
    log: str = ""
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a lease gives.

    Attributes:
        id: The lease's name.
        folder: A folder of the lease's own on disk, gone with the lease.
        data: A folder of the lease's own in shared memory where there is room, gone with the lease.
        worker_zygote: Socket of the zygote that forks UDF workers, or "" where workers start plainly.
        logs: The logs of the services that the lease holds.
        hosts: Host name -> loopback address of those that the job has in its code.
    """

    id: str
    folder: str
    data: str
    worker_zygote: str = ""
    logs: tuple[str, ...] = ()
    hosts: Mapping[str, str] = field(default_factory=dict)
    kafka: KafkaEndpoint | None = None
    schema_registry: RegistryEndpoint | None = None
    postgres: PostgresEndpoint | None = None
    flink: FlinkEndpoint | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be in no report and no kept log."""
        certificates = self.kafka.certificates if self.kafka else None
        found = (
            self.kafka.password if self.kafka else "",
            certificates.password if certificates else "",
            self.schema_registry.password if self.schema_registry else "",
            self.postgres.password if self.postgres else "",
            self.flink.gateway_token if self.flink else "",
        )
        return tuple(filter(None, found))

    def folder_of(self, name: str) -> Path:
        """Where a folder of that name is that a scenario reads or writes."""
        return Path(self.data) / "folders" / name

    def to_json(self) -> dict[str, Any]:
        """The grant as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Grant:
        """The grant from plain data."""
        flink, kafka, registry = data.get("flink"), data.get("kafka"), data.get("schema_registry")
        return cls(
            id=data["id"],
            folder=data["folder"],
            data=data["data"],
            worker_zygote=data["worker_zygote"],
            logs=tuple(data["logs"]),
            hosts=data["hosts"],
            kafka=KafkaEndpoint(**_certified(kafka)) if kafka else None,
            schema_registry=RegistryEndpoint(**_certified(registry)) if registry else None,
            postgres=PostgresEndpoint(**data["postgres"]) if data.get("postgres") else None,
            flink=FlinkEndpoint(**_tupled(flink)) if flink else None,
        )


def _certified(data: Mapping[str, Any]) -> dict[str, Any]:
    certificates = data["certificates"]
    return {**data, "certificates": Certificates(**certificates) if certificates else None}


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

    def kill(self, victim: str) -> None:
        """Kill a process of the leased Flink, `jobmanager` or the id of a TaskManager; another one comes.

        Raises:
            LeaseError: Others hold the same Flink, or its layout has no such process.
        """


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
