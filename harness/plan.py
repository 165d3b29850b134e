"""From a scenario to what will be done: names, needs and the job's settings; pure and printable.

Endpoints are not known yet: `${kafka.bootstrap_servers}` and the like are filled in by `bind`, once
a lease was granted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.clock import now
from harness.environment import (
    Certificates,
    FlinkNeed,
    Grant,
    KafkaEndpoint,
    KafkaNeed,
    Layout,
    Needs,
    PostgresEndpoint,
    PostgresNeed,
    RegistryEndpoint,
    RegistryNeed,
    TopicNeed,
)
from harness.errors import PlanError, did_you_mean
from harness.managed_flink.package import Package
from harness.scenario.model import Fault, Job, JobKind, Pipeline, Place, Scenario, System, Text, Victim
from harness.scenario.variables import references, resolve

PEM = ("ca_pem", "certificate_pem", "key_pem")
STORES = ("truststore_jks", "truststore_p12", "keystore_jks", "keystore_p12")
CERTIFICATES = frozenset(
    [*(f"kafka.{name}" for name in (*PEM, *STORES)), *(f"schema_registry.{name}" for name in PEM)]
)
"""The `${...}` that name a file of the environment's own authority, by the fields of `Certificates`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run of one scenario.

    Attributes:
        token: Makes the fresh names of this run unique.
        flink: Flink's version.
        names: Topic, table or folder of every source, table and sink.
        needs: What must be leased.
        python: The job's interpreter.
        timeout_s: Seconds from the grant of the lease to the verdict.
        T: The scenario's time, an ISO instant; `now` is the minute in which the plan was made.
        package: The unpacked package of a Managed Flink job.
    """

    scenario: Scenario
    token: str
    flink: str
    names: Mapping[str, str]
    needs: Needs
    python: str
    timeout_s: float
    T: str
    package: Package | None = None

    @property
    def pipeline(self) -> Pipeline:
        """The scenario's pipeline."""
        return self.scenario.pipeline

    @property
    def id(self) -> str:
        """File and name; see `title`."""
        return f"{self.scenario.id}{self.mark}"

    @property
    def title(self) -> str:
        """The scenario's name, with the version behind it where its pipeline names several."""
        return f"{self.scenario.name}{self.mark}"

    @property
    def mark(self) -> str:
        """What tells it from the same scenario on another version, `[2.2]`; "" if there is none."""
        return f"[{self.flink}]" if len(self.pipeline.flink) > 1 else ""

    @property
    def runs_jar(self) -> bool:
        """Whether the job is a jar with a main class, and no script."""
        return runs_jar(self.pipeline.job)

    def with_package(self, package: Package) -> Plan:
        """The same with a package, whose one jar is in the class path."""
        flink = self.needs.flink
        assert flink is not None
        jars = (str(package.jar),) if package.jar else ()
        flink = replace(flink, jars=tuple(dict.fromkeys([*flink.jars, *jars])))
        return replace(self, package=package, needs=replace(self.needs, flink=flink))

    def with_jars(self, paths: Iterable[str]) -> Plan:
        """The same on a cluster that has these jars too."""
        flink = self.needs.flink
        assert flink is not None
        jars = tuple(dict.fromkeys([*flink.jars, *paths]))
        return replace(self, needs=replace(self.needs, flink=replace(flink, jars=jars)))


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundJob:
    """A job's settings with every `${...}` filled in."""

    args: tuple[str, ...]
    env: Mapping[str, str]
    config: Mapping[str, str]
    files: Mapping[str, Path]
    properties: Mapping[str, Mapping[str, str]]


def make_plan(
    scenario: Scenario,
    *,
    token: str,
    flink: str,
    python: str,
    timeout_s: float,
    where: str = "in-process",
) -> Plan:
    """The plan of one scenario.

    Args:
        scenario: A checked scenario.
        token: Letters and digits that no other run uses at the same time.
        flink: One of the pipeline's versions.
        python: The interpreter that is used where the job names none.
        timeout_s: Used where the scenario names none.
        where: The setting `layout`: a layout, or the address of a cluster that runs elsewhere.
    """
    pipeline = scenario.pipeline
    places = [*pipeline.sources.values(), *pipeline.tables.values(), *pipeline.sinks.values()]
    names: dict[str, str] = {}
    for place in places:
        names[place.name] = _name(place, token, set(names.values()))
    return Plan(
        scenario=scenario,
        token=token,
        flink=flink,
        names=names,
        needs=_needs(scenario, places, names, flink, pipeline.job.python_env or python, where),
        python=pipeline.job.python_env or python,
        timeout_s=scenario.timeout_s or timeout_s,
        T=now().strftime("%Y-%m-%dT%H:%M:00Z") if scenario.T == "now" else scenario.T,
    )


