from __future__ import annotations

import re

import pytest

from harness.errors import ArtefactError
from harness.launch.lock_file import Coordinate, connector_lock, load_lock, lock_names


@pytest.mark.parametrize("name", lock_names())
def test_every_lock_of_the_package_is_whole(name: str) -> None:
    lock = load_lock(name)

    assert lock.about
    assert len({artefact.sha256 for artefact in lock.artefacts}) == len(lock.artefacts) > 0
    for artefact in lock.artefacts:
        assert re.fullmatch(r"[0-9a-f]{64}", artefact.sha256)
        assert artefact.size > 0


def test_the_broker_has_its_45_jars() -> None:
    lock = load_lock("kafka-4.3.1")

    assert len(lock.artefacts) == 45
    assert lock.size == 45_010_327


def test_an_unknown_lock_names_the_nearest() -> None:
    with pytest.raises(ArtefactError, match=r"did you mean `kafka-4\.3\.1`"):
        load_lock("kafka-4.3.2")


def test_a_connector_is_found_by_flink_and_name() -> None:
    lock = connector_lock("1.20", "jdbc-postgres")

    assert lock is not None
    assert [str(artefact.coordinate) for artefact in lock.artefacts] == [
        "org.apache.flink:flink-connector-jdbc:3.3.0-1.20",
        "org.postgresql:postgresql:42.7.7",
    ]
    assert connector_lock("1.20", "json") is None


def test_an_unknown_connector_names_the_nearest() -> None:
    with pytest.raises(ArtefactError) as caught:
        connector_lock("1.20", "jdbc-postgre")

    assert str(caught.value) == (
        "the catalogue has no connector `jdbc-postgre` for Flink 1.20\n  -> did you mean `jdbc-postgres`?"
    )


def test_coordinates_read_as_they_are_written() -> None:
    plain, classified = Coordinate.parse("org.a.b:c:1.0"), Coordinate.parse("org.a.b:c:1.0:linux")

    assert plain.path == "org/a/b/c/1.0/c-1.0.jar"
    assert classified.path == "org/a/b/c/1.0/c-1.0-linux.jar"
    assert [str(plain), str(classified)] == ["org.a.b:c:1.0", "org.a.b:c:1.0:linux"]
    with pytest.raises(ArtefactError, match="`a:b` is no coordinate"):
        Coordinate.parse("a:b")


def test_a_coordinate_may_name_another_packaging() -> None:
    archive = Coordinate.parse("org.a.b:c:1.0:all:tar.gz")

    assert archive.path == "org/a/b/c/1.0/c-1.0-all.tar.gz"
    assert str(archive) == "org.a.b:c:1.0:all:tar.gz"


def test_what_only_a_setting_asks_for_is_optional() -> None:
    assert [name for name in lock_names() if load_lock(name).optional] == ["apicurio-3.0.9"]
