"""Flink: a MiniCluster in one JVM, with a gateway of its own for every lease.

The class path holds Flink and catalogue connectors, never code of a user.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
import shutil
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError

from harness import overlays
from harness.clock import Deadline, poll
from harness.environment import FlinkEndpoint, FlinkNeed
from harness.launch.flink_distribution import FlinkDistribution, find_distribution
from harness.launch.ports import LOOPBACK, free_ports
from harness.launch.process import Process
from harness.services.base import Site
from harness.services.interpreter import interpreter_of
from harness.services.jars import flink_jars, managed_runtime
from harness.services.jvm import Jvm, JvmSpec

TASK_MANAGERS = 2
SLOTS = 16
START_SECONDS = 60.0
CANCEL_MILLIS = 15_000
MOST_LEASES = 40
"""A class loader per job is never given back where a driver holds it: some 15 MB of metaspace each."""
ENTER = Path(__file__).parent.parent / "guest" / "enter.py"
JAVA_SOURCES = Path(__file__).parent.parent / "guest" / "java"

CLUSTER_SETTINGS = {
    "rest.address": LOOPBACK,
    "rest.bind-address": LOOPBACK,
    "rest.port": "0",
    "rest.bind-port": "0",
    "taskmanager.host": LOOPBACK,
    "taskmanager.bind-host": LOOPBACK,
    "jobmanager.rpc.address": LOOPBACK,
    # Both are caches of REST answers; at their defaults a finished job is seen up to 10 s late.
    "web.refresh-interval": "1",
    "metrics.fetcher.update-interval": "1",
    "metrics.reporter.jmx.factory.class": "org.apache.flink.metrics.jmx.JMXReporterFactory",
    # A job for which no slot is free fails at once instead of waiting silently for minutes.
    "resourcemanager.standalone.start-up-time": "1",
    "taskmanager.memory.managed.size": "128m",
    "taskmanager.memory.network.min": "64m",
    "taskmanager.memory.network.max": "64m",
    # Else 50 ms between a job and its slots.
    "slotmanager.requirement-check.delay": "1 ms",
    # The checkpoint that proves completion must not be subsumed before it is read.
    "state.checkpoints.num-retained": "10",
    "execution.checkpointing.num-retained": "10",
}

TEST_SLOTS = 64
"""On one TaskManager, as a local cluster has it: users' own tests set any parallelism, several at a time."""
TEST_SETTINGS = {
    "taskmanager.memory.managed.size": "1g",
    "taskmanager.memory.network.min": "128m",
    "taskmanager.memory.network.max": "128m",
}

MAIN = "org.apache.flink.api.python.shaded.py4j.GatewayServer"
OPENED = {
    # What Flink's own scripts open, and the bean server for the positions of sources.
    "--add-exports": (
        "java.base/sun.net.util",
        "java.rmi/sun.rmi.registry",
        "java.security.jgss/sun.security.krb5",
        "java.management/com.sun.jmx.mbeanserver",
    ),
    "--add-opens": (
        "java.base/java.lang",
        "java.base/java.net",
        "java.base/java.io",
        "java.base/java.nio",
        "java.base/sun.nio.ch",
        "java.base/java.lang.reflect",
        "java.base/java.text",
        "java.base/java.time",
        "java.base/java.util",
        "java.base/java.util.concurrent",
        "java.base/java.util.concurrent.atomic",
        "java.base/java.util.concurrent.locks",
        "java.management/com.sun.jmx.mbeanserver",
    ),
}

JVM_FLAGS = (
    "-Xmx1200m",
    "-XX:+IgnoreUnrecognizedVMOptions",
    *(f"{option}={package}=ALL-UNNAMED" for option, packages in OPENED.items() for package in packages),
)

LOGGING = """\
rootLogger.level = INFO
rootLogger.appenderRef.file.ref = File
# Every client that a job makes would list all of its options, a hundred lines each.
logger.consumer.name = org.apache.kafka.clients.consumer.ConsumerConfig
logger.consumer.level = ERROR
logger.producer.name = org.apache.kafka.clients.producer.ProducerConfig
logger.producer.level = ERROR
logger.admin.name = org.apache.kafka.clients.admin.AdminClientConfig
logger.admin.level = ERROR
logger.metrics.name = org.apache.kafka.common.metrics.Metrics
logger.metrics.level = WARN
logger.info.name = org.apache.kafka.common.utils.AppInfoParser
logger.info.level = WARN
appender.file.name = File
appender.file.type = FILE
appender.file.fileName = ${sys:log.file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{HH:mm:ss.SSS} %-5p %c{1} - %m%n%ex
"""


@dataclass(kw_only=True)
class LeaseGateway:
    """One lease's way into the JVM; shut down with the lease, so that no handle outlives it."""

    server: Any
    entry: Any
    port: int
    token: str


