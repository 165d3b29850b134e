"""How the services of a pipeline are set up."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresOptions:
    """`services: {postgres: ...}`.

    Attributes:
        schema: SQL file that is loaded once into a template database and cloned per scenario.
        database: The database's name where the job names it itself.
        user: A role that the job names itself; `password` belongs to it.
    """

    schema: Path | None = None
    database: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaOptions:
    """`services: {kafka: ...}`.

    Attributes:
        tls: `off`, `server` or `mutual`; written `true`, `false` or `mutual`.
        sasl: `off`, `plain`, `scram-sha-256` or `scram-sha-512`.
        certificate: What the broker shows: `valid`, `expired` or `untrusted`.
    """

    tls: str = "off"
    sasl: str = "off"
    certificate: str = "valid"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryOptions:
    """`services: {schema_registry: ...}`.

    Attributes:
        tls: `off`, `server` or `mutual`; written `true`, `false` or `mutual`.
        auth: Whether clients must give a user and a password; written `auth: basic`.
        compatibility: The global level, in Confluent's words and capitals.
    """

    tls: str = "off"
    auth: bool = False
    compatibility: str = "BACKWARD"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsOptions:
    """`services: {aws: ...}`.

    Attributes:
        shards: Shards of a stream whose place does not say `partitions`; written `kinesis: {shards: 2}`.
    """

    shards: int | None = None
