"""The class paths of the JVMs: every jar lies in the cache, whatever it came from."""

from __future__ import annotations

import hashlib
import itertools
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import py4j

from harness.environment import FlinkNeed
from harness.errors import ArtefactError
from harness.launch.adopted import adopt
from harness.launch.artefacts import OnProgress, ensure
from harness.launch.flink_distribution import FlinkDistribution
from harness.launch.lock_file import Lock, connector_lock, load_lock
from harness.launch.repository import choose_repository
from harness.settings import Settings

# `classloader.parent-first-patterns.default`: Flink's own version of these wins, wherever a job's lies.
PARENT_FIRST = (
    *("java/", "scala/", "javax/annotation/", "org/xml/", "javax/xml/", "org/w3c/", "org/rocksdb/"),
    *("org/apache/flink/", "org/apache/hadoop/", "org/apache/xerces/", "com/esotericsoftware/kryo/"),
    *("org/slf4j/", "org/apache/log4j/", "org/apache/logging/", "org/apache/commons/logging/"),
    *("ch/qos/logback/", "META-INF/", "module-info"),
)
KAFKA_LOCK = "kafka-4.3.1"
MANAGED_LOCK = "managed-flink-runtime-1.2.0"


def fetched(locks: list[Lock], settings: Settings, on_progress: OnProgress | None = None) -> list[Path]:
    """The jars of locks, fetched if the cache does not have them.

    Raises:
        ArtefactError: A jar is not to be had, or has not the bytes that its lock names.
    """
    return ensure(locks, settings.cache, partial(choose_repository, settings.maven), on_progress)


def kafka_class_path(settings: Settings) -> list[Path]:
    """The broker's locked jars, and py4j's own."""
    return [*fetched([load_lock(KAFKA_LOCK)], settings), adopt(py4j_jar(), settings.cache)]


def managed_runtime(settings: Settings) -> list[Path]:
    """What Managed Flink has beside Flink, and jars leave out as `provided`."""
    return fetched([load_lock(MANAGED_LOCK)], settings)


def py4j_jar() -> Path:
    """The jar that py4j installs beside its Python code."""
    roots = [Path(sys.prefix), *Path(py4j.__file__).parents[:5]]
    return next(jar for root in roots for jar in sorted(root.glob("share/py4j/py4j*.jar")))


@dataclass(frozen=True, slots=True, kw_only=True)
class FlinkJars:
    """The jars of one cluster.

    Attributes:
        class_path: What lies in the class path of the JVM.
        isolated: What a job brings along instead: its classes would clash with those of Flink's own jars,
            where in production the class loader of the job keeps the two apart.
        brought: Those of the class path that are not Flink's own.
        python: The one that runs Python functions, from Flink's `opt` folder.
    """

    class_path: tuple[Path, ...]
    isolated: tuple[Path, ...]
    brought: tuple[Path, ...]
    python: Path


def flink_jars(need: FlinkNeed, settings: Settings, distribution: FlinkDistribution) -> FlinkJars:
    """Flink's own jars, then the connectors of the catalogue, then jars that were named by path.

    Raises:
        ArtefactError: A jar is missing, or holds classes of a catalogue connector in another version.
    """
    own = [*distribution.jars, distribution.python_jar, distribution.jmx_jar]
    locks = [lock for name in sorted(need.connectors) if (lock := connector_lock(need.version, name))]
    catalogue = fetched(locks, settings)
    others = [Path(jar) for jar in need.jars]
    for jar in others:
        refuse_clash(jar, catalogue)
    _refuse_versions(others)
    apart = [jar for jar in others if clash(jar, distribution.jars, parent_first=PARENT_FIRST) is not None]
    adopted = [adopt(jar, settings.cache) for jar in own]
    beside = [adopt(jar, settings.cache) for jar in others if jar not in apart]
    return FlinkJars(
        class_path=tuple(dict.fromkeys([*adopted, *catalogue, *beside])),
        isolated=tuple(adopt(jar, settings.cache) for jar in apart),
        brought=tuple(dict.fromkeys([*catalogue, *beside])),
        python=adopt(distribution.python_jar, settings.cache),
    )


def refuse_clash(jar: Path, catalogue: list[Path]) -> None:
    """Refuse a jar that holds classes of a catalogue connector in another version.

    Whichever of the two came first in the class path would win: what passes here would fail on the service.

    Raises:
        ArtefactError: It does, or it cannot be read.
    """
    found = clash(jar, catalogue)
    if found is not None:
        other, name = found
        raise ArtefactError(
            f"{jar.name} and {other.name} hold the same classes in two versions",
            detail=f"for example {name.removesuffix('.class').replace('/', '.')}",
            hint="name the jar's path under `connectors:` in place of the catalogue's name",
        )


def _refuse_versions(jars: list[Path]) -> None:
    """Refuse two versions of one library; jars that only share some classes are nobody's business.

    Raises:
        ArtefactError: More than half of the classes of one are in another one too, with other bytes.
    """
    for jar, other in itertools.combinations(jars, 2):
        ours, theirs = classes(jar), classes(other)
        differing = [name for name, crc in ours.items() if theirs.get(name, crc) != crc]
        if 2 * len(differing) > min(len(ours), len(theirs)):
            raise ArtefactError(
                f"{jar.name} and {other.name} hold the same classes in two versions",
                detail=f"for example {differing[0].removesuffix('.class').replace('/', '.')}",
                hint="name one of them under `connectors:`; which of the two a job gets is chance",
            )


def clash(jar: Path, others: Iterable[Path], parent_first: tuple[str, ...] = ()) -> tuple[Path, str] | None:
    """The first of the other jars that holds a class of this one with other bytes, and that class.

    Args:
        jar: A jar.
        others: Jars to hold it against; a copy of it never clashes.
        parent_first: Packages whose classes of this jar nobody would load anyway.
    """
    ours = {n: crc for n, crc in classes(jar).items() if not n.startswith(parent_first)}
    for other in others:
        if other.stat().st_size == jar.stat().st_size and _digest(other) == _digest(jar):
            continue
        theirs = classes(other)
        name = next((name for name, crc in ours.items() if theirs.get(name, crc) != crc), None)
        if name is not None:
            return other, name
    return None


def classes(jar: Path) -> dict[str, int]:
    """The classes of a jar with their check sums, from its directory alone.

    Raises:
        ArtefactError: It cannot be read as a jar.
    """
    state = jar.stat() if jar.exists() else None
    return _classes_of(jar, (state.st_size, state.st_mtime_ns) if state else None)


@cache
def _classes_of(jar: Path, _state: object) -> dict[str, int]:
    try:
        with zipfile.ZipFile(jar) as archive:
            return {e.filename: e.CRC for e in archive.infolist() if e.filename.endswith(".class")}
    except (OSError, zipfile.BadZipFile) as error:
        raise ArtefactError(f"{jar} cannot be read as a jar", detail=str(error)) from error


def _digest(jar: Path) -> str:
    with jar.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
