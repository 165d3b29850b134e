"""`services` and `hosts`: how the services of a pipeline are secured, set up and addressed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.scenario import filename, vocabulary
from harness.scenario.language import choices
from harness.scenario.model import AwsOptions, KafkaOptions, PostgresOptions, RegistryOptions
from harness.scenario.yaml.nodes import Scalar
from harness.scenario.yaml.reader import Fields

OFF = "off"
_POSTGRES_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$-]{0,62}")
_TEMPLATES = ("template0", "template1")
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
)
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|.*:.*|\[.*\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What `services` says.

    Attributes:
        declared: The services that are named.
    """

    declared: frozenset[str] = frozenset()
    kafka: KafkaOptions = field(default_factory=KafkaOptions)
    schema_registry: RegistryOptions = field(default_factory=RegistryOptions)
    postgres: PostgresOptions = field(default_factory=PostgresOptions)
    aws: AwsOptions = field(default_factory=AwsOptions)


def read(pipeline: Fields, folder: Path) -> Services:
    """The services of a pipeline; what is wrong with them is noted."""
    node = pipeline.mapping("services")
    if node is None:
        return Services()
    services = Fields(node, vocabulary.SERVICES, pipeline.problems)
    return Services(
        declared=frozenset(vocabulary.SERVICES.keys) & frozenset(node.entries),
        kafka=_read_kafka(services),
        schema_registry=_read_registry(services),
        postgres=_read_postgres(services, folder),
        aws=_read_aws(services),
    )


def read_hosts(pipeline: Fields) -> Mapping[str, str]:
    """Fixed `host:port` -> the service that answers there."""
    problems = pipeline.problems
    hosts = {}
    for key, node in pipeline.entries("hosts"):
        _check_address(key, pipeline)
        value = pipeline.as_scalar(key.text, node)
        if value is None:
            continue
        service = value.text.strip()
        if service not in vocabulary.SERVICES.keys:
            hint = vocabulary.suggest(service, vocabulary.SERVICES.keys, what="services")
            problems.add(value.location, f"`{service}` is no service", hint)
        hosts[key.text] = service
    return hosts


def _check_address(key: Scalar, pipeline: Fields) -> None:
    problems = pipeline.problems
    host, colon, port = key.text.rpartition(":")
    if not colon or not host:
        problems.add(key.location, f"`{key.text}` has no port", "as in `kafka:9092`")
    elif _ADDRESS.fullmatch(host):
        problems.add(key.location, f"`{host}` is an address, and only names can be given to a service")
    elif not _HOST.fullmatch(host):
        problems.add(key.location, f"`{host}` is no host name", "letters, digits, `-` and `.`")
    elif not re.fullmatch(r"\d{1,5}", port) or not 0 < int(port) < 65536:
        problems.add(key.location, f"`{port}` is no port", "a number from 1 to 65535")


def _read_kafka(services: Fields) -> KafkaOptions:
    node = services.mapping("kafka")
    if node is None:
        return KafkaOptions()
    options = Fields(node, vocabulary.KAFKA_SERVICE, services.problems)
    tls = _read_tls(options)
    certificate = options.choice("certificate")
    if certificate is not None and tls == OFF:
        options.problems.add(
            options.where("certificate"), "`certificate` needs TLS", "write `tls: true` beside it"
        )
    return KafkaOptions(tls=tls, sasl=options.choice("sasl") or OFF, certificate=certificate or "valid")


def _read_registry(services: Fields) -> RegistryOptions:
    node = services.mapping("schema_registry")
    if node is None:
        return RegistryOptions()
    options = Fields(node, vocabulary.REGISTRY_SERVICE, services.problems)
    level = options.scalar("compatibility")
    if level is not None and level.text.lower() not in choices.LEVELS:
        hint = vocabulary.suggest(level.text, choices.LEVELS, what="levels")
        options.problems.add(level.location, f"`{level.text}` is no level of compatibility", hint)
    return RegistryOptions(
        tls=_read_tls(options),
        auth=options.choice("auth") is not None,
        compatibility=level.text.upper() if level else "BACKWARD",
    )


def _read_aws(services: Fields) -> AwsOptions:
    opensearch = services.mapping("opensearch")
    if opensearch is not None:
        Fields(opensearch, vocabulary.OPENSEARCH_SERVICE, services.problems)
    node = services.mapping("aws")
    kinesis = Fields(node, vocabulary.AWS_SERVICE, services.problems).mapping("kinesis") if node else None
    if kinesis is None:
        return AwsOptions()
    options = Fields(kinesis, vocabulary.KINESIS_SERVICE, services.problems)
    return AwsOptions(shards=options.integer("shards", least=1))


def _read_tls(options: Fields) -> str:
    word = options.choice("tls")
    return choices.TLS[word] if word else OFF


def _read_postgres(services: Fields, folder: Path) -> PostgresOptions:
    node = services.mapping("postgres")
    if node is None:
        return PostgresOptions()
    problems = services.problems
    options = Fields(node, vocabulary.POSTGRES_SERVICE, problems)
    schema = options.scalar("schema")
    database = _read_name(options, "database")
    if database in _TEMPLATES:
        problems.add(options.where("database"), f"`{database}` is a template of Postgres itself")
    user = _read_name(options, "user")
    if user is not None and user.lower().startswith("pg_"):
        problems.add(options.where("user"), "names that begin with `pg_` belong to Postgres itself")
    for one, other in (("user", "password"), ("password", "user")):
        if one in options and other not in options:
            problems.add(options.where(one), f"`{one}` needs `{other}` beside it")
    return PostgresOptions(
        schema=filename.resolve(schema.text, schema.content, folder, problems) if schema else None,
        database=database,
        user=user,
        password=options.text("password"),
    )


def _read_name(options: Fields, key: str) -> str | None:
    name = options.text(key)
    if name is not None and not _POSTGRES_NAME.fullmatch(name):
        options.problems.add(
            options.where(key), f"`{name}` is no `{key}`", "letters, digits, `_` and `-`, at most 63"
        )
    return name
