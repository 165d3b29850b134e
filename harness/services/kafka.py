"""Kafka: one KRaft node that is broker and controller, in a JVM of its own.

The settings make a broker that starts fast and stays small. What clients can see is as in
production: transactions, groups, compaction and the features of the release.

The harness itself uses a plain listener. The job's is the same one, unless its pipeline asks for TLS,
SASL or fixed addresses: then the broker has others, and one broker is started per kind.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError, Py4JJavaError

from harness.environment import KafkaEndpoint, KafkaNeed
from harness.errors import ServiceError
from harness.launch import loopback
from harness.launch.ports import LOOPBACK, free_ports
from harness.launch.process import Process
from harness.services.base import Site
from harness.services.jars import kafka_class_path
from harness.services.jvm import Jvm, JvmSpec

MAIN = "py4j.GatewayServer"
JVM_FLAGS = ("-Xmx512m",)
USER = "flink"
TRIES = 3
"""Ports are free when they are picked and may be taken when they are bound."""

SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    # One node: every internal topic has one replica and one partition.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    # A topic that a job misspells must be an error and not come to life.
    "auto.create.topics.enable": "false",
    # No waiting for members or brokers that will not come.
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "controller.quorum.election.timeout.ms": "50",
    "controller.quorum.fetch.timeout.ms": "2000",
    "controller.quorum.election.backoff.max.ms": "50",
    "controller.quorum.append.linger.ms": "0",
    "broker.heartbeat.interval.ms": "500",
    "initial.broker.registration.timeout.ms": "30000",
    "controlled.shutdown.enable": "false",
    # Few threads and small pre-allocated files: data lie in shared memory.
    "num.network.threads": "1",
    "num.io.threads": "2",
    "num.replica.fetchers": "1",
    "num.recovery.threads.per.data.dir": "1",
    "background.threads": "1",
    "log.cleaner.dedupe.buffer.size": "2097152",
    "log.segment.bytes": "67108864",
    "log.index.size.max.bytes": "1048576",
    "offsets.topic.segment.bytes": "1048576",
    "transaction.state.log.segment.bytes": "1048576",
    "metadata.log.segment.bytes": "8388608",
    # A broker knows it by this name, and `file.delete.delay.ms` for a topic alone: a minute of open files.
    # With 0 it would look for files to delete a thousand times a second.
    "log.segment.delete.delay.ms": "500",
    "log.retention.hours": "-1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningKafka:
    """A broker that answers."""

    endpoint: KafkaEndpoint
    jvm: Jvm
    data: Path

    @property
    def processes(self) -> list[Process]:
        """The broker's JVM."""
        return [self.jvm.process]

    @property
    def log(self) -> Path:
        """What the JVM wrote to standard error."""
        return self.jvm.process.command.log

    def leave(self) -> None:
        """End as `stop` does, but let a JVM that is being trained write its class-data archive first."""
        self.jvm.leave()
        shutil.rmtree(self.data, ignore_errors=True)

    def stop(self) -> None:
        """Kill the broker and remove its data."""
        self.jvm.stop()
        shutil.rmtree(self.data, ignore_errors=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Where clients connect.

    Attributes:
        address: Where it is bound.
        advertised: What clients are told.
    """

    name: str
    protocol: str
    address: str
    advertised: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """What the job's listeners demand of clients, and the user that they let in."""

    need: KafkaNeed
    protocol: str
    mechanism: str
    user: str
    password: str

    @classmethod
    def of(cls, need: KafkaNeed) -> Security:
        """The security that a pipeline asks for."""
        tls, sasl = need.tls != "off", need.sasl != "off"
        return cls(
            need=need,
            protocol=("SASL_" if sasl else "") + ("SSL" if tls else "PLAINTEXT"),
            mechanism=need.sasl.upper() if sasl else "",
            user=USER if sasl else "",
            password=secrets.token_urlsafe(12) if sasl else "",
        )


def key(need: KafkaNeed) -> str:
    """What tells one broker from another: its kind of listeners; "" for plain ones."""
    kind = (need.tls, need.sasl, need.certificate, need.hosts)
    if kind == ("off", "off", "valid", ()):
        return ""
    return hashlib.sha256(json.dumps(kind).encode()).hexdigest()[:12]


def start(site: Site, need: KafkaNeed) -> RunningKafka:
    """Format the storage and start the broker, both in one JVM.

    Raises:
        ServiceError: With the end of the broker's log, or the fixed address that is taken.
    """
    class_path = kafka_class_path(site.settings)
    security = Security.of(need)
    options = _security_options(site, security)
    jvm = Jvm.start(site, JvmSpec(name="kafka", main=MAIN, class_path=class_path, flags=JVM_FLAGS))
    logs = site.data / "logs"
    try:
        for attempt in range(TRIES):
            listeners = _listeners(site, security)
            try:
                _start_broker(jvm.jvm, logs, listeners, options, security)
                break
            except Py4JJavaError as error:
                if "BindException" not in str(error) or attempt == TRIES - 1:
                    raise
                shutil.rmtree(logs, ignore_errors=True)
    except Py4JError as error:
        jvm.stop()
        raise _failure(jvm, need, str(error)) from error
    internal, job = listeners[0], listeners[-1]
    return RunningKafka(
        endpoint=KafkaEndpoint(
            bootstrap_servers=job.advertised,
            internal=internal.advertised,
            protocol=security.protocol,
            mechanism=security.mechanism,
            user=security.user,
            password=security.password,
            certificates=site.authority.files() if need.tls != "off" else None,
        ),
        jvm=jvm,
        data=site.data,
    )


def _failure(jvm: Jvm, need: KafkaNeed, text: str) -> ServiceError:
    if "BindException" in text and need.hosts:
        return ServiceError(
            f"kafka cannot listen at {' or '.join(need.hosts)}",
            detail=text.strip().splitlines()[-1],
            hint="is the port taken? `ss -ltnp` tells by whom",
        )
    failure = jvm.process.failed("could not start its broker")
    failure.detail = "\n".join(filter(None, [text.strip().splitlines()[-1], failure.detail]))
    return failure


def _listeners(site: Site, security: Security) -> list[Listener]:
    """The harness' own listener, the controller's, and where they differ from the first the job's."""
    plain, controller, port = free_ports(3)
    at = [f"{LOOPBACK}:{plain}", f"{LOOPBACK}:{controller}", f"{LOOPBACK}:{port}"]
    listeners = [
        Listener(name="PLAINTEXT", protocol="PLAINTEXT", address=at[0], advertised=at[0]),
        Listener(name="CONTROLLER", protocol="PLAINTEXT", address=at[1], advertised=at[1]),
    ]
    for i, host in enumerate(security.need.hosts):
        name, fixed = loopback.split(host)
        address = f"{site.names.address(name)}:{fixed}"
        listeners.append(
            Listener(name=f"FIXED{i}", protocol=security.protocol, address=address, advertised=host)
        )
    if security.protocol != "PLAINTEXT" and not security.need.hosts:
        listeners.append(Listener(name="JOB", protocol=security.protocol, address=at[2], advertised=at[2]))
    if len(listeners) == 2:
        listeners.append(listeners[0])
    return listeners


def _security_options(site: Site, security: Security) -> dict[str, str]:
    """Options of the listeners that speak TLS or SASL; multi-line PEM goes in as it is."""
    options: dict[str, str] = {}
    need = security.need
    if need.tls != "off":
        names = [loopback.split(host)[0] for host in need.hosts]
        identity = site.authority.server(["localhost", LOOPBACK, *names], need.certificate)
        options |= {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.key": identity.key_pem,
            "ssl.keystore.certificate.chain": identity.pem,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.certificates": site.authority.pem,
            "ssl.client.auth": "required" if need.tls == "mutual" else "none",
        }
    if security.mechanism:
        options["sasl.enabled.mechanisms"] = security.mechanism
        module = "plain.PlainLoginModule" if need.sasl == "plain" else "scram.ScramLoginModule"
        users = f' user_{security.user}="{security.password}"' if need.sasl == "plain" else ""
        options[f"sasl.{need.sasl}.jaas"] = f"org.apache.kafka.common.security.{module} required{users};"
    return options


def _start_broker(
    java: Any, logs: Path, listeners: list[Listener], options: Mapping[str, str], security: Security
) -> None:
    distinct = list(dict.fromkeys(listeners))
    conf = java.java.util.HashMap()
    for option, value in SETTINGS.items():
        conf.put(option, value)
    conf.put("log.dirs", str(logs))
    conf.put("listeners", ",".join(f"{x.name}://{x.address}" for x in distinct))
    told = (f"{x.name}://{x.advertised}" for x in distinct if x.name != "CONTROLLER")
    conf.put("advertised.listeners", ",".join(told))
    conf.put("listener.security.protocol.map", ",".join(f"{x.name}:{x.protocol}" for x in distinct))
    conf.put("controller.quorum.voters", f"1@{listeners[1].address}")
    for option, value in options.items():
        if not option.endswith(".jaas"):
            conf.put(option, value)
            continue
        for listener in distinct[2:]:
            mechanism = option.split(".")[1]
            conf.put(f"listener.name.{listener.name.lower()}.{mechanism}.sasl.jaas.config", value)
    formatter = java.org.apache.kafka.metadata.storage.Formatter()
    formatter.setNodeId(1).setClusterId(_cluster_id()).setControllerListenerName("CONTROLLER")
    formatter.setHasDynamicQuorum(False).setMetadataLogDirectory(str(logs)).addDirectory(str(logs))
    formatter.setSupportedFeatures(java.org.apache.kafka.server.common.Feature.PRODUCTION_FEATURES)
    if security.mechanism.startswith("SCRAM"):
        user = f"{security.mechanism}=[name={security.user},password={security.password}]"
        formatter.setScramArguments(java.java.util.List.of(user))
    nowhere = java.java.io.OutputStream.nullOutputStream()
    formatter.setPrintStream(java.java.io.PrintStream(nowhere))
    formatter.run()
    server = java.kafka.server.KafkaRaftServer(
        java.kafka.server.KafkaConfig(conf, False), java.org.apache.kafka.common.utils.Time.SYSTEM
    )
    server.startup()


def _cluster_id() -> str:
    """A Kafka uuid: 22 characters of base64url that do not begin with a dash."""
    while True:
        text = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        if not text.startswith("-"):
            return text
