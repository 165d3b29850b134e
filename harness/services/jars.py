"""The class paths of the JVMs: every jar lies in the cache, whatever it came from."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import py4j

from harness.environment import FlinkNeed
from harness.launch.adopted import adopt
from harness.launch.artefacts import OnProgress, ensure
from harness.launch.flink_distribution import FlinkDistribution
from harness.launch.lock_file import Lock, connector_lock, load_lock
from harness.launch.repository import choose_repository
from harness.settings import Settings

KAFKA_LOCK = "kafka-4.3.1"


def fetched(locks: list[Lock], settings: Settings, on_progress: OnProgress | None = None) -> list[Path]:
    """The jars of locks, fetched if the cache does not have them.

    Raises:
        ArtefactError: A jar is not to be had, or has not the bytes that its lock names.
    """
    return ensure(locks, settings.cache, partial(choose_repository, settings.maven), on_progress)


def kafka_class_path(settings: Settings) -> list[Path]:
    """The broker's locked jars, and py4j's own."""
    return [*fetched([load_lock(KAFKA_LOCK)], settings), adopt(py4j_jar(), settings.cache)]


def py4j_jar() -> Path:
    """The jar that py4j installs beside its Python code."""
    roots = [Path(sys.prefix), *Path(py4j.__file__).parents[:5]]
    return next(jar for root in roots for jar in sorted(root.glob("share/py4j/py4j*.jar")))


def flink_class_path(need: FlinkNeed, settings: Settings, distribution: FlinkDistribution) -> list[Path]:
    """Flink's own jars, then the connectors of the catalogue, then jars that were named by path."""
    own = [*distribution.jars, distribution.python_jar, distribution.jmx_jar]
    locks = [lock for name in sorted(need.connectors) if (lock := connector_lock(need.version, name))]
    others = [Path(jar) for jar in need.jars]
    adopted = [adopt(jar, settings.cache) for jar in own]
    return list(
        dict.fromkeys([*adopted, *fetched(locks, settings), *(adopt(j, settings.cache) for j in others)])
    )
