"""The card transactions scenario as people run it today: a new cluster, `flink run`, poll the sinks.

Generous to it: Kafka and Postgres are warm already, connectors lie in Flink's lib folder, and the
sinks are polled every 50 ms.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from confluent_kafka import Consumer, Producer, TopicPartition

from harness.clock import pause
from harness.environment import FlinkNeed, Grant
from harness.launch.flink_distribution import find_distribution
from harness.launch.java import find_java
from harness.launch.ports import free_ports
from harness.services.jars import flink_jars
from harness.settings import Settings

POLL_S = 0.05
SETTLE_S = 1.0
"""After RUNNING, until sources that start at the latest offset have their partitions: a guess."""
ROWS = [
    {"transaction_id": "t1", "card_id": "c1", "amount": 10.00, "status": "approved"},
    {"transaction_id": "t2", "card_id": "c1", "amount": 20.00, "status": "approved"},
    {"transaction_id": "t1", "card_id": "c1", "amount": 11.00, "status": "approved"},
]
EXPECTED = {("t1", "11.00"), ("t2", "20.00")}


def run(grant: Grant, topic: str, settings: Settings, folder: Path) -> dict[str, float]:
    """One scenario; returns seconds per phase."""
    assert grant.kafka is not None
    assert grant.postgres is not None
    phases: dict[str, float] = {}
    began = time.monotonic()

    def lap(name: str) -> None:
        nonlocal began
        phases[name] = time.monotonic() - began
        began = time.monotonic()

    environ, rest = prepare(settings, folder)
    home = folder / "flink"
    began = time.monotonic()
    try:
        subprocess.run([home / "bin/start-cluster.sh"], env=environ, check=True, capture_output=True)
        until(lambda: ask(f"{rest}/overview")["taskmanagers"] >= 1)
        lap("start cluster")
        job = {
            "KAFKA_BROKERS": grant.kafka.bootstrap_servers,
            "TOPIC": topic,
            "AURORA_URL": grant.postgres.jdbc_url,
            "AURORA_USER": grant.postgres.user,
            "AURORA_PASSWORD": grant.postgres.password,
        }
        script = Path(__file__).parent.parent / "fixtures/pipelines/card_transactions/job.py"
        interpreter = ["-pyclientexec", sys.executable, "-pyexec", sys.executable]
        command = [home / "bin/flink", "run", "-d", *interpreter]
        subprocess.run(
            [*command, "-py", script, "--checkpoint-interval", "500 ms"],
            env={**environ, **job},
            check=True,
            capture_output=True,
        )
        lap("flink run")
        until(lambda: running(rest))
        pause(SETTLE_S)
        lap("running")
        producer = Producer({"bootstrap.servers": grant.kafka.bootstrap_servers})
        for row in ROWS:
            producer.produce(topic, json.dumps(row).encode(), key=row["card_id"])
        producer.flush()
        with psycopg.connect(grant.postgres.url, autocommit=True) as connection:
            query = "SELECT transaction_id, amount::text FROM public.transactions_by_card"
            until(lambda: set(connection.execute(query).fetchall()) == EXPECTED)
        count_topic(grant.kafka.bootstrap_servers, "card.rejected")
        lap("send and poll")
    finally:
        subprocess.run([home / "bin/stop-cluster.sh"], env=environ, check=False, capture_output=True)
        until(lambda: not answers(f"{rest}/overview"))
        lap("stop cluster")
        shutil.rmtree(folder)
    return phases


def prepare(settings: Settings, folder: Path) -> tuple[dict[str, str], str]:
    """A Flink home as a user unpacks it, with the connectors in lib; not counted."""
    distribution = find_distribution(settings.python, settings.cache)
    home = folder / "flink"
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("bin", "conf", "opt"):
        shutil.copytree(distribution.home / part, home / part)
    for script in (home / "bin").iterdir():
        script.chmod(0o755)
    (home / "lib").mkdir()
    (home / "log").mkdir()
    (home / "plugins").mkdir()
    need = FlinkNeed(version="1.20", python=str(settings.python), connectors=("kafka", "jdbc-postgres"))
    for jar in flink_jars(need, settings, distribution).class_path:
        if "flink-python" not in jar.name and "metrics" not in jar.name:
            (home / "lib" / jar.name).symlink_to(jar)
    port, rpc = free_ports(2)
    config = home / "conf" / "config.yaml"
    text = config.read_text()
    config.write_text(CONFIG.format(port=port, rpc=rpc, opens=opens(text)))
    java = find_java(settings.java, settings.cache)
    environ = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "JAVA_HOME": str(java.home),
        "FLINK_HOME": str(home),
        "FLINK_CONF_DIR": str(home / "conf"),
        "FLINK_LOG_DIR": str(home / "log"),
        "FLINK_PID_DIR": str(home / "log"),
    }
    return environ, f"http://127.0.0.1:{port}"


CONFIG = """\
env.java.opts.all: {opens}
jobmanager.rpc.address: 127.0.0.1
jobmanager.bind-host: 127.0.0.1
jobmanager.rpc.port: {rpc}
jobmanager.memory.process.size: 1600m
taskmanager.bind-host: 127.0.0.1
taskmanager.host: 127.0.0.1
taskmanager.memory.process.size: 1728m
taskmanager.numberOfTaskSlots: 2
rest.address: 127.0.0.1
rest.bind-address: 127.0.0.1
rest.port: {port}
rest.bind-port: {port}
parallelism.default: 1
"""


def opens(config: str) -> str:
    """The `--add-opens` list of the packaged configuration: a new one must carry it on."""
    words = [word for line in config.splitlines() for word in line.split() if word.startswith("--add-")]
    return " ".join(words)


def running(rest: str) -> bool:
    """Whether every task of the one job runs."""
    for job in ask(f"{rest}/jobs/overview")["jobs"]:
        tasks = job["tasks"]
        return bool(job["state"] == "RUNNING" and tasks["running"] == tasks["total"])
    return False


def ask(url: str) -> dict[str, Any]:
    """JSON behind an address; an empty object while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            answer: dict[str, Any] = json.load(response)
            return answer
    except OSError:
        return {"taskmanagers": 0, "jobs": []}


def answers(url: str) -> bool:
    """Whether anybody answers."""
    try:
        urllib.request.urlopen(url, timeout=1).close()
    except OSError:
        return False
    return True


def until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    """Poll, as tests do."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        pause(POLL_S)


def count_topic(bootstrap: str, topic: str) -> int:
    """How many records a topic holds."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "count"})
    _, high = consumer.get_watermark_offsets(TopicPartition(topic, 0))
    consumer.close()
    return int(high)