def _name(place: Place, token: str, taken: set[str]) -> str:
    if not place.fresh:
        return place.address
    name = f"{re.sub(r'[^A-Za-z0-9._-]', '-', place.name)}-{token}"
    # `a b` and `a-b` are two places.
    return name if name not in taken else f"{name}-{len(taken)}"


_OF_ALL = (Victim.TASKMANAGER, Victim.JOBMANAGER)
"""What a cluster has for all of its jobs, so that a fault hits the neighbours too."""


def _needs(
    scenario: Scenario,
    places: list[Place],
    names: Mapping[str, str],
    flink: str,
    python: str,
    where: str,
) -> Needs:
    pipeline = scenario.pipeline
    jobs = (*pipeline.jobs.values(), *pipeline.versions.values())
    connectors = dict.fromkeys(text.value for job in jobs for text in job.connectors)
    topics = tuple(
        TopicNeed(name=names[p.name], partitions=p.partitions, literal=not p.fresh)
        for p in places
        if p.system is System.KAFKA
    )
    used = {name.partition(".")[0] for text in _texts(pipeline) for name, _ in references(text)}
    used |= set(pipeline.services)
    return Needs(
        kafka=_kafka_need(pipeline, topics) if topics or "kafka" in used else None,
        schema_registry=_registry_need(pipeline)
        if "schema_registry" in used or any(place.registered for place in places)
        else None,
        postgres=_postgres_need(pipeline)
        if "postgres" in used or any(p.system is System.POSTGRES for p in places)
        else None,
        flink=FlinkNeed(
            version=flink,
            python=python,
            layout=_layout(scenario, where),
            rest=where if "://" in where else "",
            connectors=tuple(c for c in connectors if not c.endswith(".jar")),
            jars=tuple(str((pipeline.folder / c).resolve()) for c in connectors if c.endswith(".jar")),
            files=_files_of_all(pipeline),
            managed=pipeline.job.kind is JobKind.MANAGED_FLINK,
            scripts=needs_interpreter(pipeline.job),
            programs=runs_jar(pipeline.job),
            hosts=tuple(dict.fromkeys(host.rpartition(":")[0] for host in pipeline.hosts)),
            exclusive=any(isinstance(s, Fault) and s.victim in _OF_ALL for s in scenario.steps),
        ),
    )


def _layout(scenario: Scenario, where: str) -> Layout:
    """Where Flink's processes are: apart, if the setting or a fault of the scenario wants it so."""
    if "://" in where:
        return "attached"
    loses_job_manager = any(isinstance(s, Fault) and s.victim is Victim.JOBMANAGER for s in scenario.steps)
    return "two-process" if loses_job_manager or where == "two-process" else "in-process"


def runs_jar(job: Job) -> bool:
    """Whether a job is a jar with a main class, and no script."""
    managed = job.kind is JobKind.MANAGED_FLINK
    return job.kind is JobKind.JAR or (managed and job.path.endswith(".jar"))


def needs_interpreter(job: Job) -> bool:
    """Whether any Python of a job runs: a script, a function, or functions that a SQL file declares."""
    return job.has_python if job.kind is JobKind.SQL else not runs_jar(job)


def _files_of_all(pipeline: Pipeline) -> tuple[tuple[str, str], ...]:
    """The fixed files that are the same in every scenario, so that one JVM can have them."""
    return tuple(
        (target, text.value if "${" in text.value else str((pipeline.folder / text.value).resolve()))
        for target, text in pipeline.files.items()
        if all(name in CERTIFICATES for name, _ in references(text))
    )


def _kafka_need(pipeline: Pipeline, topics: tuple[TopicNeed, ...]) -> KafkaNeed:
    options = pipeline.kafka
    return KafkaNeed(
        topics=topics,
        tls=options.tls,
        sasl=options.sasl,
        certificate=options.certificate,
        hosts=_hosts(pipeline, "kafka"),
    )


def _registry_need(pipeline: Pipeline) -> RegistryNeed:
    options = pipeline.schema_registry
    return RegistryNeed(
        tls=options.tls,
        auth=options.auth,
        compatibility=options.compatibility,
        hosts=_hosts(pipeline, "schema_registry"),
    )


def _postgres_need(pipeline: Pipeline) -> PostgresNeed:
    options = pipeline.postgres
    return PostgresNeed(
        schema=str(options.schema) if options.schema else None,
        database=options.database,
        user=options.user,
        password=options.password,
        hosts=_hosts(pipeline, "postgres"),
    )


