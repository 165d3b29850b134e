from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ArtefactError
from harness.launch.lock_file import Coordinate
from harness.launch.repository import Repository, choose_repository
from tests.unit.launch.conftest import MavenServer


def settings_xml(home: Path, mirrors: str) -> dict[str, str]:
    file = home / ".m2" / "settings.xml"
    file.parent.mkdir()
    file.write_text(f'<settings xmlns="urn:maven"><mirrors>{mirrors}</mirrors></settings>', encoding="utf-8")
    return {"HOME": str(home)}


def mirror(stands_for: str, url: str) -> str:
    return f"<mirror><id>m</id><mirrorOf>{stands_for}</mirrorOf><url>{url}</url></mirror>"


def test_the_setting_wins(tmp_path: Path) -> None:
    environ = settings_xml(tmp_path, mirror("*", "http://one.example/m2/"))

    assert choose_repository("http://two.example/", environ=environ).base == "http://two.example"


def test_a_folder_becomes_an_address(tmp_path: Path) -> None:
    assert choose_repository(str(tmp_path), environ={}).base == tmp_path.as_uri()


@pytest.mark.parametrize("stands_for", ["central", "*", "external:*", "*,!internal", "x, central"])
def test_a_mirror_of_central_is_taken(tmp_path: Path, stands_for: str) -> None:
    environ = settings_xml(
        tmp_path, mirror("other", "http://no.example") + mirror(stands_for, "http://one.example/m2/")
    )

    chosen = choose_repository(None, environ=environ)

    assert chosen == Repository("http://one.example/m2", str(tmp_path / ".m2" / "settings.xml"))


@pytest.mark.parametrize(
    "mirrors", ["", mirror("other", "http://no.example"), mirror("*,!central", "http://no.example")]
)
def test_else_the_default_of_the_library(tmp_path: Path, mirrors: str) -> None:
    chosen = choose_repository(None, environ=settings_xml(tmp_path, mirrors))

    assert chosen.origin == "default"
    assert chosen.base.startswith("https://")
    assert not chosen.base.endswith("/")


def test_broken_settings_are_told(tmp_path: Path) -> None:
    environ = settings_xml(tmp_path, "<mirror>")

    with pytest.raises(ArtefactError, match=r"settings\.xml is no XML"):
        choose_repository(None, environ=environ)


def test_the_nearest_version_is_none_where_nothing_is_listed(maven: MavenServer) -> None:
    wanted = Coordinate.parse("org.x:a:1.0")
    repository = Repository(maven.base, "a test")

    assert repository.nearest_version(wanted) is None
    maven.files["/org/x/a/maven-metadata.xml"] = b"<version>7</version><version>8</version>"
    assert repository.nearest_version(wanted) == "8"
