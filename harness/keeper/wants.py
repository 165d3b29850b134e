"""What a request wants of each service: which kind of instance, which names, and whether alone."""

from __future__ import annotations

from harness.environment import FlinkNeed, KafkaNeed, Needs, PostgresNeed, RegistryNeed
from harness.keeper.leases import Want
from harness.services import flink, interpreter, kafka, postgres
from harness.settings import Settings


def wants_of(needs: Needs, settings: Settings) -> list[Want]:
    """One want for every service that is needed."""
    wants = []
    if needs.kafka:
        wants.append(_kafka(needs.kafka, settings.slots))
    if needs.schema_registry:
        wants.append(_registry(needs.schema_registry, settings))
    if needs.postgres:
        wants.append(_postgres(needs.postgres, settings.slots))
    if needs.flink:
        wants += _flink(needs.flink, settings)
    return wants


def _kafka(need: KafkaNeed, slots: int) -> Want:
    return Want(
        service="kafka",
        key=kafka.key(need),
        names=frozenset(topic.name for topic in need.topics if topic.literal),
        exclusive=need.exclusive,
        # Two brokers cannot listen at one fixed address.
        most=1 if need.hosts else slots,
    )


def _registry(need: RegistryNeed, settings: Settings) -> Want:
    # One process of ours makes a registry for every lease; another one holds one lease's schemas at a time.
    own = settings.registry == "own"
    return Want(
        service="schema_registry",
        key="",
        names=frozenset(need.hosts),
        exclusive=need.exclusive or not own,
        most=settings.slots if settings.registry == "apicurio" else 1,
    )


def _postgres(need: PostgresNeed, slots: int) -> Want:
    return Want(
        service="postgres",
        key=postgres.key(need),
        names=frozenset([need.database] if need.database else ()),
        exclusive=need.exclusive,
        most=1 if need.hosts else slots,
    )


def _flink(need: FlinkNeed, settings: Settings) -> list[Want]:
    cluster = Want(service="flink", key=flink.key(need), exclusive=need.exclusive, most=settings.slots)
    # Users' own tests run their functions in their own process.
    if not settings.fork or not need.scripts or need.folder:
        return [cluster]
    return [cluster, Want(service="interpreter", key=interpreter.key(need))]
