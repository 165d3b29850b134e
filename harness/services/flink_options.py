"""How Flink is configured in every layout: its options, the flags of its JVMs, and what it logs."""

from __future__ import annotations

from harness.launch.ports import LOOPBACK

CLUSTER_SETTINGS = {
    "rest.address": LOOPBACK,
    "rest.bind-address": LOOPBACK,
    "rest.port": "0",
    "rest.bind-port": "0",
    "taskmanager.host": LOOPBACK,
    "taskmanager.bind-host": LOOPBACK,
    "jobmanager.rpc.address": LOOPBACK,
    # Without it the blob server listens everywhere.
    "jobmanager.bind-host": LOOPBACK,
    # A cache of REST answers; at its default a finished job is seen up to 3 s late.
    "web.refresh-interval": "1",
    "metrics.reporter.jmx.factory.class": "org.apache.flink.metrics.jmx.JMXReporterFactory",
    # A job for which no slot is free fails at once instead of waiting silently for minutes.
    "resourcemanager.standalone.start-up-time": "1",
    "taskmanager.memory.managed.size": "128m",
    "taskmanager.memory.network.min": "64m",
    "taskmanager.memory.network.max": "64m",
    # Between a job and its slots: 50 ms by default, and 1 ms takes some 30, so coarse is the clock of Pekko.
    "slotmanager.requirement-check.delay": "0 ms",
    # Flink 2 has another such delay, of 20 ms.
    "slot.request.max-interval": "0 ms",
    # The checkpoint that proves completion must not be subsumed before it is read.
    "state.checkpoints.num-retained": "10",
    "execution.checkpointing.num-retained": "10",
}

MEMORY = {
    "taskmanager.cpu.cores": "1.0",
    "taskmanager.memory.task.heap.size": "512m",
    "taskmanager.memory.task.off-heap.size": "64m",
    "taskmanager.memory.managed.size": "128m",
    "taskmanager.memory.network.min": "64m",
    "taskmanager.memory.network.max": "64m",
    "taskmanager.memory.framework.heap.size": "128m",
    "taskmanager.memory.framework.off-heap.size": "128m",
    "taskmanager.memory.jvm-metaspace.size": "256m",
    "taskmanager.memory.jvm-overhead.min": "192m",
    "taskmanager.memory.jvm-overhead.max": "192m",
}
"""What the scripts of Flink would work out for a TaskManager of its own."""

STANDALONE_SETTINGS = {
    **MEMORY,
    # The positions of the sources are read as metrics by REST. Inside a JVM they are not, and the default of
    # 10 s stays: each look at a job would gather all metrics anew, a third of what a submission costs.
    # More often than this, a JobManager that recovers from a fault would do little else.
    "metrics.fetcher.update-interval": "50",
    # A JobManager that has just started waits for its TaskManagers instead of failing every job first.
    "resourcemanager.standalone.start-up-time": "3000",
    # A process that was killed is found by calls that do not reach it; one that is only slow has its time.
    "heartbeat.interval": "100",
    "heartbeat.timeout": "30000",
    "heartbeat.rpc-failure-threshold": "2",
    # At its default a TaskManager that comes before the JobManager looks again after 10 s.
    "cluster.registration.initial-timeout": "50",
    "cluster.registration.max-timeout": "500",
    "cluster.registration.error-delay": "100",
    "cluster.registration.refused-registration-delay": "100",
    # Else each client of ZooKeeper logs that it has no password.
    "zookeeper.sasl.disable": "true",
}
"""Beside `CLUSTER_SETTINGS`, where JobManager and TaskManagers are processes of their own."""

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

PROPERTIES = (
    # For what jobs leave behind; see `guest/java/Leftovers.java`.
    "--add-opens=java.sql/java.sql=ALL-UNNAMED",
    # A thread of the driver for Postgres holds the classes of its job for so long; at its default 30 s.
    "-Dpgjdbc.config.cleanup.thread.ttl=500",
    # A planner is a lot of code that runs a few times per job: at the default thresholds most of it is still
    # interpreted after twenty jobs. The default cache of 48 MB is full after a hundred.
    "-XX:CompileThresholdScaling=0.2",
    "-XX:ReservedCodeCacheSize=192m",
)
"""Beside the flags, and not among them: those name the class-data archive, and these do not matter to it."""

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
