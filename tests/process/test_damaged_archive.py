"""A class-data archive that was cut short kills the JVM that maps it; a start does without it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.environment import KafkaNeed
from harness.launch.class_data import archive_for
from harness.launch.java import find_java
from harness.launch.loopback import LoopbackNames
from harness.launch.process import start
from harness.services import kafka
from harness.services.base import Site
from harness.services.certificates import Authority
from harness.services.jars import kafka_class_path
from harness.services.jvm import QUICK
from harness.settings import load_settings

pytestmark = pytest.mark.integration


def test_a_broker_starts_beside_a_damaged_archive(tmp_path: Path) -> None:
    shared = load_settings(Path.cwd())
    kafka_class_path(shared)
    # A cache of its own with the shared jars: brokers that run now have the shared archive mapped.
    cache = tmp_path / "cache"
    cache.mkdir()
    for part in ("artefacts", "adopted"):
        (cache / part).symlink_to(shared.cache / part)
    settings = replace(shared, cache=cache)
    class_path = kafka_class_path(settings)
    (tmp_path / "data").mkdir()
    site = Site(
        settings=replace(settings, class_data="train"),
        folder=tmp_path,
        data=tmp_path / "data",
        spawn=start,
        progress=lambda _: None,
        authority=Authority(tmp_path / "certificates"),
        names=LoopbackNames(str(tmp_path)),
    )
    java = find_java(settings.java, settings.cache)
    kafka.start(site, KafkaNeed()).leave()
    archive = archive_for(java, [*QUICK, *kafka.JVM_FLAGS], class_path, settings.cache)
    assert archive.mapped is not None
    whole = archive.mapped.read_bytes()
    (tmp_path / "again").mkdir()
    archive.mapped.write_bytes(whole[: len(whole) // 2])

    running = kafka.start(replace(site, settings=settings, data=tmp_path / "again"), KafkaNeed())

    assert running.endpoint.bootstrap_servers.startswith("127.0.0.1:")
    assert not archive.mapped.exists()
    running.stop()
