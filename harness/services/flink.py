"""Flink: a JVM with a gateway of its own for every lease, and the cluster in it or behind it.

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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError

from harness import overlays
from harness.clock import Deadline, poll
from harness.environment import FlinkEndpoint, FlinkNeed, Layout
from harness.errors import ServiceError
from harness.launch import foreign_jobs
from harness.launch.flink_distribution import FlinkDistribution, find_distribution
from harness.launch.ports import LOOPBACK, free_ports
from harness.launch.process import Process
from harness.services.attached_flink import AttachedCluster
from harness.services.base import Site
from harness.services.flink_cluster import FlinkCluster, InProcess, log_of
from harness.services.flink_options import JVM_FLAGS, LOGGING, MAIN, PROPERTIES
from harness.services.interpreter import interpreter_of
from harness.services.jars import FlinkJars, flink_jars, managed_runtime
from harness.services.jvm import Jvm, JvmSpec
from harness.services.standalone_cluster import StandaloneCluster
from harness.services.wear import worn

CANCEL_MILLIS = 15_000
WARM_UP = (
    "CREATE TABLE orders (id INT, n INT) WITH ('connector' = 'datagen', 'number-of-rows' = '5')",
    "CREATE TABLE totals (id INT, orders BIGINT, n INT) WITH ('connector' = 'blackhole')",
    "INSERT INTO totals SELECT id, COUNT(*), SUM(n) FROM orders WHERE n > 0 GROUP BY id",
    # Something behind it, for which the job's end is waited for.
    "DROP TABLE totals",
)
WARM_UP_S = 30.0
ENTER = Path(__file__).parent.parent / "guest" / "enter.py"
JAVA_SOURCES = Path(__file__).parent.parent / "guest" / "java"


@dataclass(kw_only=True)
class LeaseGateway:
    """One lease's way into the JVM; shut down with the lease, so that no handle outlives it."""

    server: Any
    entry: Any
    port: int
    token: str


@dataclass(kw_only=True)
class RunningFlink:
    """A cluster whose TaskManagers have all registered.

    Attributes:
        worn: What the leases that it had have worn out, in words; "" while it is as good as new.
    """

    layout: Layout
    jvm: Jvm
    distribution: FlinkDistribution
    lease_class: Any
    cluster: FlinkCluster
    python: str
    jars: tuple[str, ...]
    isolated: tuple[str, ...]
    shipped: tuple[str, ...]
    runtime_jars: tuple[str, ...]
    log: Path
    output: Path
    data: Path
    gateways: dict[str, LeaseGateway] = field(default_factory=dict)
    worn: str = ""

    @property
    def rest(self) -> str:
        """Where the cluster's REST interface answers."""
        return self.cluster.rest

    @property
    def processes(self) -> list[Process]:
        """The JVM, and the processes of a cluster beside it."""
        return [self.jvm.process, *self.cluster.processes]

    def open_gateway(self, lease: str, *, fork: bool) -> FlinkEndpoint:
        """A gateway with a token of its own, whose entry point is the lease's share of the JVM."""
        java = self.jvm.jvm
        py4j = java.org.apache.flink.api.python.shaded.py4j
        token = secrets.token_urlsafe(16)
        note = str(self.log.parent / foreign_jobs.NAME) if self.layout == "attached" else None
        entry = _new(self.jvm, self.lease_class, self.cluster.inner, self.rest, note)
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
            layout=self.layout,
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
            shipped=self.shipped,
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
            self.cluster.settle()
            left = str(gateway.entry.close(CANCEL_MILLIS))
            self.worn = worn(gateway.entry.wear, self.cluster.wear)
            return left
        finally:
            gateway.server.shutdown()

    def warm_up(self) -> None:
        """Run a small job to its end: else the first scenario waits for the classes of planner and tasks."""
        if self.layout == "attached":
            return
        entry = _new(self.jvm, self.lease_class, self.cluster.inner, self.rest, None)
        report, output = self.data / "warm-up.jsonl", self.data / "warm-up.out"
        report.touch()
        address, _, port = self.rest.removeprefix("http://").partition(":")
        config = {
            "execution.target": "remote",
            "execution.attached": "false",
            "rest.address": address,
            "rest.port": port,
            "execution.checkpointing.interval": "50 ms",
            "table.dml-sync": "true",
        }
        try:
            entry.runSql(str(report), str(output), json.dumps(WARM_UP), "[]", json.dumps(config))
            poll(lambda: '"exit"' in report.read_text(), Deadline(WARM_UP_S))
        finally:
            entry.close(CANCEL_MILLIS)

    def leave(self) -> None:
        """End as `stop` does, but let a JVM that is being trained write its class-data archive first."""
        self.cluster.stop()
        self.jvm.leave()
        shutil.rmtree(self.data, ignore_errors=True)

    def stop(self) -> None:
        """Kill the JVM and its cluster, and remove their data."""
        self.cluster.stop()
        self.jvm.stop()
        shutil.rmtree(self.data, ignore_errors=True)


def key(need: FlinkNeed) -> str:
    """What tells one JVM from another: Flink's version, its jars, and what it finds at fixed places."""
    files = [(target, source if "${" in source else _content(Path(source))) for target, source in need.files]
    connectors = sorted(need.connectors)
    kind = [
        need.layout,
        need.rest,
        need.version,
        need.python,
        need.managed,
        need.programs,
        connectors,
        need.jars,
        files,
        need.hosts,
        # What is sent along with each job; in any other layout the class path has it.
        need.layout == "attached" and need.scripts,
    ]
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
    log = log_of(site)
    namespaces = _namespaces(site, need)
    home = str(distribution.home)
    spec = JvmSpec(
        name="flink",
        main=MAIN,
        class_path=jars.class_path,
        flags=JVM_FLAGS,
        properties=(
            *PROPERTIES,
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
    )
    jvm = Jvm.start(site, spec)
    try:
        cluster = _start_cluster(site, need, spec, jvm)
        lease_class = _compile(jvm)
    except ServiceError:
        jvm.stop()
        raise
    except Py4JError as error:
        # Asked of the JVM, as long as it is there.
        cause = _last_line(str(error))
        failure = jvm.process.failed("could not start its cluster")
        jvm.stop()
        failure.detail = "\n".join(filter(None, [cause, failure.detail]))
        raise failure from error
    return RunningFlink(
        layout=need.layout,
        jvm=jvm,
        distribution=distribution,
        lease_class=lease_class,
        cluster=cluster,
        python=str(python),
        jars=tuple(jar.parent.name for jar in (*jars.class_path, *jars.isolated)),
        isolated=tuple(map(str, jars.isolated)),
        shipped=_shipped(need, jars),
        runtime_jars=tuple(map(str, runtime_jars)),
        log=log,
        output=site.folder / "flink.out",
        data=site.data,
    )


def _shipped(need: FlinkNeed, jars: FlinkJars) -> tuple[str, ...]:
    """What a cluster that runs elsewhere gets with every job: it has the jars of Flink's `lib` alone."""
    if need.layout != "attached":
        return ()
    return tuple(map(str, [*([jars.python] if need.scripts else []), *jars.brought]))


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


def _start_cluster(site: Site, need: FlinkNeed, spec: JvmSpec, jvm: Jvm) -> FlinkCluster:
    if need.layout == "in-process":
        return InProcess.start(jvm, site, tests=need.folder is not None)
    if need.layout == "attached":
        return AttachedCluster.attach(need.rest, need.version, site.folder / foreign_jobs.NAME)
    cluster = StandaloneCluster(site, spec, jvm)
    cluster.start()
    return cluster


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