@dataclass(kw_only=True)
class RunningFlink:
    """A cluster whose TaskManagers have all registered."""

    rest: str
    jvm: Jvm
    distribution: FlinkDistribution
    lease_class: Any
    cluster: Any
    python: str
    jars: tuple[str, ...]
    isolated: tuple[str, ...]
    runtime_jars: tuple[str, ...]
    loads_classes: bool
    log: Path
    output: Path
    data: Path
    gateways: dict[str, LeaseGateway] = field(default_factory=dict)
    served: int = 0

    @property
    def processes(self) -> list[Process]:
        """The cluster's JVM."""
        return [self.jvm.process]

    @property
    def worn(self) -> bool:
        """Whether so many jobs brought classes of their own that the JVM had better be replaced."""
        return self.served >= MOST_LEASES and self.loads_classes

    def open_gateway(self, lease: str, *, fork: bool) -> FlinkEndpoint:
        """A gateway with a token of its own, whose entry point is the lease's share of the JVM."""
        self.served += 1
        java = self.jvm.jvm
        py4j = java.org.apache.flink.api.python.shaded.py4j
        token = secrets.token_urlsafe(16)
        entry = _new(self.jvm, self.lease_class, self.cluster)
        address = java.java.net.InetAddress.getByName(LOOPBACK)
        # The port of the callback client is set by PyFlink itself once its callback server listens.
        callback = py4j.CallbackClient(free_ports(1)[0], address, token)
        builder = py4j.GatewayServer.GatewayServerBuilder()
        server = (
            builder.gateway(py4j.Gateway(entry, callback))
            .javaPort(0)
            .javaAddress(address)
            .authToken(token)
            .build()
        )
        entry.serveBy(server)
        server.start(True)
        port = server.getListeningPort()
        self.gateways[lease] = LeaseGateway(server=server, entry=entry, port=port, token=token)
        return FlinkEndpoint(
            rest=self.rest,
            gateway_port=port,
            gateway_token=token,
            version=self.distribution.version,
            jars=self.jars,
            pyflink_bin=str(self.distribution.home / "bin"),
            environ=self.jvm.environ,
            python=self.python,
            fork=fork,
            isolated=self.isolated,
            runtime_jars=self.runtime_jars,
            log=str(self.log),
            output=str(self.output),
        )

    def close_gateway(self, lease: str) -> str:
        """Cancel the lease's jobs, wait for their end, shut its gateway; returns the jobs still open."""
        gateway = self.gateways.pop(lease, None)
        if gateway is None:
            return "[]"
        try:
            return str(gateway.entry.close(CANCEL_MILLIS))
        finally:
            gateway.server.shutdown()

    def leave(self) -> None:
        """End as `stop` does, but let a JVM that is being trained write its class-data archive first."""
        self.jvm.leave()
        shutil.rmtree(self.data, ignore_errors=True)

    def stop(self) -> None:
        """Kill the JVM and remove its data."""
        self.jvm.stop()
        shutil.rmtree(self.data, ignore_errors=True)


