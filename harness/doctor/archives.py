"""The class-data archives: whether the JVMs really map them, which `-Xshare:auto` never says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness.doctor.finding import Finding, ok, problem, warning
from harness.doctor.jars import connector_locks
from harness.doctor.subject import Subject, Use
from harness.errors import ArtefactError, ServiceError
from harness.launch.adopted import adopted
from harness.launch.artefacts import missing
from harness.launch.class_data import ClassData, archive_for
from harness.launch.flink_distribution import find_distribution
from harness.launch.java import Java, find_java
from harness.launch.lock_file import load_lock
from harness.services import flink_options, kafka
from harness.services.jars import KAFKA_LOCK, flink_jars, kafka_class_path, py4j_jar
from harness.services.jvm import QUICK
from harness.settings import Settings

NAME = "class data"
TRAIN = "harness fetch --train"
_ASK_SECONDS = 6.0
_FROM_ARCHIVE = "source: shared objects file (top)"
_REASON = re.compile(
    r"^\[[^\]]*\]\[(?:warning|error|info) *\]\[(?:cds|class,path)[^\]]*\] "
    r"(.*(?:unable to|mismatch|not match|changed|cannot|bad magic|checksum|invalid|missing|modified).*)$",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of JVM.

    Attributes:
        name: `kafka`, or `flink` with its version and connectors.
        main: The class that it starts with.
        use: The pipeline that it was taken from.
        train: The command that trains its archive.
    """

    name: str
    main: str
    flags: Sequence[str]
    class_path: tuple[Path, ...]
    use: Use
    train: str


def look(subject: Subject) -> Iterator[Finding]:
    """One finding for each kind of JVM that the pipelines start."""
    settings = subject.settings
    if settings.class_data == "off":
        yield ok(NAME, "off by setting")
        return
    try:
        java = find_java(settings.java, settings.cache, environ=subject.environ)
    except ServiceError:
        # Told by the check of Java.
        yield ok(NAME, "there is no Java to look with")
        return
    kinds: dict[tuple[Path, ...], Kind] = {}
    unready: dict[str, Finding] = {}
    distinct = {
        (use.python, use.flink.version, use.flink.connectors, use.flink.jars, bool(use.needs.kafka)): use
        for use in reversed(subject.uses)
    }
    for use in reversed(distinct.values()):
        for found in (_kafka(use, settings), _flink(use, subject)):
            if isinstance(found, Finding):
                unready.setdefault(found.fact, found)
            elif found is not None:
                kinds.setdefault(found.class_path, found)
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield from pool.map(lambda kind: _look_at(kind, java, settings.cache), kinds.values())
    yield from unready.values()
    if not kinds and not unready:
        yield ok(NAME, "no JVM is needed")


def _kafka(use: Use, settings: Settings) -> Kind | Finding | None:
    if use.needs.kafka is None:
        return None
    if missing([load_lock(KAFKA_LOCK)], settings.cache) or not _adopted([py4j_jar()], settings.cache):
        return _untrained("kafka", use, TRAIN)
    path = tuple(kafka_class_path(settings))
    return Kind(name="kafka", main=kafka.MAIN, flags=kafka.JVM_FLAGS, class_path=path, use=use, train=TRAIN)


def _flink(use: Use, subject: Subject) -> Kind | Finding | None:
    settings = subject.settings
    name = "-".join(["flink", use.flink.version, *sorted(use.flink.connectors)])
    train = (
        f"harness run --class-data train {shlex.quote(str(use.pipeline.folder))}"
        if subject.has_pipelines
        else TRAIN
    )
    try:
        distribution = find_distribution(use.python, settings.cache)
        own = [*distribution.jars, distribution.python_jar, distribution.jmx_jar]
        jars = [Path(jar) for jar in use.flink.jars]
        # Nothing is fetched or copied here: where a jar is not in the cache, no archive can have it.
        if missing(connector_locks(use), settings.cache) or not _adopted([*own, *jars], settings.cache):
            return _untrained(name, use, train)
        path = flink_jars(use.flink, settings, distribution).class_path
    except ArtefactError:
        # No PyFlink, or jars that clash: told by the checks of those.
        return None
    return Kind(
        name=name,
        main=flink_options.MAIN,
        flags=flink_options.JVM_FLAGS,
        class_path=path,
        use=use,
        train=train,
    )


def _adopted(jars: Sequence[Path], cache: Path) -> bool:
    try:
        return all(adopted(jar, cache) is not None for jar in jars)
    except OSError:
        return False


def _look_at(kind: Kind, java: Java, cache: Path) -> Finding:
    flags = (*QUICK, *kind.flags)
    archive = archive_for(java, flags, kind.class_path, cache)
    if not archive.exists:
        return _untrained(kind.name, kind.use, kind.train, others=_others(archive))
    said = ask(java, archive, kind.main, kind.class_path)
    if said is None:
        return ok(NAME, f"{kind.name}: mapped ({archive.path.stat().st_size >> 20} MB)")
    files = " ".join(shlex.quote(str(path)) for path in (archive.path, archive.base) if path)
    return problem(
        NAME,
        f"{kind.name}: Java {java.version} does not map its archive",
        seen=said,
        remedy=f"rm -f {files} && {kind.train}",
        where=str(archive.path),
    )


def ask(java: Java, archive: ClassData, main: str, class_path: Sequence[Path]) -> str | None:
    """Have a JVM load its main class without running it; None if it came from the archive, else why not.

    A JVM that is not told to verify an archive trusts it: it crashes on one that was cut off, now or when
    it comes to the missing part.
    """
    mapped = next(flag for flag in archive.jvm_flags if flag.startswith("-XX:SharedArchiveFile="))
    logs = (
        "-Xlog:disable",
        "-Xlog:class+load=info:stdout",
        *("-Xlog:cds*=warning:stderr", "-Xlog:cds=info:stderr", "-Xlog:class+path=info:stderr"),
    )
    words = [
        str(java.executable),
        *archive.flags,
        *("-XX:-UsePerfData", "-XX:-CreateCoredumpOnCrash", "-XX:+SuppressFatalErrorMessage"),
        *(mapped, "-Xshare:auto", "-XX:+VerifySharedSpaces", *logs),
        *("--dry-run", "-cp", os.pathsep.join(map(str, class_path)), main),
    ]
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ASK_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode < 0:
        return f"it crashes on it (signal {-done.returncode}): the file is damaged"
    loaded = next((line for line in done.stdout.splitlines() if f" {main} source:" in line), "")
    if loaded.endswith(_FROM_ARCHIVE):
        return None
    reason = _REASON.search(done.stderr)
    if reason is not None:
        return reason[1].strip()
    if not loaded:
        lines = (done.stdout + done.stderr).strip().splitlines() or ["it said nothing"]
        return f"exit code {done.returncode}: {lines[-1]}"
    return f"it does not say why; its first class comes from {loaded.partition('source: ')[2]}"


def _untrained(name: str, use: Use, train: str, others: int = 0) -> Finding:
    seen = f"{others} archives in the cache are for another Java, other flags or other jars" if others else ""
    return warning(
        NAME,
        f"{name}: no archive was trained, so its JVM starts in twice the time",
        seen=seen,
        remedy=train,
        where=use.where if train != TRAIN else "",
    )


def _others(archive: ClassData) -> int:
    return sum(not path.name.endswith(".base.jsa") for path in archive.path.parent.glob("*.jsa"))
