"""Kafka: one KRaft node that is broker and controller, in a JVM of its own.

The settings make a broker that starts fast and stays small. What clients can see is as in
production: transactions, groups, compaction and the features of the release.
"""

from __future__ import annotations

import base64
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError, Py4JJavaError

from harness.environment import KafkaEndpoint
from harness.launch.ports import LOOPBACK, free_ports
from harness.launch.process import Process
from harness.services.base import Site
from harness.services.jars import kafka_class_path
from harness.services.jvm import Jvm, JvmSpec

TRIES = 3
"""Ports are free when they are picked and may be taken when they are bound."""

SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
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
    "file.delete.delay.ms": "0",
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


def start(site: Site) -> RunningKafka:
    """Format the storage and start the broker, both in one JVM.

    Raises:
        ServiceError: With the end of the broker's log.
    """
    class_path = kafka_class_path(site.settings)
    jvm = Jvm.start(
        site, JvmSpec(name="kafka", main="py4j.GatewayServer", class_path=class_path, flags=("-Xmx512m",))
    )
    logs = site.data / "logs"
    try:
        for attempt in range(TRIES):
            broker, controller = free_ports(2)
            try:
                _start_broker(jvm.jvm, logs, broker, controller)
                break
            except Py4JJavaError as error:
                if "BindException" not in str(error) or attempt == TRIES - 1:
                    raise
                shutil.rmtree(logs, ignore_errors=True)
    except Py4JError as error:
        failure = jvm.process.failed("could not start its broker")
        jvm.stop()
        failure.detail = "\n".join(filter(None, [str(error).strip().splitlines()[-1], failure.detail]))
        raise failure from error
    return RunningKafka(
        endpoint=KafkaEndpoint(bootstrap_servers=f"{LOOPBACK}:{broker}", internal=f"{LOOPBACK}:{broker}"),
        jvm=jvm,
        data=site.data,
    )


def _start_broker(java: Any, logs: Path, broker: int, controller: int) -> None:
    conf = java.java.util.HashMap()
    for key, value in SETTINGS.items():
        conf.put(key, value)
    conf.put("log.dirs", str(logs))
    conf.put("listeners", f"PLAINTEXT://{LOOPBACK}:{broker},CONTROLLER://{LOOPBACK}:{controller}")
    conf.put("controller.quorum.voters", f"1@{LOOPBACK}:{controller}")
    formatter = java.org.apache.kafka.metadata.storage.Formatter()
    formatter.setNodeId(1).setClusterId(_cluster_id()).setControllerListenerName("CONTROLLER")
    formatter.setHasDynamicQuorum(False).setMetadataLogDirectory(str(logs)).addDirectory(str(logs))
    formatter.setSupportedFeatures(java.org.apache.kafka.server.common.Feature.PRODUCTION_FEATURES)
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