def _hosts(pipeline: Pipeline, service: str) -> tuple[str, ...]:
    return tuple(address for address, behind in pipeline.hosts.items() if behind == service)


def _texts(pipeline: Pipeline) -> list[Text]:
    jobs = (*pipeline.jobs.values(), *pipeline.versions.values())
    return [*(text for job in jobs for text in job.texts()), *pipeline.files.values()]


def variables(plan: Plan, grant: Grant) -> dict[str, str]:
    """Every `${...}` name with its value."""
    values = {}
    pipeline = plan.pipeline
    for kind, places in (
        ("sources", pipeline.sources),
        ("tables", pipeline.tables),
        ("sinks", pipeline.sinks),
    ):
        values.update(
            {f"{kind}.{name}.name": _found_at(plan, grant, place) for name, place in places.items()}
        )
    if grant.kafka:
        values |= _of_kafka(grant.kafka)
    if grant.schema_registry:
        values |= _of_registry(grant.schema_registry)
    if grant.postgres:
        values |= _of_postgres(grant.postgres)
    return values


def folder_of(plan: Plan, grant: Grant, place: Place) -> Path:
    """Where the files of a place are; those of memory are nobody's but ours."""
    name = plan.names[place.name]
    return grant.folder_of(name if place.system is System.FOLDER else f"memory-{place.name}")


def _found_at(plan: Plan, grant: Grant, place: Place) -> str:
    """What the job is told a place is called."""
    return str(folder_of(plan, grant, place)) if place.system is System.FOLDER else plan.names[place.name]


def _of_kafka(endpoint: KafkaEndpoint) -> dict[str, str]:
    values = {
        "kafka.bootstrap_servers": endpoint.bootstrap_servers,
        "kafka.security_protocol": endpoint.protocol,
    }
    if endpoint.mechanism:
        values |= {
            "kafka.sasl_mechanism": endpoint.mechanism,
            "kafka.user": endpoint.user,
            "kafka.password": endpoint.password,
        }
    if endpoint.certificates:
        certificates = endpoint.certificates
        values |= _pem_files("kafka", certificates)
        values |= {
            "kafka.truststore_jks": certificates.truststore_jks,
            "kafka.truststore_p12": certificates.truststore_p12,
            "kafka.truststore_password": certificates.password,
            "kafka.keystore_jks": certificates.keystore_jks,
            "kafka.keystore_p12": certificates.keystore_p12,
            "kafka.keystore_password": certificates.password,
        }
    return values


def _of_registry(endpoint: RegistryEndpoint) -> dict[str, str]:
    values = {"schema_registry.url": endpoint.url}
    if endpoint.user:
        values |= {
            "schema_registry.user": endpoint.user,
            "schema_registry.password": endpoint.password,
        }
    if endpoint.certificates:
        values |= _pem_files("schema_registry", endpoint.certificates)
    return values


def _pem_files(service: str, certificates: Certificates) -> dict[str, str]:
    return {
        f"{service}.ca_pem": certificates.ca_pem,
        f"{service}.certificate_pem": certificates.certificate_pem,
        f"{service}.key_pem": certificates.key_pem,
    }


def _of_postgres(endpoint: PostgresEndpoint) -> dict[str, str]:
    return {
        "postgres.jdbc_url": endpoint.jdbc_url,
        "postgres.url": endpoint.url,
        "postgres.host": endpoint.host,
        "postgres.port": str(endpoint.port),
        "postgres.user": endpoint.user,
        "postgres.password": endpoint.password,
        "postgres.database": endpoint.database,
    }


def bind(plan: Plan, grant: Grant, job: Job) -> BoundJob:
    """A job's settings with every `${...}` filled in.

    Raises:
        PlanError: A name that nothing gives, with the nearest one.
    """
    values = variables(plan, grant)

    def fill(text: Text) -> str:
        for name, location in references(text):
            if name not in values:
                raise PlanError(
                    f"`${{{name}}}` is not known", hint=did_you_mean(name, values), location=location
                )
        return resolve(text.value, values)

    return BoundJob(
        args=tuple(fill(arg) for arg in job.args),
        env={name: fill(text) for name, text in job.env.items()},
        config={
            "pipeline.name": plan.pipeline.name,
            "parallelism.default": str(job.parallelism),
            **{name: fill(text) for name, text in job.config.items()},
        },
        properties={
            group: {key: fill(text) for key, text in keys.items()} for group, keys in job.properties.items()
        },
        files={target: plan.pipeline.folder / fill(text) for target, text in plan.pipeline.files.items()},
    )