def key(need: FlinkNeed) -> str:
    """What tells one JVM from another: Flink's version, its jars, and what it finds at fixed places."""
    files = [(target, source if "${" in source else _content(Path(source))) for target, source in need.files]
    connectors = sorted(need.connectors)
    kind = [need.version, need.python, need.managed, need.programs, connectors, need.jars, files, need.hosts]
    words = json.dumps([*kind, need.folder] if need.folder else kind)
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def _content(path: Path) -> str:
    """A digest of a file or folder; one that cannot be read fails when the JVM is started."""
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        with contextlib.suppress(OSError):
            digest.update(f"{file.relative_to(path)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def start(site: Site, need: FlinkNeed) -> RunningFlink:
    """Start the JVM and the cluster in it, and wait until every TaskManager has registered.

    Raises:
        ServiceError: With the end of the cluster's log.
        ArtefactError: A jar is missing, or the interpreter has no PyFlink.
    """
    python = interpreter_of(need, site.settings, site.progress)
    distribution = find_distribution(python, site.settings.cache, need.version)
    jars = flink_jars(need, site.settings, distribution)
    runtime_jars = managed_runtime(site.settings) if need.managed and need.programs else []
    conf = site.folder / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    (conf / "config.yaml").write_text("")
    (conf / "log4j.properties").write_text(LOGGING)
    (site.folder / "plugins").mkdir(exist_ok=True)
    log = site.folder / "flink-cluster.log"
    namespaces = _namespaces(site, need)
    home = str(distribution.home)
    jvm = Jvm.start(
        site,
        JvmSpec(
            name="flink",
            main=MAIN,
            class_path=jars.class_path,
            flags=JVM_FLAGS,
            properties=(
                f"-Dlog.file={log}",
                f"-Dlog4j.configurationFile={conf / 'log4j.properties'}",
            ),
            environ={
                "FLINK_CONF_DIR": str(conf),
                "FLINK_PLUGINS_DIR": str(site.folder / "plugins"),
                "FLINK_LIB_DIR": f"{home}/lib",
                "FLINK_OPT_DIR": f"{home}/opt",
                "FLINK_HOME": home,
            },
            namespaces=namespaces,
            cwd=Path(need.folder) if need.folder else None,
        ),
    )
    try:
        cluster, rest = _start_cluster(jvm, site, tests=need.folder is not None)
        lease_class = _compile(jvm)
    except Py4JError as error:
        # Asked of the JVM, as long as it is there.
        cause = _last_line(str(error))
        failure = jvm.process.failed("could not start its cluster")
        jvm.stop()
        failure.detail = "\n".join(filter(None, [cause, failure.detail]))
        raise failure from error
    return RunningFlink(
        rest=rest,
        jvm=jvm,
        distribution=distribution,
        lease_class=lease_class,
        cluster=cluster,
        python=str(python),
        jars=tuple(jar.parent.name for jar in (*jars.class_path, *jars.isolated)),
        isolated=tuple(map(str, jars.isolated)),
        runtime_jars=tuple(map(str, runtime_jars)),
        loads_classes=bool(jars.isolated) or need.programs,
        log=log,
        output=site.folder / "flink.out",
        data=site.data,
    )


def _namespaces(site: Site, need: FlinkNeed) -> tuple[str, ...]:
    """Words before the JVM that lay over it what the job's code expects at fixed paths and host names."""
    certificates = site.authority.files() if any("${" in source for _, source in need.files) else None
    files = {
        target: Path(str(getattr(certificates, _field(source))) if "${" in source else source)
        for target, source in need.files
    }
    hosts = {name: site.names.address(name) for name in need.hosts}
    mounts = overlays.prepare(
        files, hosts, site.data / "overlays", keep=(site.folder.parent, site.data.parent)
    )
    if mounts is None:
        return ()
    told = site.folder / "mounts.json"
    told.write_text(json.dumps(mounts))
    return (sys.executable, "-ISE", str(ENTER), str(told))


def _field(reference: str) -> str:
    """`${kafka.truststore_jks}` as the field of `Certificates`."""
    return reference.strip("${}").rpartition(".")[2]


def _start_cluster(jvm: Jvm, site: Site, *, tests: bool) -> tuple[Any, str]:
    java = jvm.jvm
    conf = java.org.apache.flink.configuration.Configuration()
    settings = CLUSTER_SETTINGS | (TEST_SETTINGS if tests else {})
    task_managers, slots = (1, TEST_SLOTS) if tests else (TASK_MANAGERS, SLOTS)
    for option, value in settings.items():
        conf.setString(option, value)
    conf.setString("io.tmp.dirs", str(site.data))
    builder = java.org.apache.flink.runtime.minicluster.MiniClusterConfiguration.Builder()
    builder.setConfiguration(conf).setNumTaskManagers(task_managers)
    builder.setNumSlotsPerTaskManager(slots)
    cluster = java.org.apache.flink.runtime.minicluster.MiniCluster(builder.build())
    cluster.start()
    rest = str(cluster.getRestAddress().get().toString())
    deadline = Deadline(START_SECONDS)
    seen: list[int] = []

    def registered() -> bool:
        # REST answers 503 for a moment after the cluster has started.
        with (
            contextlib.suppress(OSError, ValueError),
            urllib.request.urlopen(f"{rest}/overview", timeout=5) as r,
        ):
            seen.append(json.load(r)["taskmanagers"])
        return bool(seen) and seen[-1] >= task_managers

    if not poll(registered, deadline):
        raise jvm.process.failed(
            f"has {seen[-1] if seen else 'no'} of {task_managers} TaskManagers "
            f"after {deadline.seconds:.0f} s "
            f"(probed {rest}/overview)"
        )
    return cluster, rest


def _compile(jvm: Jvm) -> Any:
    """Our Java classes, compiled in the JVM by the compiler that Flink's table runtime ships."""
    java = jvm.jvm
    imports: set[str] = set()
    bodies = []
    for source in sorted(JAVA_SOURCES.glob("*.java")):
        text = source.read_text()
        imports.update(re.findall(r"^import .*;$", text, flags=re.MULTILINE))
        bodies.append(re.sub(r"^import .*;\n", "", text, flags=re.MULTILINE))
    unit = "\n".join([*sorted(imports), *bodies])
    loader = java.java.lang.Thread.currentThread().getContextClassLoader()
    return java.org.apache.flink.table.runtime.generated.CompileUtils.compile(loader, "HarnessLease", unit)


def _new(jvm: Jvm, cls: Any, *arguments: Any) -> Any:
    array = jvm.gateway.new_array(jvm.jvm.java.lang.Object, len(arguments))
    for i, argument in enumerate(arguments):
        array[i] = argument
    return cls.getConstructors()[0].newInstance(array)


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if not line.startswith(("\tat ", "\t... "))]
    return lines[-1] if lines else text
